"""The school's settings for grades and classes: the usual grading scale, seats of a new class."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from core.admin import pages, subjects
from core.admin.fields import GradingScaleField
from core.admin.setting_forms import SettingsForm, answer
from core.admin.subjects import Subject

subjects.register(
    Subject(
        30,
        "grading_settings",
        _("Grades and classes"),
        _("The scale that makes letters of percentages, and the seats of a new class."),
        "grade",
        [
            (_("Grading scales"), "academics_gradingscale_changelist"),
            (_("Year groups"), "core_yeargroup_changelist"),
            (_("Homerooms"), "core_homeroom_changelist"),
        ],
    )
)


class GradingForm(SettingsForm):
    """The usual grading scale and capacity."""

    defaults = {"default_capacity": 20}

    grading_scale = GradingScaleField(
        label=_("Grading scale"),
        required=False,
        help_text=_(
            "Each grade with the lowest percentage that earns it; the lowest grade starts at 0."
            " Leave the table empty for A to F by the usual scale. It counts for classes without a"
            " grading scale of their own where no scale of the list is the default. A change works"
            " out everyone's current grade again."
        ),
    )
    default_capacity = forms.IntegerField(
        label=_("Capacity of a new class"),
        min_value=1,
        max_value=10_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("The seats that a new class begins with."),
    )

    def values(self):
        """Return the settings; a scale whose table was not in the form stays as it is."""
        values = super().values()
        if "grading_scale" not in self.changed_data:
            del values["grading_scale"]
        return values


@pages.page("settings/grading/", "grading_settings", pages.FORM, admins_only=True)
def grading_settings(request):
    """Show and save the settings."""
    return answer(request, "grading_settings", GradingForm)
