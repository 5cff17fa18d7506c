"""Grading scales: the letters of the school's grades."""

from decimal import Decimal, InvalidOperation

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action, display

from academics.models import GradingScale
from academics.services import letters
from core.admin.base import SchoolModelAdmin
from core.admin.fields import GradingScaleField

MOST_POINTS = 1000


class StepsField(GradingScaleField):
    """A grading scale whose lines may end with grade points: "A- 90 3.75"; all of them or none."""

    def prepare_value(self, value):
        if isinstance(value, list):
            return "\n".join(" ".join(str(part) for part in step) for step in value)
        return value

    def clean(self, value):
        lines = [_split(line) for line in forms.CharField.clean(self, value).splitlines()]
        lines = [line for line in lines if line[0]]
        with_points = sum(points is not None for _plain, points in lines)
        if with_points not in (0, len(lines)):
            raise forms.ValidationError(_("Give every grade its points, or none of them."))
        steps = super().clean("\n".join(line for line, _points in lines)) or []
        by_letter = {_letter(line): points for line, points in lines}
        if len(by_letter) < len(lines):
            raise forms.ValidationError(_("Two lines have the same grade."))
        if not with_points:
            return steps
        return [[letter, bound, _json(by_letter[letter])] for letter, bound in steps]


def _split(line):
    """Return (the line without its points, the points or None)."""
    parts = line.split()
    if len(parts) < 3 or (bound := _number(parts[-2])) is None:
        return " ".join(parts), None
    points = _number(parts[-1])
    if points is None:
        return " ".join(parts), None
    if not (0 <= points <= MOST_POINTS and 0 <= bound <= 100):
        message = _("“%(line)s” is not a grade, a percentage and points, like “A- 90 3.75”.")
        raise forms.ValidationError(message % {"line": line.strip()})
    return " ".join(parts[:-1]), points


def _letter(line):
    return line.rpartition(" ")[0]


def _number(text):
    try:
        number = Decimal(text.rstrip("%").replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _json(number):
    return int(number) if number == number.to_integral_value() else float(number)


class GradingScaleForm(forms.ModelForm):
    steps = StepsField(
        label=gettext_lazy("Grades"),
        help_text=gettext_lazy(
            "One grade a line with its lowest percentage, and grade points if you use them:"
            " “A- 90” or “A- 90 3.75”. The lowest grade starts at 0. A change works out the current"
            " grades of all classes with this scale anew, but for completed ones; the letters of"
            " single grades are changed by “Recompute letters”."
        ),
    )

    class Meta:
        model = GradingScale
        fields = ["name", "steps", "is_default"]


@admin.register(GradingScale)
class GradingScaleAdmin(SchoolModelAdmin):
    """Several scales; a class chooses one, or has the school's default."""

    form = GradingScaleForm
    list_display = ["name", "shown_steps", "is_default"]
    ordering = ["-is_default", "name", "id"]
    sortable_by = []
    fields = ["name", "steps", "is_default"]
    actions_detail = ["recompute_letters"]
    empty_hint = gettext_lazy("Until there is one, grades are A to F by the usual scale.")

    @display(description=gettext_lazy("grades"))
    def shown_steps(self, obj):
        return ", ".join(f"{step[0]} {step[1]}" for step in obj.steps)

    def save_model(self, request, obj, form, change):
        # Both in the request's transaction: there is always at most one default.
        if obj.is_default:
            others = GradingScale.objects.filter(is_default=True).exclude(pk=obj.pk)
            others.update(is_default=False)
        super().save_model(request, obj, form, change)
        if change and {"steps", "is_default"} & {*form.changed_data}:
            self._tell_of_letters(request, obj)

    def _tell_of_letters(self, request, scale):
        """Say how many grades have letters that the scale would not give them any more."""
        count = sum(one.grades for one in letters.changes(scale))
        if count:
            sentence = ngettext(
                "%(count)d grade has a letter that this scale would not give it.",
                "%(count)d grades have letters that this scale would not give them.",
                count,
            )
            link = reverse("admin:scale_letters", args=[scale.pk])
            text = sentence % {"count": count}
            page = format_html('{} <a href="{}">{}</a>', text, link, _("Recompute letters"))
            self.message_user(request, page, messages.WARNING)

    def has_recompute_permission(self, request, object_id=None):
        return request.user.has_perm("academics.change_gradingscale")

    @action(
        description=gettext_lazy("Recompute letters"),
        icon="autorenew",
        permissions=["recompute"],
        url_path="to-letters",
    )
    def recompute_letters(self, request, object_id):
        return redirect("admin:scale_letters", object_id)
