"""Classes, their weekly slots and sessions, as files."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.admin.resources.shared import (
    CLASS_HEADERS,
    STATUS_HEADERS,
    class_by_code,
    classes,
    person,
)
from academics.models import (
    ClassSession,
    Schedule,
    SchoolClass,
)
from core.models import User
from exchange.admin.resources import people
from exchange.columns import (
    Choice,
    Column,
    Date,
    Integer,
    Text,
    Time,
)
from exchange.imports.resource import ImportResource
from exchange.resources import SchoolResource, register


@register(SchoolClass)
class SchoolClassResource(ImportResource):
    """Classes, identified by their code."""

    code = Column(
        "code",
        gettext_lazy("Class code"),
        Text(50),
        required=True,
        key=True,
        synonyms=CLASS_HEADERS,
        example="MATH-101",
    )
    name = Column(
        "name",
        gettext_lazy("Name"),
        Text(255),
        needed=True,
        synonyms=["Title", "Class name", "Course name", "Bezeichnung", "Nombre", "Nom"],
        example="Mathematics",
    )
    subject = Column(
        "subject", gettext_lazy("Subject"), Text(100), synonyms=["Fach", "Asignatura", "Matière"]
    )
    level = Column(
        "level",
        gettext_lazy("Level"),
        Text(50),
        synonyms=["Grade level", "Year", "Stufe", "Nivel", "Niveau"],
    )
    description = Column(
        "description", gettext_lazy("Description"), synonyms=["Beschreibung", "Descripción"]
    )
    teacher = Column(
        "teacher",
        gettext_lazy("Teacher e-mail"),
        person(),
        synonyms=["Lehrkraft E-Mail", "Instructor", "Instructor e-mail", "Correo del profesor"],
    )
    teacher_name = Column("teacher__name", gettext_lazy("Teacher"), readonly=True)
    capacity = Column(
        "capacity", gettext_lazy("Capacity"), Integer(), synonyms=["Seats", "Plätze", "Capacidad"]
    )
    enrolled = Column("enrolled_count", gettext_lazy("Enrolled"), Integer(), readonly=True)
    schedule_description = Column(
        "schedule_description", gettext_lazy("Schedule in words"), Text(500)
    )
    start_date = Column(
        "start_date",
        gettext_lazy("First day"),
        Date(),
        needed=True,
        synonyms=["Start", "Begin date", "Beginn", "Fecha de inicio", "Date de début"],
    )
    end_date = Column(
        "end_date",
        gettext_lazy("Last day"),
        Date(),
        synonyms=["End", "Ende", "Fecha de fin", "Date de fin"],
    )
    status = Column(
        "status", gettext_lazy("Status"), Choice(SchoolClass.Status), synonyms=STATUS_HEADERS
    )

    class Meta:
        model = SchoolClass

    def prepare(self, piece):
        self.known("teacher", people(piece.texts("teacher")))
        self.existing = defaultdict(list)
        rows = classes(piece.texts("code")).prefetch_related(*self.references())
        for school_class in rows:
            self.existing[school_class.code.casefold()].append(school_class)

    def find(self, values):
        matches = self.existing.get(values["code"].casefold(), [])
        if len(matches) > 1:
            raise ValidationError(
                {
                    "code": _(
                        "%(count)d classes have the code “%(text)s”; give each its own first."
                    )
                    % {"count": len(matches), "text": values["code"]}
                }
            )
        return matches[0] if matches else None

    def key(self, values, instance):
        return values["code"].casefold()

    def check(self, instance, values, is_new):
        teacher = values.get("teacher")
        if teacher is not None and teacher.role == User.Role.STUDENT:
            raise ValidationError({"teacher": _("%(name)s is not a teacher.") % {"name": teacher}})
        if instance.end_date and instance.end_date < instance.start_date:
            raise ValidationError({"end_date": _("The last day is before the first day.")})


@register(Schedule)
class ScheduleResource(SchoolResource):
    school_class = Column("school_class", gettext_lazy("Class code"), class_by_code())
    class_name = Column("school_class__name", gettext_lazy("Class"))
    weekday = Column("get_weekday_display", gettext_lazy("Weekday"))
    start_time = Column("start_time", gettext_lazy("From"), Time())
    end_time = Column("end_time", gettext_lazy("To"), Time())
    room = Column("room", gettext_lazy("Room"))
    valid_from = Column("valid_from", gettext_lazy("Valid from"), Date())
    valid_to = Column("valid_to", gettext_lazy("Valid to"), Date())

    class Meta:
        model = Schedule


@register(ClassSession)
class ClassSessionResource(SchoolResource):
    school_class = Column("school_class", gettext_lazy("Class code"), class_by_code())
    class_name = Column("school_class__name", gettext_lazy("Class"))
    session_date = Column("session_date", gettext_lazy("Date"), Date())
    start_time = Column("start_time", gettext_lazy("From"), Time())
    end_time = Column("end_time", gettext_lazy("To"), Time())
    topic = Column("topic", gettext_lazy("Topic"))
    notes = Column("notes", gettext_lazy("Notes"))
    status = Column("status", gettext_lazy("Status"))

    class Meta:
        model = ClassSession
