"""Inlines: rows shown on the page of their parent."""

from django.utils.translation import gettext_lazy as _

from academics.admin.enrollment_form import EnrollmentForm
from academics.models import Attendance, Enrollment, Grade, Schedule, SchoolClass, Submission
from core.admin.base import SchoolTabularInline


class SlotFormSet(SchoolTabularInline.formset):
    """Weekly slots that change together, such as all of a day by an hour.

    The database checks each row as it is saved, so a slot is saved after the slots that it would
    overlap have moved; removed slots go first.
    """

    _is_saving = False

    @property
    def initial_forms(self):
        forms = super().initial_forms
        return self._movable_first(forms) if self._is_saving else forms

    def save_existing_objects(self, commit=True):
        self._is_saving = True
        try:
            return super().save_existing_objects(commit)
        finally:
            self._is_saving = False

    def _movable_first(self, forms):
        gone = self.deleted_forms
        waiting = [form for form in forms if form not in gone]
        ordered = [form for form in forms if form in gone]
        while waiting:
            free = (
                form for form in waiting if not any(_overlaps(form, other) for other in waiting)
            )
            ordered.append(next(free, waiting[0]))
            waiting.remove(ordered[-1])
        return ordered


def _overlaps(form, other):
    """Return whether the slot's new time overlaps the old time of another slot."""
    new, old = form.cleaned_data, other.initial
    return (
        form is not other
        and new["weekday"] == old["weekday"]
        and new["start_time"] < old["end_time"]
        and old["start_time"] < new["end_time"]
    )


class ScheduleInline(SchoolTabularInline):
    """The weekly slots of a class."""

    model = Schedule
    formset = SlotFormSet
    fields = ["weekday", "start_time", "end_time", "room", "valid_from", "valid_to"]
    ordering = ["weekday", "start_time", "id"]
    tab = True


class EnrollmentOfClassInline(SchoolTabularInline):
    """Who is enrolled in a class."""

    model = Enrollment
    form = EnrollmentForm
    fields = [
        "student",
        "enrollment_date",
        "status",
        "completion_date",
        "attendance_rate",
        "current_grade",
        "row_link",
    ]
    readonly_fields = ["attendance_rate", "row_link"]
    teacher_fields = ["status", "completion_date", "current_grade"]
    fixed_fields = ["student"]
    select_related = ["student"]
    autocomplete_fields = ["student"]
    ordering = ["status", "student__sort_name", "id"]
    tab = True


class EnrollmentOfPersonInline(SchoolTabularInline):
    """The classes that a student is enrolled in, with attendance and grade."""

    model = Enrollment
    form = EnrollmentForm
    keeps_forms = True
    fk_name = "student"
    person_roles = ["student"]
    fields = [
        "school_class",
        "enrollment_date",
        "status",
        "attendance_rate",
        "current_grade",
        "row_link",
    ]
    readonly_fields = ["attendance_rate", "row_link"]
    teacher_fields = ["status", "current_grade"]
    fixed_fields = ["school_class"]
    select_related = ["school_class"]
    autocomplete_fields = ["school_class"]
    ordering = ["-enrollment_date", "-id"]
    tab = True


class ClassOfTeacherInline(SchoolTabularInline):
    """The classes that a person teaches."""

    model = SchoolClass
    keeps_forms = True
    person_roles = ["teacher", "admin"]
    verbose_name_plural = _("classes taught")
    fields = readonly_fields = ["name", "code", "capacity", "enrolled_count", "status", "row_link"]
    ordering = ["sort_name", "id"]
    tab = True
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class AttendanceInline(SchoolTabularInline):
    """Who was at a session."""

    model = Attendance
    fields = ["student", "status", "notes", "recorded_by"]
    readonly_fields = ["recorded_by"]
    fixed_fields = ["student"]
    select_related = ["student", "recorded_by"]
    autocomplete_fields = ["student"]
    ordering = ["student__sort_name", "id"]

    def derive(self, request, obj):
        obj.recorded_by = request.user


class SubmissionInline(SchoolTabularInline):
    """What was handed in for an assignment; each is graded in its own page."""

    model = Submission
    fields = readonly_fields = ["student", "submitted_at", "status", "row_link"]
    select_related = ["student"]
    ordering = ["student__sort_name", "id"]
    can_delete = False
    max_num = 0

    def has_add_permission(self, request, obj=None):
        return False


class GradeInline(SchoolTabularInline):
    """The grade of a submission."""

    model = Grade
    fields = ["score", "grade", "feedback", "graded_by"]
    readonly_fields = ["graded_by"]
    select_related = ["graded_by"]
    max_num = 1
    extra = 1

    def derive(self, request, obj):
        obj.student_id = obj.submission.student_id
        obj.assignment_id = obj.submission.assignment_id
        obj.graded_by = request.user
