"""Forms that say at the field what the database refuses, and never overwrite what others saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Model, Q, QuerySet
from django.forms import ModelChoiceField
from django.utils.translation import gettext as _

from core.constraints import RULES
from core.models.base import SoftDeleteModel

if TYPE_CHECKING:
    from django.forms import ModelForm as Base
    from django_stubs_ext import StrPromise

    from core.http import PersonRequest
else:
    Base = object

VERSION_FIELD = "_row_version"


class RefusalForm(Base):
    """Mixin of a ModelForm with a class attribute `request` (made by `for_request`)."""

    request: PersonRequest | None = None
    # Model fields outside the form that its clean() has set.
    also_changed: Collection[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, ModelChoiceField):
                self._offer_current(name, field)

    def _offer_current(self, name: str, field: ModelChoiceField) -> None:
        """Offer the row's own person or class too when it was deleted or changed its role since."""
        related = cast("QuerySet[Model]", field.queryset).model
        if not issubclass(related, SoftDeleteModel) or name not in self.initial:
            return
        limit = Q(**cast("dict[str, Any]", field.get_limit_choices_to() or {}))
        current = Q(pk=getattr(self.instance, f"{name}_id", None))
        field.queryset = related.all_objects.filter(Q(deleted_at__isnull=True) & limit | current)

    def save(self, commit: bool = True) -> Model:
        """Save; of an existing row just what the form changed."""
        if not commit or self.errors or self.instance._state.adding:
            return super().save(commit)
        columns = {field.name for field in self.instance._meta.concrete_fields}
        names = columns & {*self.changed_data, *self.also_changed}
        if names:
            self.instance.save(update_fields=names)
        return self.instance

    def _post_clean(self) -> None:
        # Django's own would say “Constraint “check_role” is violated.”, of the whole form.
        self.instance.validate_constraints = self._validate_constraints
        try:
            super()._post_clean()  # type: ignore[misc]  # private
        finally:
            del self.instance.validate_constraints
        refused = getattr(self.request, "refused", None)
        if refused is not None and refused.prefix == self.prefix:
            self.complain(refused.refusal.field, refused.refusal.message)
        self._compare_versions()

    def complain(self, field: str | None, message: str | StrPromise) -> None:
        """Add an error at the field, or to the whole form when it shows no such field."""
        shown = field in self.fields and not self.fields[field].widget.is_hidden
        self.add_error(field if shown else None, message)

    def _validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Say the model's check constraints in the words of core.constraints, each at its field."""
        for constraint in self.instance._meta.constraints:
            if not isinstance(constraint, CheckConstraint):
                continue  # uniqueness includes the tenant, which only the database compares
            try:
                constraint.validate(  # type: ignore[attr-defined]  # no stub
                    type(self.instance), self.instance, exclude=exclude
                )
            except ValidationError as error:
                field, message = RULES.get(constraint.name, (None, error.messages[0]))
                self.complain(field, message)

    def row_version(self) -> str:
        """Return the state of the row's fields that this form shows, to send with the page."""
        return json.dumps(self._digests())

    def _digests(self) -> dict[str, str]:
        return {
            name: hashlib.sha256(repr(self.initial.get(name)).encode()).hexdigest()[:12]
            for name in self.fields
            if name in self.initial
        }

    def _compare_versions(self) -> None:
        """Refuse to overwrite what somebody else saved while this page was open."""
        if self.prefix or self.request is None or self.instance._state.adding:
            return
        try:
            sent = dict(json.loads(self.request.POST.get(VERSION_FIELD, "{}")))
        except (ValueError, TypeError):
            return
        now = self._digests()
        overtaken = [n for n in self.changed_data if n in sent and n in now and sent[n] != now[n]]
        for name in overtaken:
            self.add_error(name, _("Someone else changed this while you had the page open."))
        if overtaken:
            self.add_error(
                None,
                _("Nothing was saved. Save again to put your values in place of theirs."),
            )
