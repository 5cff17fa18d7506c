"""What every ModelAdmin of the school is made of.

`SchoolModelAdmin` for tables that people change, `SchoolTabularInline` for rows inside another
page, `ReadOnlyAdmin` for what is only looked at. A ModelAdmin is one object for all threads, so
nothing of a request is kept on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import router, transaction
from django.db.models import (
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    Model,
    QuerySet,
    TextField,
    TimeField,
    URLField,
)
from django.db.models.options import Options
from django.forms import BaseForm, Media
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.overrides import FORMFIELD_OVERRIDES_INLINE
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.admin import kept_forms, opening, pages, references, scripts
from core.admin.deleting import delete_selected
from core.admin.history import HistoryMixin
from core.admin.lists import CappedPaginator, SchoolChangeList
from core.admin.refusals import form_for_request, formset_for_request, refuse
from core.admin.results import checkbox
from core.admin.search import SearchMixin
from core.admin.widgets import AutocompleteSelect
from core.constraints import RefusedByDatabase, explained
from core.forms import fields as typed_fields
from core.http import PersonRequest
from core.links import address
from core.preferences import DEFAULT_ROWS
from core.querying import left_joins

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from core.admin.kinds import FieldLine, Fieldsets

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as Base
else:
    Base = object

# How people write days, times and amounts.
TYPED = {
    DateTimeField: {"form_class": typed_fields.SplitDateTimeField},
    DateField: {"form_class": typed_fields.DateField},
    TimeField: {"form_class": typed_fields.TimeField},
    DecimalField: {"form_class": typed_fields.DecimalField, "widget": UnfoldAdminTextInputWidget},
}


def without_fields(fieldsets: Fieldsets, names: Collection[str]) -> Fieldsets:
    """Return the fieldsets of a ModelAdmin without the fields called `names`, and no empty line."""

    def rest(line: FieldLine) -> FieldLine | None:
        if isinstance(line, str):
            return None if line in names else line
        return tuple(name for name in line if name not in names)

    return [
        (title, options | {"fields": list(filter(None, map(rest, options["fields"])))})
        for title, options in fieldsets
    ]


class OptionsMixin(Base):
    """What lists and inlines have in common."""

    # Fields that cannot be changed once the row is there.
    fixed_fields: Sequence[str] = ()
    # Fields that a teacher may change; None: the same as an admin.
    teacher_fields: Sequence[str] | None = None
    # Whether the form's class follows from the role (core.admin.kept_forms).
    keeps_forms = False

    def get_readonly_fields(self, request: PersonRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fields += self.fixed_fields
        if self.teacher_fields is not None and request.user.is_teacher:
            fields += [f for f in self.shown_fields(request, obj) if f not in self.teacher_fields]
        return list(dict.fromkeys(fields))

    def shown_fields(self, request: PersonRequest, obj: Any) -> list[str]:
        """Return the names of all fields on the form."""
        return [
            name
            for _title, options in self.get_fieldsets(request, obj)
            for line in options["fields"]
            for name in (line if isinstance(line, list | tuple) else [line])
        ]

    def formfield_for_foreignkey(
        self, db_field: Field, request: PersonRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name in self.get_autocomplete_fields(request):
            widget = AutocompleteSelect(db_field, self.admin_site, using=kwargs.get("using"))
            kwargs.setdefault("widget", widget)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(
        self, db_field: Field, request: PersonRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "currency":
            kwargs.setdefault("form_class", typed_fields.CurrencyField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_choice_field(
        self, db_field: Field, request: PersonRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Preset no choice that the model does not: nobody becomes an admin by not choosing."""
        if not db_field.blank and not db_field.has_default():
            choices = db_field.get_choices(blank_choice=[("", _("Choose…"))])
            kwargs.setdefault("choices", choices)
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def derive(self, request: PersonRequest, obj: Any) -> None:
        """Fill in, before a new row is saved, what follows from the rest or from who asks."""


class RequestFreeMixin(Base):
    """Keeps Unfold from leaving the request on the ModelAdmin, which threads share."""

    # What an empty list says about how rows come about (templates/unfold/helpers).
    empty_hint: str | StrPromise = ""

    @property
    def request(self) -> NoReturn:
        raise AttributeError("A ModelAdmin is shared between requests.")

    @request.setter
    def request(self, value: object) -> None:
        pass

    def action_checkbox(self, obj: Model) -> str:
        return checkbox(obj)

    action_checkbox.short_description = ModelAdmin.action_checkbox.short_description  # type: ignore[attr-defined]  # Django reads it

    def changelist_view(
        self, request: PersonRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "media" in context and not context.get("is_popup"):
            context["media"] = scripts.of_list(context["media"])
        return response

    @property
    def media(self) -> Media:
        media = scripts.without_slugs(super().media)
        for entry in self.list_filter:
            filter_class = entry[1] if isinstance(entry, tuple | list) else entry
            form = getattr(filter_class, "form_class", None)
            if form is not None and hasattr(form, "Media"):
                media += Media(form.Media)
        return media


class SchoolModelAdmin(RequestFreeMixin, HistoryMixin, SearchMixin, OptionsMixin, ModelAdmin):
    """A table of the school: quick lists, refusals at their field, 404 for what is not there."""

    formfield_overrides = {
        **TYPED,
        URLField: {"assume_scheme": "https"},
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 4})},
    }
    paginator = CappedPaginator
    show_full_result_count = False
    # Models whose rows go with a deleted row, though they refer to it.
    deleted_along: Sequence[type[Model]] = ()
    is_deleted_softly = False
    # Further pages below the list: see core.admin.pages.of_modeladmin().
    own_pages: Sequence[tuple[str, str, Sequence[str]]] = ()
    list_per_page = DEFAULT_ROWS  # or what the reader chose (core.admin.lists)
    # Further columns that its reader may choose (core.admin.columns).
    more_columns: Sequence[Any] = ()
    # What the list shows of related rows besides their names (core.admin.lists).
    list_related_fields: Sequence[str] = ()
    list_max_show_all = 0
    list_filter_submit = True
    show_facets = 0
    warn_unsaved_form = True
    change_form_after_template: str | None = "core/admin/row_version.html"
    list_before_template = "core/admin/date_choices.html"

    def get_fieldsets(self, request: PersonRequest, obj: Any = None) -> Fieldsets:
        """Leave out of a new row's page what is not typed: the database has yet to fill it in."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        columns = {field.name for field in self.opts.get_fields()}
        return without_fields(fieldsets, columns.intersection(self.readonly_fields))

    def get_urls(self) -> list[URLPattern]:
        """Return the pages' URLs; what is no id at all is answered before any of them sees it."""
        urls = super().get_urls()
        for url in urls:
            if "object_id" in url.pattern.converters:
                url.callback = self._with_an_id(url.callback)
        return [*pages.of_modeladmin(self), *urls]

    def _with_an_id(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def call(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self._is_id(kwargs["object_id"]):
                raise Http404(_("There is no such row."))
            return view(request, *args, **kwargs)

        return call

    def _is_id(self, text: str) -> bool:
        try:
            self.model._meta.pk.to_python(unquote(text))
        except ValidationError:
            return False
        return True

    # --- lists ----------------------------------------------------------------------------------
    def get_queryset(self, request: PersonRequest) -> QuerySet[Any]:
        queryset = left_joins(self.visible_rows(request))
        related = self.get_list_select_related(request)
        return queryset.select_related(*related) if related else queryset

    def get_object(
        self, request: PersonRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the row of a page; asked for once while a page is read.

        The page's actions and its form ask for it, too.
        """
        # Asked before the row is: the database refuses a table that is no business of the role.
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method != "GET" or from_field:
            return super().get_object(request, object_id, from_field)
        kept = vars(request).setdefault("rows_of_pages", {})
        key = (self.model, str(object_id))
        if key not in kept:
            kept[key] = super().get_object(request, object_id, from_field)
        return kept[key]

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        """Return the rows that this person finds in the admin (the database leaves out more)."""
        return self.model._default_manager.all()

    def get_changelist(self, request: PersonRequest, **kwargs: Any) -> type[ChangeList]:
        return SchoolChangeList

    def get_more_columns(
        self, request: PersonRequest, names: Collection[str] | None = None
    ) -> Sequence[Any]:
        """Return what the list can show besides its usual columns; with `names`, those at least."""
        return self.more_columns

    def autocomplete_rows(self, request: PersonRequest) -> QuerySet[Any]:
        """Return the rows offered when another form asks for one of these."""
        return self.get_queryset(request)

    def autocomplete_label(self, obj: Any) -> str:
        return str(obj)

    # --- forms ----------------------------------------------------------------------------------
    def get_form(
        self, request: PersonRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[BaseForm]:
        make = super().get_form
        if self.keeps_forms:
            form = kept_forms.form_class(self, request, obj, change, make, **kwargs)
        else:
            form = make(request, obj, change=change, **kwargs)
        return form_for_request(form, request)

    def get_changelist_formset(self, request: PersonRequest, **kwargs: Any) -> Any:
        return formset_for_request(super().get_changelist_formset(request, **kwargs), request)

    def changeform_view(
        self,
        request: PersonRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page; after a refusal of the database, once more with the sentence in it.

        Django saves in a savepoint, which is undone when the error arrives here.
        """
        try:
            with explained():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except RefusedByDatabase as error:
            refuse(request, error.refusal)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: PersonRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row; of an existing one just what the form changed.

        Other columns may have been changed meanwhile, by people or by triggers.
        """
        request.saving_prefix = form.prefix
        if change:
            form.save()
        else:
            self.derive(request, obj)
            obj.save()
        for action in self.get_actions_submit_line(request, obj.pk):
            if action.action_name in request.POST:
                action.method(request, obj)

    def _get_obj_does_not_exist_redirect(
        self, request: PersonRequest, opts: Options, object_id: str
    ) -> HttpResponse:
        raise Http404(_("There is no such %(name)s.") % {"name": opts.verbose_name})

    # --- actions and deletion -------------------------------------------------------------------
    def changelist_view(
        self, request: PersonRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, run an action or save edited rows; report and undo refused ones.

        Asked for from the menu, it opens with the view that the reader has chosen for that.
        """
        if query := self._query_to_open_with(request):
            return HttpResponseRedirect(f"?{query}")
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with explained(), transaction.atomic(using=router.db_for_write(self.model)):
                return super().changelist_view(request, extra_context)
        except RefusedByDatabase as error:
            if "_save" not in request.POST:
                self.message_user(request, str(error), messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
            refuse(request, error.refusal)
        return super().changelist_view(request, extra_context)

    def _query_to_open_with(self, request: PersonRequest) -> str:
        if request.method != "GET" or request.GET or not self.has_view_permission(request):
            return ""
        return opening.default_query(self, request)

    def response_action(self, request: PersonRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Run an action; not on more rows than the page has counted, unless it only reads."""
        if not all(map(self._is_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            self.message_user(request, _("These rows are not in the list."), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        across = request.POST.get("select_across") == "1"
        reads = request.POST.get("action", "").startswith("export")
        if across and not reads and self.get_paginator(request, queryset, 1).is_capped:
            message = _("This list has more than 10,000 rows. Filter it first, then choose all.")
            self.message_user(request, message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset)

    def delete_view(
        self, request: PersonRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            with explained():
                return super().delete_view(request, object_id, extra_context)
        except RefusedByDatabase as error:
            self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(
        self, objs: Iterable[Model], request: PersonRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Count what still refers to the rows, where Django would load and list each."""
        return references.summary(self, objs, request, along=self.deleted_along)

    def get_actions(self, request: PersonRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if "delete_selected" in actions:
            actions["delete_selected"] = (delete_selected, *actions["delete_selected"][1:])
        return actions

    def deletion_context(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Return what the question before deleting these rows shows besides."""
        return {}

    def deletion_refusal(self, request: PersonRequest, row: Any) -> str:
        """Return why a person cannot delete a row that they see, or "" where they can."""
        return "" if self.has_delete_permission(request, row) else _("You may not delete this.")


class SchoolTabularInline(OptionsMixin, TabularInline):
    """Rows shown in the page of what they belong to."""

    formfield_overrides = {
        **FORMFIELD_OVERRIDES_INLINE,
        **{kind: FORMFIELD_OVERRIDES_INLINE[kind] | typed for kind, typed in TYPED.items()},
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 1})},
    }
    extra = 0
    # The row's own name repeats what its columns say; `row_link` leads to its page.
    hide_title = True
    select_related: Sequence[str] = ()

    @display(description="")
    def row_link(self, obj: Any) -> str:
        if obj is None or obj._state.adding:
            return ""
        name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', address(name, obj.pk), _("Open"))

    def get_queryset(self, request: PersonRequest) -> QuerySet[Any]:
        queryset = left_joins(super().get_queryset(request))
        return queryset.select_related(*self.select_related) if self.select_related else queryset

    def get_readonly_fields(self, request: PersonRequest, obj: Any = None) -> list[str]:
        # Here `obj` is the page's row: fixed fields are fixed by the form, row by row.
        fields = list(super(OptionsMixin, self).get_readonly_fields(request, obj))
        if self.teacher_fields is not None and request.user.is_teacher:
            fields += [f for f in self.shown_fields(request, obj) if f not in self.teacher_fields]
        return list(dict.fromkeys(fields))

    def get_formset(self, request: PersonRequest, obj: Any = None, **kwargs: Any) -> Any:
        make = super().get_formset
        if self.keeps_forms and not kwargs:
            formset = kept_forms.formset_class(self, request, obj, make)
        else:
            formset = make(request, obj, **kwargs)
        return formset_for_request(formset, request, self)


class ReadOnlyAdmin(SchoolModelAdmin):
    """Something to look at: no adding, changing or deleting, whoever asks."""

    change_form_after_template = None
    warn_unsaved_form = False

    def has_add_permission(self, request: PersonRequest) -> bool:
        return False

    def has_change_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        return False


class RecordAdmin(ReadOnlyAdmin):
    """What was made or brought by somebody: to look at, and to throw away by those who may."""

    def has_delete_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        return super(ReadOnlyAdmin, self).has_delete_permission(request, obj)

    def response_delete(
        self, request: PersonRequest, obj_display: str, obj_id: object
    ) -> HttpResponse:
        """Go back to the list; Django leads whoever may not change rows to the front page."""
        response = super().response_delete(request, obj_display, obj_id)
        if response.status_code != 302:
            return response
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
