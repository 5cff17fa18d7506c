"""Year groups and homerooms: where the students of a school belong, beside their classes."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, default, shown


class YearGroup(TenantModel):
    """The students of one year of the school; they move to the next by the place."""

    name = models.CharField(_("name"), max_length=100, help_text=_("For example: Year 7."))
    position = models.IntegerField(_("place"), **default(1))

    class Meta(TenantModel.Meta):
        db_table = "year_groups"
        verbose_name = _("year group")
        verbose_name_plural = _("year groups")
        ordering = ["position", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="year_groups_tenant_key"),
            models.UniqueConstraint(
                models.F("tenant"), Lower("name"), name="idx_year_groups_tenant_name"
            ),
            models.CheckConstraint(
                condition=models.Q(name__regex=r"\S"), name="check_year_group_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Homeroom(TenantModel):
    """A group of students of one year group who belong together all year."""

    name = models.CharField(_("name"), max_length=100, help_text=_("For example: 7A."))
    year_group = TenantForeignKey(YearGroup, related_name="homerooms", verbose_name=_("year group"))
    teachers = models.ManyToManyField(
        "core.User", through="core.HomeroomTeacher", related_name="homerooms_led"
    )

    class Meta(TenantModel.Meta):
        db_table = "homerooms"
        verbose_name = _("homeroom")
        verbose_name_plural = _("homerooms")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="homerooms_tenant_key"),
            # What a student refers to: the homeroom together with its year group.
            models.UniqueConstraint(
                fields=["tenant", "id", "year_group"], name="homerooms_year_group_key"
            ),
            models.UniqueConstraint(
                models.F("tenant"), Lower("name"), name="idx_homerooms_tenant_name"
            ),
            models.CheckConstraint(
                condition=models.Q(name__regex=r"\S"), name="check_homeroom_name"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "year_group"], name="idx_homerooms_year_group")]

    def __str__(self) -> str:
        return self.name


class HomeroomTeacher(TenantModel):
    """Who leads a homeroom: a teacher, or several."""

    homeroom = TenantForeignKey(
        Homeroom, on_delete=models.CASCADE, related_name="leads", verbose_name=_("homeroom")
    )
    teacher = TenantForeignKey(
        "core.User",
        related_name="homeroom_leads",
        verbose_name=_("teacher"),
        limit_choices_to={"role": "teacher"},
    )

    class Meta(TenantModel.Meta):
        db_table = "homeroom_teachers"
        verbose_name = _("homeroom teacher")
        verbose_name_plural = _("homeroom teachers")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "homeroom", "teacher"], name="idx_homeroom_teachers_pair"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "teacher"], name="idx_homeroom_teachers_teacher")]

    def __str__(self) -> str:
        return f"{shown(self, 'homeroom')}, {shown(self, 'teacher')}"
