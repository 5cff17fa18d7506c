"""The field for a school's own ways of paying: one a line, by name."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from finance import methods
from finance.models import Payment

MOST, LONGEST = 20, 50  # ways of paying, and characters of a name


class MethodsField(forms.CharField):
    """{code: name} of `payment_methods`, shown as names. A name keeps the code that it has.

    A way that payments were made by cannot be taken away: they would lose its name.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 3}))
        options.setdefault(
            "help_text",
            gettext_lazy(
                "Besides cash, bank transfer, card terminal, cheque and Stripe: one a line, for"
                " example Lunch card."
            ),
        )
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value.values())) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> dict[str, str]:  # type: ignore[override]  # not the text
        text = (super().to_python(value) or "").replace("\x00", "")
        names = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        codes = {name.casefold(): code for code, name in methods.own().items()}
        chosen: dict[str, str] = {}
        for name in names:
            code = codes.get(name.casefold()) or slugify(name, allow_unicode=True)[:LONGEST]
            self._check(name, code, chosen)
            chosen[code] = name
        if len(chosen) > MOST:
            raise ValidationError(_("At most %(most)d ways of paying.") % {"most": MOST})
        return chosen

    def validate(self, value: Any) -> None:
        """Refuse to take away what is in use."""
        for code, name in methods.own().items():
            if code not in value and Payment.objects.filter(payment_method=code).exists():
                raise ValidationError(
                    _("Payments were made by “%(name)s”: it stays in the list.") % {"name": name}
                )

    @staticmethod
    def _check(name: str, code: str, chosen: dict[str, str]) -> None:
        usual = {str(label).casefold() for label in methods.Method.labels}
        if len(name) > LONGEST:
            raise ValidationError(
                _("“%(name)s…” is longer than %(most)d characters.")
                % {"name": name[:20], "most": LONGEST}
            )
        if not code:
            raise ValidationError(_("Write “%(name)s” with letters.") % {"name": name})
        if name.casefold() in usual or code in methods.Method.values:
            raise ValidationError(_("“%(name)s” is there already.") % {"name": name})
        if code in chosen:
            raise ValidationError(_("“%(name)s” stands there twice.") % {"name": name})
