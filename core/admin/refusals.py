"""What the database refuses, said at the form field that it is about.

A rule of the database is found broken only while saving. The admin then undoes what it saved, and
shows the same page again with the sentence at the field of the form or row that was being saved:
the view runs a second time, and the form that reads `request.refused` does not validate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.db.models.expressions import DatabaseDefault
from django.forms import BaseForm, ModelChoiceField, Widget
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.constraints import Refusal
from core.forms.refusals import RefusalForm
from core.http import PersonRequest

if TYPE_CHECKING:
    from typing import Any as Base  # a model's formset, an inline's or a list's
else:
    Base = object


@dataclass(frozen=True)
class Refused:
    """A refusal, and the prefix of the form whose row was being saved."""

    refusal: Refusal
    prefix: str | None


def refuse(request: HttpRequest, refusal: Refusal) -> None:
    """Make the form that was being saved carry the refusal when the view runs again."""
    vars(request)["refused"] = Refused(refusal, getattr(request, "saving_prefix", None))


class RefusalFormSet(Base):
    """Mixin of a model formset that notes which row is being saved.

    Its class attributes: `asked`, the request, and `inline`, None in a list.
    """

    asked: PersonRequest  # (Unfold's formsets have a `request` of their own)
    inline: Any = None

    @cached_property
    def empty_form(self) -> Any:
        """The pattern of new rows, which Django makes anew whenever it is asked for."""
        return super().empty_form

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        """Show nothing of a row that was sent with an id that is none; it is refused.

        What the database generates is none in a row that there is not yet.
        """
        form = super()._construct_form(i, **kwargs)
        if not form.instance._state.adding:
            return form
        is_refused = i < self.initial_form_count()
        for field in form.instance._meta.concrete_fields:
            if field.generated or (
                is_refused
                and isinstance(getattr(form.instance, field.attname, None), DatabaseDefault)
            ):
                setattr(form.instance, field.attname, None)
        return form

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if self.inline is not None and not form.instance._state.adding:
            for name in self.inline.fixed_fields:
                fix(form, name)

    def save_new(self, form: Any, commit: bool = True) -> Model:
        self.asked.saving_prefix = form.prefix
        if self.inline is not None:
            setattr(form.instance, self.fk.name, self.instance)
            self.inline.derive(self.asked, form.instance)
        return super().save_new(form, commit)

    def save_existing(self, form: Any, obj: Model, commit: bool = True) -> Model:
        self.asked.saving_prefix = form.prefix
        return super().save_existing(form, obj, commit)

    def delete_existing(self, obj: Model, commit: bool = True) -> None:
        prefixes = [form.prefix for form in self.initial_forms if form.instance.pk == obj.pk]
        self.asked.saving_prefix = prefixes[0] if prefixes else None
        super().delete_existing(obj, commit)


class TextOnly(Widget):
    """Shows a text in place of an input."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(
        self, name: str, value: object, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        return format_html("<span>{}</span>", self.text)

    def use_required_attribute(self, initial: object) -> bool:
        return False


def fix(form: Any, name: str) -> None:
    """Show a relation of an existing row as it is: no search, no query, no change."""
    field = form.fields.get(name)
    if field is None:
        return
    field.disabled = True
    if isinstance(field, ModelChoiceField):
        current = getattr(form.instance, name)
        field.queryset = type(current)._base_manager.filter(pk=current.pk)
        field.widget = TextOnly(str(current))


def form_for_request(form: type[BaseForm], request: HttpRequest) -> type[BaseForm]:
    """Return a subclass of the form class that knows the request."""
    return _knowing(refusing_form(form), request=request)


def formset_for_request(formset: Any, request: HttpRequest, inline: Any = None) -> Any:
    """Return a subclass of the formset class whose forms know the request."""
    refusing = refusing_formset(formset)
    form = form_for_request(refusing.form, request)
    return _knowing(refusing, asked=request, form=form, inline=inline)


def refusing_form(form: Any) -> Any:
    """Return the form class as a `RefusalForm`."""
    if issubclass(form, RefusalForm):
        return form
    return type(form)(form.__name__, (RefusalForm, form), {})


def refusing_formset(formset: Any) -> Any:
    """Return the formset class as a `RefusalFormSet` of `RefusalForm`s."""
    if issubclass(formset, RefusalFormSet):
        return formset
    names = {"form": refusing_form(formset.form)}
    return type(formset.__name__, (RefusalFormSet, formset), names)


def _knowing(made: Any, **names: Any) -> Any:
    """Return a subclass with these attributes.

    Django's metaclass would make all fields of a form again, which are those of `made`.
    """
    return type.__new__(type(made), made.__name__, (made,), names)
