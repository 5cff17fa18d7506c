"""How files name people, classes, dates and statuses."""

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import (
    SchoolClass,
)
from core.models import User
from exchange.columns import (
    Email,
    Reference,
)

STUDENT_HEADERS = [
    "Student",
    "Pupil e-mail",
    "E-mail",
    "Mail",
    "Schüler E-Mail",
    "Correo del estudiante",
    "E-mail de l'élève",
]
CLASS_HEADERS = ["Code", "Section", "Course code", "Klasse", "Kurs", "Código de clase", "Classe"]
DATE_HEADERS = ["Day", "Session date", "Datum", "Fecha", "Jour"]
STATUS_HEADERS = ["State", "Estado", "Statut"]


def person():
    """Return the kind of a column that names a person by e-mail address."""
    return Reference(
        "email",
        gettext_lazy("Nobody you can see has the e-mail address “%(text)s”."),
        example=Email.example,
    )


def class_by_code():
    """Return the kind of a column that names a class by its code."""
    return Reference(
        "code",
        gettext_lazy("There is no class with the code “%(text)s” that you can see."),
        gettext_lazy("%(count)d classes have the code “%(text)s”; give each its own first."),
        example="MATH-101",
    )


def classes(codes):
    """Return the classes of the school with these codes (lower case)."""
    return SchoolClass.objects.annotate(lower_code=Lower("code")).filter(lower_code__in=codes)


def check_student(values, name="student"):
    """Raise ValidationError when the person in the column is not a student."""
    student = values.get(name)
    if student is not None and student.role != User.Role.STUDENT:
        raise ValidationError({name: _("%(name)s is not a student.") % {"name": student}})
