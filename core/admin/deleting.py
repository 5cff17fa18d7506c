"""Deleting the selected rows of a list: what can go goes, the rest stays and is named with why.

Django's action, which asks first, refuses all for the sake of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.admin.actions import delete_selected as delete_all_selected
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.admin import references
from core.admin.confirm import refused
from core.constraints import RefusedByDatabase, explained
from core.http import PersonRequest

if TYPE_CHECKING:
    from django.template.response import TemplateResponse

SHOWN = 100


def delete_selected(
    model_admin: Any, request: PersonRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Ask, naming what stays and why; then delete the others."""
    stay = _reasons(model_admin, request, queryset)
    going = queryset.exclude(pk__in=[row.pk for row in stay]) if stay else queryset
    if stay and not going.exists():
        model_admin.message_user(request, refused(stay), messages.WARNING)
        return None
    if "post" in request.POST:
        _delete(model_admin, request, going, stay)
        return None
    response = delete_all_selected(model_admin, request, going)
    answer = cast("TemplateResponse", response)  # None only after a deletion
    answer.context_data = (
        (answer.context_data or {})
        | model_admin.deletion_context(list(going))
        | {
            "stay": list(stay.items())[:SHOWN],
            "stay_more": max(len(stay) - SHOWN, 0),
        }
    )
    return answer


delete_selected.asks_first = True  # type: ignore[attr-defined]  # as of core.admin.confirm


def _reasons(model_admin: Any, request: PersonRequest, queryset: QuerySet[Any]) -> dict[Model, str]:
    """Return {row: why it cannot be deleted}, as far as that is known before."""
    rows = list(queryset)
    users = {}
    if not model_admin.is_deleted_softly:
        users = references.users_by_row(model_admin.model, rows, model_admin.deleted_along)
    reasons = {}
    for row in rows:
        if reason := model_admin.deletion_refusal(request, row):
            reasons[row] = reason
        elif row.pk in users:
            reasons[row] = _("Still in use: %(kinds)s.") % {"kinds": ", ".join(users[row.pk])}
    return reasons


def _delete(
    model_admin: Any, request: PersonRequest, queryset: QuerySet[Any], stay: dict[Model, str]
) -> None:
    """Delete the rows at once; when the database refuses one, each by itself."""
    try:
        with explained(), transaction.atomic():
            count = _delete_rows(model_admin, request, queryset)
    except RefusedByDatabase:
        count = _delete_one_by_one(model_admin, request, queryset, stay)
    if count:
        opts = model_admin.opts
        name = opts.verbose_name if count == 1 else opts.verbose_name_plural
        text = _("Deleted: %(count)d %(name)s.") % {"count": count, "name": name}
        model_admin.message_user(request, text, messages.SUCCESS)
    if stay:
        model_admin.message_user(request, refused(stay), messages.WARNING)


def _delete_one_by_one(
    model_admin: Any, request: PersonRequest, queryset: QuerySet[Any], stay: dict[Model, str]
) -> int:
    count = 0
    for row in list(queryset):
        try:
            with explained(), transaction.atomic():
                count += _delete_rows(model_admin, request, queryset.filter(pk=row.pk))
        except RefusedByDatabase as error:
            stay[row] = str(error)
    return count


def _delete_rows(model_admin: Any, request: PersonRequest, queryset: QuerySet[Any]) -> int:
    count = len(queryset)
    model_admin.log_deletions(request, queryset)
    model_admin.delete_queryset(request, queryset)
    return count
