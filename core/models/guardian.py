"""Contact persons of a student, and which of them may sign in."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import (
    TenantForeignKey,
    TenantModel,
    default,
    shown,
    sort_name,
)


class Guardian(TenantModel):
    """Someone to call about a student; with an account they read their children's pages."""

    name = models.CharField(_("name"), max_length=255)
    sort_name = sort_name()
    phone = models.CharField(_("phone"), max_length=50, null=True, blank=True)
    other_phone = models.CharField(_("other phone"), max_length=50, null=True, blank=True)
    email = models.CharField(_("e-mail"), max_length=255, null=True, blank=True)
    address = models.TextField(_("address"), null=True, blank=True)
    notes = models.TextField(_("notes"), null=True, blank=True)
    # A person with the role guardian; nobody without one signs in.
    user = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        related_name="guardian_records",
        verbose_name=_("account"),
        limit_choices_to={"role": "guardian"},
    )
    students = models.ManyToManyField(
        "core.User", through="core.StudentGuardian", related_name="guardians"
    )

    class Meta(TenantModel.Meta):
        db_table = "guardians"
        verbose_name = _("guardian")
        verbose_name_plural = _("guardians")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="guardians_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "user"], name="idx_guardians_user"),
            models.CheckConstraint(
                condition=models.Q(email__isnull=True)
                | models.Q(email__iregex=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"),
                name="check_guardian_email",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "sort_name", "id"], name="idx_guardians_name")]

    def __str__(self) -> str:
        return self.name


class StudentGuardian(TenantModel):
    """What a guardian is to a student, and what they may do for them."""

    class Relation(models.TextChoices):
        MOTHER = "mother", _("Mother")
        FATHER = "father", _("Father")
        STEPPARENT = "stepparent", _("Step-parent")
        GRANDPARENT = "grandparent", _("Grandparent")
        SIBLING = "sibling", _("Sibling")
        RELATIVE = "relative", _("Other relative")
        FOSTER_PARENT = "foster_parent", _("Foster parent")
        LEGAL_GUARDIAN = "legal_guardian", _("Legal guardian")
        OTHER = "other", _("Other")

    student = TenantForeignKey(
        "core.User",
        related_name="guardian_links",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    guardian = TenantForeignKey(
        Guardian, on_delete=models.CASCADE, related_name="links", verbose_name=_("guardian")
    )
    relation = models.CharField(
        _("relation"), max_length=50, choices=Relation, **default(Relation.OTHER.value)
    )
    has_custody = models.BooleanField(_("has custody"), **default(True))
    is_emergency_contact = models.BooleanField(_("emergency contact"), **default(False))
    may_pick_up = models.BooleanField(_("may pick up the child"), **default(False))
    call_order = models.SmallIntegerField(
        _("order of calling"),
        help_text=_("1 is called first."),
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        **default(1),
    )
    # Who has an account and this flag reads the child's pages; nobody else does.
    portal_access = models.BooleanField(
        _("may see the child's pages"),
        help_text=_("Needs an account. Custody alone gives no access, and access no custody."),
        **default(True),
    )

    class Meta(TenantModel.Meta):
        db_table = "student_guardians"
        verbose_name = _("guardian of a student")
        verbose_name_plural = _("guardians of students")
        ordering = ["call_order", "-is_emergency_contact", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "student", "guardian"], name="idx_student_guardians_pair"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    relation__in=[
                        "mother",
                        "father",
                        "stepparent",
                        "grandparent",
                        "sibling",
                        "relative",
                        "foster_parent",
                        "legal_guardian",
                        "other",
                    ]
                ),
                name="check_guardian_relation",
            ),
            models.CheckConstraint(
                condition=models.Q(call_order__range=(1, 99)), name="check_guardian_call_order"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "guardian"], name="idx_student_guardians_guardian")
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'guardian')} ({self.get_relation_display()})"
