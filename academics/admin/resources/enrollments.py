"""Enrollments as files."""

from collections import defaultdict

from django.utils.translation import gettext_lazy

from academics.admin.resources.shared import (
    CLASS_HEADERS,
    STATUS_HEADERS,
    STUDENT_HEADERS,
    check_student,
    class_by_code,
    classes,
    person,
)
from academics.models import (
    Enrollment,
)
from exchange.admin.resources import people
from exchange.columns import (
    Choice,
    Column,
    Date,
    Number,
    Text,
)
from exchange.imports.resource import ImportResource
from exchange.resources import register


@register(Enrollment)
class EnrollmentResource(ImportResource):
    """Enrollments, identified by student and class; for several of a pair see `find`."""

    student = Column(
        "student",
        gettext_lazy("Student e-mail"),
        person(),
        required=True,
        key=True,
        synonyms=STUDENT_HEADERS,
    )
    student_name = Column("student__name", gettext_lazy("Student"), readonly=True)
    school_class = Column(
        "school_class",
        gettext_lazy("Class code"),
        class_by_code(),
        required=True,
        key=True,
        synonyms=CLASS_HEADERS,
    )
    class_name = Column("school_class__name", gettext_lazy("Class"), readonly=True)
    enrollment_date = Column(
        "enrollment_date",
        gettext_lazy("Enrolled on"),
        Date(),
        synonyms=["Entry date", "Begin date", "Anmeldedatum", "Fecha de matrícula"],
    )
    completion_date = Column(
        "completion_date",
        gettext_lazy("Completed on"),
        Date(),
        synonyms=["Exit date", "End date", "Abschlussdatum"],
    )
    status = Column(
        "status", gettext_lazy("Status"), Choice(Enrollment.Status), synonyms=STATUS_HEADERS
    )
    attendance_rate = Column(
        "attendance_rate", gettext_lazy("Attendance rate"), Number(5), readonly=True
    )
    current_grade = Column("current_grade", gettext_lazy("Current grade"), Text(10))

    class Meta:
        model = Enrollment

    def prepare(self, piece):
        students = list(people(piece.texts("student")))
        school_classes = list(classes(piece.texts("school_class")))
        self.known("student", students)
        self.known("school_class", school_classes)
        self.existing = defaultdict(list)
        rows = Enrollment.objects.filter(student__in=students, school_class__in=school_classes)
        for row in rows.order_by("enrollment_date").prefetch_related(*self.references()):
            self.existing[row.student_id, row.school_class_id].append(row)

    def find(self, values):
        """Return the enrollment of a row; date and status decide if a student enrolled twice."""
        rows = self.existing.get((values["student"].pk, values["school_class"].pk), [])
        day, status = values.get("enrollment_date"), values.get("status")
        if day is not None:
            same_day = [row for row in rows if row.enrollment_date == day]
            if same_day:
                return next((row for row in same_day if row.status == status), same_day[0])
        active = [row for row in rows if row.status == Enrollment.Status.ACTIVE]
        if active:
            return active[0]
        if day is not None or status == Enrollment.Status.ACTIVE:
            return None
        return rows[-1] if rows else None

    def key(self, values, instance):
        if instance is not None:
            return instance.pk
        return values["student"].pk, values["school_class"].pk, values.get("enrollment_date")

    def check(self, instance, values, is_new):
        if is_new:
            check_student(values)
