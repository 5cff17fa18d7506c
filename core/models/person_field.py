"""The fields that a school keeps of its people besides name and address."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantModel, default
from core.models.user import User

KEY = r"^[a-z](_?[a-z0-9])*$"


class PersonField(TenantModel):
    """A field of the record of everybody of one role (core/sql/person_fields.sql)."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        LONG_TEXT = "long_text", _("Long text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")
        PHONE = "phone", _("Phone number")
        EMAIL = "email", _("E-mail address")

    class Readers(models.TextChoices):
        OFFICE = "office", _("The office only")
        TEACHERS = "teachers", _("Teachers too")
        FAMILY = "family", _("Teachers and the family too")

    role = models.CharField(_("of"), max_length=20, choices=User.Role)
    key = models.CharField(
        _("key"),
        max_length=50,
        help_text=_("The name for other programs: small letters, digits and single underscores."),
    )
    label = models.CharField(_("label"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    choices = models.TextField(
        _("choices"),
        blank=True,
        help_text=_("One a line, in their order."),
        **default(""),
    )
    is_required = models.BooleanField(
        _("required"),
        help_text=_("Nobody new is added without it, and it is not emptied any more."),
        **default(False),
    )
    readers = models.CharField(
        _("who may read it"), max_length=20, choices=Readers, **default(Readers.OFFICE.value)
    )
    help_text = models.CharField(_("explanation"), max_length=300, blank=True, **default(""))
    position = models.IntegerField(_("place"), **default(500))
    on_card = models.BooleanField(
        _("on report cards"),
        help_text=_("Stands on report cards and transcripts, which the family reads."),
        **default(False),
    )
    is_archived = models.BooleanField(
        _("archived"),
        help_text=_("No longer asked for or shown; what people have is kept."),
        **default(False),
    )

    class Meta(TenantModel.Meta):
        db_table = "person_fields"
        verbose_name = _("field of people")
        verbose_name_plural = _("fields of people")
        ordering = ["role", "position", "label", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "role", "key"], name="idx_person_fields_key"),
            models.UniqueConstraint(
                models.F("tenant"), models.F("role"), Lower("label"), name="idx_person_fields_label"
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="person_fields_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=["admin", "registrar", "bursar", "teacher", "student", "guardian"]
                ),
                name="check_person_field_role",
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=KEY), name="check_person_field_key"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "text",
                        "long_text",
                        "number",
                        "date",
                        "choice",
                        "yes_no",
                        "phone",
                        "email",
                    ]
                ),
                name="check_person_field_kind",
            ),  # fmt: skip
            models.CheckConstraint(
                condition=models.Q(kind="choice", choices__regex=r"\S")
                | (~models.Q(kind="choice") & models.Q(choices="")),
                name="check_person_field_choices",
            ),
            models.CheckConstraint(
                condition=models.Q(readers__in=["office", "teachers", "family"]),
                name="check_person_field_readers",
            ),
            models.CheckConstraint(
                condition=models.Q(label__regex=r"\S"), name="check_person_field_label"
            ),
            models.CheckConstraint(
                condition=models.Q(on_card=False) | models.Q(readers="family"),
                name="check_person_field_card",
            ),
            # Columns of people's own follow from these two: whoever sees a student reads them.
            models.CheckConstraint(
                condition=~models.Q(role="student", key__in=["student_number", "birth_date"])
                | models.Q(readers="family", key="student_number", kind="text")
                | models.Q(readers="family", key="birth_date", kind="date"),
                name="check_person_field_open",
            ),
        ]

    shown_by = ("label",)

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        """What its field is called in forms, and its column in files."""
        return f"record_{self.key}"

    @property
    def options(self) -> list[str]:
        """The choices, in their order."""
        return self.choices.split("\n") if self.choices else []

    @property
    def is_private(self) -> bool:
        return self.readers == self.Readers.OFFICE

    def clean(self) -> None:
        lines = (" ".join(line.split()) for line in (self.choices or "").splitlines())
        self.choices = "\n".join(dict.fromkeys(filter(None, lines)))
