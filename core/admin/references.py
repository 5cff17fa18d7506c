"""What still refers to a row that somebody wants to delete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.db.models import Count, Model
from django.db.models.options import Options
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

COUNT_LIMIT = 1000
SHOWN = 100


def summary(
    model_admin: Any,
    objs: Iterable[Model],
    request: HttpRequest,
    *,
    with_users: bool = True,
    along: Collection[type[Model]] = (),
) -> tuple[list[str], dict[str, int], set[str], list[str]]:
    """Return what ModelAdmin.get_deleted_objects() returns, without loading what refers to `objs`.

    Rows that are referred to are protected; a sentence names each kind with its number. Those of
    the models `along` go with them.
    """
    model, objs = model_admin.model, list(objs)
    shown = [_line(model_admin.admin_site, obj) for obj in objs[:SHOWN]]
    if len(objs) > SHOWN:
        shown.append(_("and %(count)d more") % {"count": len(objs) - SHOWN})
    counts = {model._meta.verbose_name_plural: len(objs)}
    forbidden = not all(model_admin.has_delete_permission(request, obj) for obj in objs)
    needed = {model._meta.verbose_name} if forbidden else set()
    return shown, counts, needed, users_of(model, objs, along) if with_users else []


def users_of(
    model: type[Model], objs: Sequence[Model], along: Collection[type[Model]] = ()
) -> list[str]:
    """Return a sentence for each kind of row that keeps `objs` from being deleted."""
    sentences = []
    for relation in model._meta.related_objects:
        if relation.on_delete.__name__ != "RESTRICT" or relation.related_model in along:
            continue
        rows = cast("type[Model]", relation.related_model)._base_manager.filter(
            **{f"{relation.field.name}__in": objs}
        )
        count = rows.values("pk")[: COUNT_LIMIT + 1].count()
        if count:
            sentences.append(_number(count, cast("type[Model]", relation.related_model)._meta))
    return sentences


def users_by_row(
    model: type[Model], objs: Sequence[Model], along: Collection[type[Model]] = ()
) -> dict[Any, list[str]]:
    """Return {pk: sentences as of `users_of`} of those of `objs` that are referred to."""
    users: dict[Any, list[str]] = {}
    for relation in model._meta.related_objects:
        if relation.on_delete.__name__ != "RESTRICT" or relation.related_model in along:
            continue
        field = relation.field.name
        rows = cast("type[Model]", relation.related_model)._base_manager.filter(
            **{f"{field}__in": objs}
        )
        counts = rows.order_by().values_list(field).annotate(Count("pk"))
        for pk, count in counts:
            users.setdefault(pk, []).append(
                _number(count, cast("type[Model]", relation.related_model)._meta)
            )
    return users


def _number(count: int, opts: Options) -> str:
    if count > COUNT_LIMIT:
        return f"{COUNT_LIMIT:,}+ {opts.verbose_name_plural}"
    return f"{count} {opts.verbose_name if count == 1 else opts.verbose_name_plural}"


def _line(site: AdminSite, obj: Model) -> str:
    opts = obj._meta
    name = f"{site.name}:{opts.app_label}_{opts.model_name}_change"
    try:
        url = reverse(name, args=[quote(obj.pk)])
    except NoReverseMatch:
        return f"{capfirst(opts.verbose_name)}: {obj}"
    return format_html('{}: <a href="{}">{}</a>', capfirst(opts.verbose_name), url, obj)
