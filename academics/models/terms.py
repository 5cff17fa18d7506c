"""The school's calendar: academic years, their terms, and the days without lessons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet

END_AFTER_START = models.Q(end_date__gte=models.F("start_date"))


class AcademicYear(TenantModel):
    """A school year."""

    name = models.CharField(_("name"), max_length=100, help_text=_("For example 2026/27."))
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    # When everybody moved one year group up into it (academics/services/rollover/years.py).
    students_moved_at = models.DateTimeField(
        _("students moved up at"), null=True, blank=True, editable=False
    )

    class Meta(TenantModel.Meta):
        db_table = "academic_years"
        verbose_name = _("academic year")
        verbose_name_plural = _("academic years")
        ordering = ["-start_date", "id"]
        # Two years never share a day: the exclusion constraint stands in academics/sql/terms.sql.
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="academic_years_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_academic_years_name"),
            models.CheckConstraint(condition=END_AFTER_START, name="check_academic_year_dates"),
        ]

    def __str__(self) -> str:
        return self.name


class TermQuerySet(TenantQuerySet["Term"]):
    def current(self, day: date) -> Term | None:
        """Return the term of a day (`term_of`)."""
        return term_of(self, day)


def term_of(terms: Iterable[Term], day: date) -> Term | None:
    """Return the term of a day: the one it is in, else the next one, else the last one."""
    to_come = [term for term in terms if term.end_date >= day]
    if to_come:
        return min(to_come, key=lambda term: term.start_date)
    return max(terms, key=lambda term: term.end_date, default=None)


class Term(TenantModel):
    """A part of an academic year; classes belong to one."""

    academic_year = TenantForeignKey(
        AcademicYear, related_name="terms", verbose_name=_("academic year")
    )
    name = models.CharField(_("name"), max_length=100)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))

    objects = TenantManager.from_queryset(TermQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "terms"
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["-start_date", "id"]
        # Two terms never share a day, and each lies within its year: academics/sql/terms.sql.
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="terms_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "academic_year", "name"], name="idx_terms_name"
            ),
            models.CheckConstraint(condition=END_AFTER_START, name="check_term_dates"),
        ]
        indexes = [models.Index(fields=["tenant", "start_date"], name="idx_terms_start")]

    def __str__(self) -> str:
        return self.name


class ClosedDayQuerySet(TenantQuerySet["ClosedDay"]):
    def between(self, first: date, last: date) -> Self:
        """Return the closed days that share a day with the span."""
        return self.filter(start_date__lte=last, end_date__gte=first)

    def on(self, day: date) -> Self:
        return self.between(day, day)


class ClosedDay(TenantModel):
    """A holiday, or another day or span of days without lessons."""

    name = models.CharField(_("name"), max_length=100)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))

    objects = TenantManager.from_queryset(ClosedDayQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "closed_days"
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ["start_date", "id"]
        constraints = [
            models.CheckConstraint(condition=END_AFTER_START, name="check_closed_day_dates")
        ]
        indexes = [
            models.Index(fields=["tenant", "start_date", "end_date"], name="idx_closed_days_dates")
        ]

    def __str__(self) -> str:
        return self.name
