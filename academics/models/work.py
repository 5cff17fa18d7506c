"""Attendance, assignments, what students hand in, and its grades."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.classes import ClassSession, SchoolClass
from core.defaults import today
from core.models.base import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, default


class Attendance(TenantModel):
    """Whether a student was at a class session."""

    class Status(models.TextChoices):
        PRESENT = "present", _("Present")
        ABSENT = "absent", _("Absent")
        LATE = "late", _("Late")
        EXCUSED = "excused", _("Excused")

    class_session = TenantForeignKey(
        ClassSession, related_name="attendance", verbose_name=_("class session")
    )
    student = TenantForeignKey(
        "core.User",
        related_name="attendance",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    status = models.CharField(_("status"), max_length=50, choices=Status)
    notes = models.TextField(_("notes"), null=True, blank=True)
    recorded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="recorded_by",
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta(TenantModel.Meta):
        db_table = "attendance"
        verbose_name = _("attendance record")
        verbose_name_plural = _("attendance")
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "class_session", "student"],
                name="idx_attendance_session_student",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["present", "absent", "late", "excused"]),
                name="check_attendance_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_attendance_student"),
            models.Index(fields=["tenant", "-recorded_at", "-id"], name="idx_attendance_recorded"),
            models.Index(
                fields=["tenant", "status", "-recorded_at", "-id"], name="idx_attendance_status"
            ),
        ]

    def __str__(self):
        return f"{self.student}: {self.get_status_display()}"


class AssignmentQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(status=Assignment.Status.ACTIVE)


class Assignment(TenantModel):
    """Homework, a quiz, an exam or a project of a class."""

    class Type(models.TextChoices):
        HOMEWORK = "homework", _("Homework")
        QUIZ = "quiz", _("Quiz")
        EXAM = "exam", _("Exam")
        PROJECT = "project", _("Project")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="assignments", verbose_name=_("class")
    )
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), null=True, blank=True)
    type = models.CharField(_("type"), max_length=50, choices=Type)
    assigned_date = models.DateField(_("given on"), default=today)
    due_date = models.DateField(_("due on"))
    max_score = models.IntegerField(_("highest score"), null=True, blank=True)
    content = models.JSONField(_("content"), null=True, blank=True)
    attachments = models.JSONField(_("attachments"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    closes_automatically = models.BooleanField(
        _("close after the due date"),
        help_text=_("Nothing can be handed in from the next day on."),
        **default(False),
    )

    objects = TenantManager.from_queryset(AssignmentQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "assignments"
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-due_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="assignments_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(type__in=["homework", "quiz", "exam", "project"]),
                name="check_assignment_type",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "closed"]),
                name="check_assignment_status",
            ),
            models.CheckConstraint(
                condition=models.Q(due_date__gte=models.F("assigned_date")),
                name="check_assignment_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(max_score__isnull=True) | models.Q(max_score__gt=0),
                name="check_assignment_max_score",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "due_date"], name="idx_assignments_class"
            ),
            models.Index(fields=["tenant", "-due_date", "-id"], name="idx_assignments_due"),
        ]

    def __str__(self):
        return self.title


class Submission(TenantModel):
    """A student's work for an assignment."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        GRADED = "graded", _("Graded")

    assignment = TenantForeignKey(
        Assignment, related_name="submissions", verbose_name=_("assignment")
    )
    student = TenantForeignKey(
        "core.User",
        related_name="submissions",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    submitted_at = models.DateTimeField(_("handed in"), db_default=Now(), editable=False)
    content = models.JSONField(_("content"), null=True, blank=True)
    attachments = models.JSONField(_("attachments"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.SUBMITTED.value)
    )

    class Meta(TenantModel.Meta):
        db_table = "submissions"
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="submissions_tenant_key"),
            # What grades refer to, so that a grade cannot contradict its submission.
            models.UniqueConstraint(
                fields=["tenant", "id", "student", "assignment"], name="submissions_grade_key"
            ),
            models.UniqueConstraint(
                fields=["tenant", "assignment", "student"],
                name="idx_submissions_assignment_student",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["submitted", "graded"]),
                name="check_submission_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_submissions_student"),
            models.Index(fields=["tenant", "-submitted_at", "-id"], name="idx_submissions_date"),
        ]

    def __str__(self):
        return f"{self.student} – {self.assignment}"


class Grade(TenantModel):
    """The grading of one submission."""

    submission = TenantForeignKey(Submission, related_name="grades", verbose_name=_("submission"))
    student = TenantForeignKey("core.User", related_name="grades", verbose_name=_("student"))
    assignment = TenantForeignKey(Assignment, related_name="grades", verbose_name=_("assignment"))
    score = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=10, null=True, blank=True)
    # Counts for nothing: neither points nor missing work.
    excused = models.BooleanField(_("excused"), **default(False))
    feedback = models.TextField(_("feedback"), null=True, blank=True)
    graded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="graded_by",
        related_name="+",
        verbose_name=_("graded by"),
    )
    graded_at = models.DateTimeField(_("graded at"), db_default=Now(), editable=False)

    class Meta(TenantModel.Meta):
        db_table = "grades"
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ["-graded_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "submission"], name="idx_grades_submission"),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=0),
                name="check_grade_score",
            ),
            models.CheckConstraint(
                condition=models.Q(excused=False) | models.Q(score__isnull=True),
                name="check_grade_excused",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_grades_student"),
            models.Index(fields=["tenant", "assignment"], name="idx_grades_assignment"),
            models.Index(fields=["tenant", "-graded_at", "-id"], name="idx_grades_date"),
        ]

    def __str__(self):
        return f"{self.student} – {self.assignment}: {self.grade or self.score}"
