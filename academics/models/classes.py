"""Classes, their weekly slots, their meetings, and who is enrolled."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import (
    CURRENT_DATE,
    SoftDeleteModel,
    SoftDeleteQuerySet,
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
)


class SchoolClassQuerySet(SoftDeleteQuerySet):
    def active(self):
        return self.filter(status=SchoolClass.Status.ACTIVE)

    def taught_by(self, user):
        return self.filter(teacher=user)


class SchoolClass(SoftDeleteModel):
    """A class (section) that students enroll in and a teacher teaches."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(_("name"), max_length=255)
    code = models.CharField(
        _("code"), max_length=50, null=True, blank=True, help_text=_("For example MATH-101.")
    )
    description = models.TextField(_("description"), null=True, blank=True)
    level = models.CharField(_("level"), max_length=50, null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=100, null=True, blank=True)
    capacity = models.IntegerField(_("capacity"), **default(20))
    # Counted by the trigger on enrollments; what a client writes here is ignored.
    enrolled_count = models.IntegerField(_("enrolled"), editable=False, **default(0))
    teacher = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        related_name="classes_taught",
        verbose_name=_("teacher"),
        limit_choices_to={"role__in": ["teacher", "admin"]},
    )
    schedule_description = models.CharField(
        _("schedule in words"), max_length=500, null=True, blank=True
    )
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    term = TenantForeignKey(
        "academics.Term", null=True, blank=True, related_name="classes", verbose_name=_("term")
    )
    grading_scale = TenantForeignKey(
        "academics.GradingScale",
        null=True,
        blank=True,
        related_name="classes",
        verbose_name=_("grading scale"),
        help_text=_("Empty: the school's default."),
    )

    objects = TenantManager.from_queryset(SchoolClassQuerySet)()

    class Meta(SoftDeleteModel.Meta):
        db_table = "classes"
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="classes_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(capacity__gt=0)
                & models.Q(enrolled_count__lte=models.F("capacity")),
                name="check_capacity",
            ),
            models.CheckConstraint(
                condition=models.Q(end_date__isnull=True)
                | models.Q(end_date__gte=models.F("start_date")),
                name="check_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "completed", "cancelled"]),
                name="check_class_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="idx_classes_tenant"),
            models.Index(fields=["tenant", "teacher"], name="idx_classes_teacher"),
            models.Index(fields=["tenant", "status"], name="idx_classes_status"),
            models.Index(fields=["tenant", "start_date", "end_date"], name="idx_classes_dates"),
            models.Index(fields=["tenant", "code"], name="idx_classes_code"),
            models.Index(fields=["tenant", "term", "name"], name="idx_classes_term"),
        ]

    def __str__(self):
        return f"{self.name} ({self.code})" if self.code else self.name

    @property
    def seats_left(self):
        return self.capacity - self.enrolled_count


class Schedule(TenantModel):
    """A weekly slot of a class; its sessions are generated from it."""

    class Weekday(models.IntegerChoices):
        """ISO 8601: Monday is 1."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    school_class = TenantForeignKey(
        SchoolClass,
        on_delete=models.CASCADE,
        db_column="class_id",
        related_name="schedules",
        verbose_name=_("class"),
    )
    weekday = models.SmallIntegerField(_("weekday"), choices=Weekday)
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    room = models.CharField(_("room"), max_length=100, null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    # Both kept by a trigger (academics/sql/timetable.sql), for the constraints against clashes:
    # who teaches the class, and the days on which room and teacher are taken (NULL: on none).
    teacher = TenantForeignKey("core.User", null=True, blank=True, editable=False, related_name="+")
    booked = DateRangeField(null=True, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        db_table = "schedules"
        verbose_name = _("weekly slot")
        verbose_name_plural = _("weekly slots")
        ordering = ["weekday", "start_time", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__range=(1, 7)), name="check_schedule_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(end_time__gt=models.F("start_time")),
                name="check_schedule_times",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="check_schedule_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "school_class", "weekday"], name="idx_schedules_class"),
            models.Index(
                fields=["tenant", "weekday", "start_time", "id"], name="idx_schedules_weekday"
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.start_time:%H:%M}–{self.end_time:%H:%M}"


class EnrollmentQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(status=Enrollment.Status.ACTIVE)


class Enrollment(TenantModel):
    """A student's place in a class."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        COMPLETED = "completed", _("Completed")
        DROPPED = "dropped", _("Dropped")

    student = TenantForeignKey(
        "core.User",
        related_name="enrollments",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="enrollments", verbose_name=_("class")
    )
    enrollment_date = models.DateField(_("enrolled on"), default=today, db_default=CURRENT_DATE)
    completion_date = models.DateField(_("completed on"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    # Both kept by triggers: on attendance, and on grades.
    attendance_rate = models.DecimalField(
        _("attendance rate"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Percent: 100 x (present + late) / (all but excused)."),
    )
    current_grade = models.CharField(_("current grade"), max_length=10, null=True, blank=True)
    report_comment = models.TextField(
        _("comment on the report card"), null=True, blank=True, max_length=2000
    )

    objects = TenantManager.from_queryset(EnrollmentQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "enrollments"
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-enrollment_date", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "student", "school_class"],
                condition=models.Q(status="active"),
                name="idx_enrollments_student_class",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "completed", "dropped"]),
                name="check_enrollment_status",
            ),
            models.CheckConstraint(
                condition=models.Q(completion_date__isnull=True)
                | models.Q(completion_date__gte=models.F("enrollment_date")),
                name="check_enrollment_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(attendance_rate__isnull=True)
                | models.Q(attendance_rate__range=(0, 100)),
                name="check_attendance_rate",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "status", "student"], name="idx_enrollments_class"
            ),
            models.Index(fields=["tenant", "student"], name="idx_enrollments_student"),
            models.Index(fields=["tenant", "-enrollment_date", "-id"], name="idx_enrollments_date"),
        ]

    def __str__(self):
        return f"{self.student} – {self.school_class}"


class ClassSession(TenantModel):
    """One meeting of a class."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="sessions", verbose_name=_("class")
    )
    session_date = models.DateField(_("date"))
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    topic = models.CharField(_("topic"), max_length=500, null=True, blank=True)
    notes = models.TextField(_("notes"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.SCHEDULED.value)
    )
    # Made from a weekly slot (academics.services.timetable), which may take it back.
    generated = models.BooleanField(_("from the timetable"), editable=False, **default(False))

    class Meta(TenantModel.Meta):
        db_table = "class_sessions"
        verbose_name = _("class session")
        verbose_name_plural = _("class sessions")
        ordering = ["-session_date", "-start_time", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="class_sessions_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(end_time__gt=models.F("start_time")),
                name="check_session_times",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["scheduled", "completed", "cancelled"]),
                name="check_session_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "session_date"], name="idx_sessions_class_date"
            ),
            models.Index(
                fields=["tenant", "-session_date", "-start_time", "-id"], name="idx_sessions_date"
            ),
        ]

    def __str__(self):
        return f"{self.school_class} {self.session_date} {self.start_time:%H:%M}"
