"""Guardians, and whose guardians they are, as files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Guardian, StudentGuardian, User
from exchange.columns import Choice, Column, Email, Integer, Reference, Text, YesNo
from exchange.imports.resource import ImportResource
from exchange.resources import register

if TYPE_CHECKING:
    from exchange.imports.resource import Piece


@register(Guardian)
class GuardianResource(ImportResource):
    """Guardians, identified by their e-mail address, or where they have none by name and phone."""

    name = Column(
        "name",
        gettext_lazy("Name"),
        Text(255),
        required=True,
        key=True,
        synonyms=["Guardian", "Parent", "Full name", "Contact", "Erziehungsberechtigte", "Nom"],
        example="Rosa Ruiz",
    )
    email = Column(
        "email",
        gettext_lazy("E-mail"),
        Email(),
        key=True,
        synonyms=["Mail", "E-mail address", "Parent e-mail", "E-Mail-Adresse", "Correo"],
    )
    phone = Column(
        "phone",
        gettext_lazy("Phone"),
        Text(50),
        key=True,
        synonyms=["Phone number", "Telephone", "Mobile", "Home phone", "Telefon", "Teléfono"],
        example="+49 30 1234567",
    )
    other_phone = Column(
        "other_phone", gettext_lazy("Other phone"), Text(50), synonyms=["Work phone", "Phone 2"]
    )
    address = Column(
        "address", gettext_lazy("Address"), Text(), synonyms=["Home address", "Adresse", "Street"]
    )
    notes = Column("notes", gettext_lazy("Notes"), Text())

    class Meta:
        model = Guardian

    def prepare(self, piece: Piece) -> None:
        rows = Guardian.objects.annotate(lower_email=Lower("email"), lower_name=Lower("name"))
        emails, names = piece.texts("email"), piece.texts("name")
        self.by_email: dict[str, list[Guardian]] = defaultdict(list)
        self.by_name: dict[tuple[str, str], list[Guardian]] = defaultdict(list)
        for row in rows.filter(Q(lower_email__in=emails) | Q(lower_name__in=names)):
            if row.email:
                self.by_email[row.email.casefold()].append(row)
            self.by_name[row.name.casefold(), row.phone or ""].append(row)

    def find(self, values: dict[str, Any]) -> Guardian | None:
        email, phone = values.get("email"), values.get("phone")
        if email:
            return _only(self.by_email.get(email.casefold(), ()), "email")
        return _only(self.by_name.get((values["name"].casefold(), phone or ""), ()), "name")

    def key(self, values: dict[str, Any], instance: Guardian | None) -> Any:
        email = values.get("email")
        return email.casefold() if email else (values["name"].casefold(), values.get("phone"))


def _only(rows: Sequence[Guardian], name: str) -> Guardian | None:
    if len(rows) > 1:
        sentence = _("%(count)d guardians are called so; change them by hand.")
        raise ValidationError({name: sentence % {"count": len(rows)}})
    return rows[0] if rows else None


@register(StudentGuardian)
class StudentGuardianResource(ImportResource):
    """Who belongs to whom, identified by student and guardian."""

    student = Column(
        "student",
        gettext_lazy("Student"),
        Reference(
            "email",
            gettext_lazy("No student has the e-mail address or number “%(text)s”."),
            gettext_lazy("%(count)d students have the number “%(text)s”."),
            example=Email.example,
        ),
        required=True,
        key=True,
        synonyms=["Student e-mail", "Student number", "Child", "Schüler", "Estudiante", "Élève"],
    )
    guardian = Column(
        "guardian",
        gettext_lazy("Guardian"),
        Reference(
            "name",
            gettext_lazy("No guardian has the name or e-mail address “%(text)s”."),
            gettext_lazy("%(count)d guardians are called “%(text)s”; write the e-mail address."),
            example="Rosa Ruiz",
        ),
        required=True,
        key=True,
        synonyms=["Guardian e-mail", "Parent", "Parent e-mail", "Contact"],
    )
    relation = Column(
        "relation",
        gettext_lazy("Relation"),
        Choice(StudentGuardian.Relation),
        synonyms=["Relationship", "Beziehung", "Parentesco"],
    )
    has_custody = Column("has_custody", gettext_lazy("Custody"), YesNo())
    is_emergency_contact = Column(
        "is_emergency_contact", gettext_lazy("Emergency contact"), YesNo(), synonyms=["Emergency"]
    )
    may_pick_up = Column("may_pick_up", gettext_lazy("May pick up"), YesNo(), synonyms=["Pick-up"])
    portal_access = Column("portal_access", gettext_lazy("Sees the child's pages"), YesNo())
    call_order = Column(
        "call_order", gettext_lazy("Order of calling"), Integer(), synonyms=["Order", "Priority"]
    )

    class Meta:
        model = StudentGuardian

    def prepare(self, piece: Piece) -> None:
        students, guardians = piece.texts("student"), piece.texts("guardian")
        people = User.objects.students().annotate(
            lower_email=Lower("email"), lower_number=Lower("student_number")
        )
        known = people.filter(Q(lower_email__in=students) | Q(lower_number__in=students))
        self._know("student", known, "email", "student_number")
        rows = Guardian.objects.annotate(lower_email=Lower("email"), lower_name=Lower("name"))
        contacts = rows.filter(Q(lower_email__in=guardians) | Q(lower_name__in=guardians))
        self._know("guardian", contacts, "email", "name")
        links = StudentGuardian.objects.filter(student__in=known, guardian__in=contacts)
        self.existing = {(link.student_id, link.guardian_id): link for link in links}

    def _know(self, name: str, rows: Iterable[Model], *attributes: str) -> None:
        """Tell a Reference column what rows there are, by each of these attributes."""
        widget: Any = self.column(name).widget
        widget.known = defaultdict(list)
        for row in rows:
            for text in {str(getattr(row, attribute) or "").casefold() for attribute in attributes}:
                widget.known[text].append(row)

    def find(self, values: dict[str, Any]) -> StudentGuardian | None:
        return self.existing.get((values["student"].pk, values["guardian"].pk))

    def key(self, values: dict[str, Any], instance: StudentGuardian | None) -> Any:
        return values["student"].pk, values["guardian"].pk
