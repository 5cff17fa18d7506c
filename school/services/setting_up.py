"""What the set-up assistant writes itself."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from academics.models import AcademicYear, Term
from core.models import Homeroom, Tenant, YearGroup
from core.services import school_settings
from school.selectors.setting_up import SETTING


def skip(tenant: Tenant, slug: str) -> None:
    """Leave a step out."""
    kept = _kept(tenant)
    skipped = list(dict.fromkeys([*kept.get("skipped", []), slug]))
    school_settings.save(tenant, {SETTING: kept | {"skipped": skipped}})


def take_up(tenant: Tenant, slug: str) -> None:
    """Do a step after all that was left out."""
    kept = _kept(tenant)
    skipped = [name for name in kept.get("skipped", []) if name != slug]
    school_settings.save(tenant, {SETTING: kept | {"skipped": skipped}})


def close(tenant: Tenant, *, closed: bool) -> None:
    """Ask no more for the set-up on the first page, or ask again."""
    school_settings.save(tenant, {SETTING: _kept(tenant) | {"closed": closed}})


def _kept(tenant: Tenant) -> dict[str, Any]:
    kept = (tenant.settings or {}).get(SETTING)
    return kept if isinstance(kept, dict) else {}


@transaction.atomic
def name_school(tenant: Tenant, *, name: str, phone: str, address: str) -> None:
    """Write the school's name, telephone and address; empty ones away."""
    if name != tenant.name:
        tenant.name = name
        tenant.save(update_fields=["name"])
    school_settings.save(tenant, {"phone": phone or None, "address": address or None})


@transaction.atomic
def begin_year(
    *, year: str, first: date, last: date, term: str, term_first: date, term_last: date
) -> Term:
    """Make an academic year with its first term."""
    academic_year = AcademicYear.objects.create(name=year, start_date=first, end_date=last)
    return Term.objects.create(
        academic_year=academic_year, name=term, start_date=term_first, end_date=term_last
    )


@transaction.atomic
def add_years(years: Mapping[str, Sequence[str]]) -> None:
    """Make year groups in this order, the youngest first, each with its homerooms."""
    before = YearGroup.objects.order_by("-position").values_list("position", flat=True).first()
    for place, (name, homerooms) in enumerate(years.items(), (before or 0) + 1):
        group = YearGroup.objects.create(name=name, position=place)
        for homeroom in homerooms:
            Homeroom.objects.create(name=homeroom, year_group=group)
