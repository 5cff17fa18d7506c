"""Grading scales: the letters of the school's grades."""

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
from core.admin.rows import RowColumn

MOST_POINTS = 1000


class StepsField(GradingScaleField):
    """A grading scale whose grades may have grade points; all of them or none."""

    columns = (
        *GradingScaleField.columns,
        RowColumn("points", gettext_lazy("Grade points"), is_number=True, is_required=False),
    )
    default_error_messages = {
        "points": gettext_lazy("“%(value)s” is no number of grade points from 0 to 1000."),
        "some_points": gettext_lazy("Give every grade its points, or none of them."),
    }

    def read(self, row):
        step = super().read(row)
        if not row["points"]:
            return step
        points = self.read_number(row["points"], MOST_POINTS)
        if points is None:
            message = self.error_messages["points"]
            raise forms.ValidationError(message, params={"value": row["points"]})
        return [*step, points]

    def compare(self, rows):
        bare = [number for number, step in enumerate(rows) if len(step) == 2]
        if bare and len(bare) < len(rows):
            return dict.fromkeys(bare, self.error_messages["some_points"])
        return super().compare(rows)


class GradingScaleForm(forms.ModelForm):
    steps = StepsField(
        label=gettext_lazy("Grades"),
        help_text=gettext_lazy(
            "Each grade with the lowest percentage that earns it, and grade points if you use"
            " them. The lowest grade starts at 0. A change works out the current grades of all"
            " classes with this scale again, except completed ones; the letters of single grades"
            " are changed by “Recompute letters”."
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
            self._warn_of_letters(request, obj)

    def _warn_of_letters(self, request, scale):
        """Warn of grades whose letters differ from what the scale now gives."""
        count = sum(change.grades for change in letters.changes(scale))
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
