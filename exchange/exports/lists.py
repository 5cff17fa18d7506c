"""Files of the admin's lists: the rows that a list shows with the same parameters.

The list is rebuilt by its ModelAdmin, for the person who asked, from the parameters that the
export keeps: the file holds what the list shows, when it is made and whenever it is made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import rls
from core.http import PersonRequest
from core.models import User
from exchange.exports import list_filters, source
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import pairs, register_source
from exchange.models import Export
from exchange.resources import resource_for

if TYPE_CHECKING:
    from django.http.request import _ImmutableQueryDict

KIND = "list"
# Parameters of a list that choose no rows. "o", the order, is kept beside them; "_columns" with
# them, since the order counts columns.
NOT_FILTERS = {"_view", "p", "o", "all", "_popup", "_to_field", "_changelist_filters", "e"}


def _may_fetch(user: User, export: Export) -> bool:
    modeladmin = modeladmin_of(export.template_id)
    if modeladmin is None:
        return False
    return user.has_perm(f"{modeladmin.opts.app_label}.view_{modeladmin.opts.model_name}")


def _subject(export: Export) -> str:
    modeladmin = modeladmin_of(export.template_id)
    name = capfirst(modeladmin.opts.verbose_name_plural) if modeladmin else export.template_id
    return _("List: %(name)s") % {"name": name}


def _filters(export: Export) -> list[tuple[str, str]]:
    modeladmin = modeladmin_of(export.template_id)
    if modeladmin is None or not isinstance(export.filters, dict):
        return pairs(export)
    return list_filters.described(modeladmin, export.filters)


@register_source(
    KIND, gettext_lazy("List"), may_fetch=_may_fetch, subject=_subject, filters=_filters
)
def list_source(export: Export) -> source.Source:
    """Return the rows of the list with the export's filters, order and chosen rows."""
    modeladmin = modeladmin_of(export.template_id)
    request = request_for(export)
    if modeladmin is None or not modeladmin.has_view_permission(request):
        raise ExportRefused(_("You may not see this list."))
    try:
        rows = modeladmin.get_changelist_instance(request).get_queryset(request)
    except (IncorrectLookupParameters, SuspiciousOperation, ValidationError):
        raise ExportRefused(_("The list no longer has these filters.")) from None
    if export.selection is not None:
        rows = rows.filter(pk__in=export.selection)
    return source.from_queryset(rows)


def template_id(modeladmin: ModelAdmin) -> str:
    """Return the name of a list's layout, for example "users_v1"."""
    return resource_for(modeladmin.model).template_id()


def modeladmin_of(template: str) -> ModelAdmin | None:
    """Return the ModelAdmin of the list with this layout, of whichever version, or None."""
    name = _name(template)
    matches = (m for m in admin.site._registry.values() if _name(template_id(m)) == name)
    return next(matches, None)


def filters_of(request: HttpRequest) -> dict[str, str | list[str]]:
    """Return the list's parameters that choose rows, as they are kept with the export."""
    return {
        key: values if len(values) > 1 else values[0]
        for key, values in request.GET.lists()
        if key not in NOT_FILTERS and any(values)
    }


def request_for(export: Export) -> PersonRequest:
    """Return a request for the list, as its person would make it."""
    request = PersonRequest()
    request.method = "GET"
    parameters = QueryDict(mutable=True)
    for key, values in (export.filters or {}).items():
        parameters.setlist(key, values if isinstance(values, list) else [values])
    if export.sort:
        parameters["o"] = export.sort
    request.GET = cast("_ImmutableQueryDict", parameters)  # nobody changes it from here on
    request.user = export.requested_by
    request.tenant = request.user.tenant = rls.current_tenant()
    return request


def _name(template: str) -> str:
    return template.rpartition("_v")[0]
