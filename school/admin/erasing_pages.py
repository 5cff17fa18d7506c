"""Erasing students who left long ago: who, what goes, what stays; then for good."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin import pages, subjects
from core.constraints import RefusedByDatabase, explained
from school.services import erasing

subjects.link("privacy_settings", gettext_lazy("Students who left long ago"), "erase_leavers")


class SureForm(forms.Form):
    """The number of people, typed: nobody erases by a slip."""

    number = forms.IntegerField(
        label=gettext_lazy("How many people do you erase? Type the number"),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, data, chosen):
        super().__init__(data)
        self.chosen = chosen

    def clean_number(self):
        if not self.chosen:
            raise forms.ValidationError(_("Nobody is ticked."))
        if self.cleaned_data["number"] != len(self.chosen):
            text = ngettext("%(n)d person is ticked.", "%(n)d people are ticked.", len(self.chosen))
            raise forms.ValidationError(text % {"n": len(self.chosen)})
        return self.cleaned_data["number"]


@pages.page("settings/privacy/leavers/", "erase_leavers", pages.FORM, admins_only=True)
def erase_leavers(request):
    """List who left so long ago, and erase those who are ticked."""
    people = erasing.leavers()
    chosen = _chosen(request, people)
    form = SureForm(request.POST if request.method == "POST" else None, chosen)
    if form.is_valid() and _is_erased(request, form, chosen):
        return redirect("admin:erase_leavers")
    context = {
        "form": form,
        "people": people,
        "chosen": chosen,
        "years": erasing.KEPT.chosen(),
    }
    status = 400 if form.errors else 200
    template = "school/erasing/leavers.html"
    return pages.show(request, template, _("Students who left long ago"), context, status=status)


def _chosen(request, people):
    """Return the ids that are ticked: at first everybody's who owes nothing."""
    open_to = {row.student.pk for row in people if not row.owes}
    if request.method != "POST":
        return open_to
    try:
        return open_to & {UUID(key) for key in request.POST.getlist("student")}
    except ValueError:
        raise Http404(_("There is no such student.")) from None


def _is_erased(request, form, chosen):
    """Do it; what the database refuses becomes the form's error."""
    try:
        with explained():
            count = erasing.erase(chosen)
    except RefusedByDatabase as error:
        form.add_error(None, error.refusal.message)
        return False
    text = ngettext("%(n)d person was erased.", "%(n)d people were erased.", count)
    messages.success(request, text % {"n": count})
    return True
