"""Putting many students into a year group or homeroom at once."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from academics.admin.desk_pages import ChooseForm
from academics.selectors import people_list
from academics.services import placing
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.forms.groups import GroupField
from core.groups import value_of

MOST = 300


class PlaceForm(ChooseForm):
    """Students, chosen or pasted, and where they belong from now on."""

    group = GroupField(label=gettext_lazy("Year group or homeroom"))
    field_order = ["group", "students", "pasted"]
    nobody = gettext_lazy("Choose a student, or paste a list.")

    def has_somebody(self, data):
        """The group is where they go, not who goes."""
        return bool(data.get("students") or data.get("pasted", "").strip())

    def clean(self):
        data = super().clean()
        text = data.get("pasted", "").strip()
        pasted = self._read(text) if text else []
        self.chosen = list(dict.fromkeys([*data.get("students", ()), *pasted]))
        return data

    def _read(self, text):
        """Return the students of a pasted list; lines that are nobody, or not clear, are errors."""
        if len(people_list.split(text)) > people_list.MOST_LINES:
            sentence = _("Paste at most %(most)d students at once.")
            self.add_error("pasted", sentence % {"most": people_list.MOST_LINES})
            return []
        lines = people_list.read(text)
        for line in lines:
            if line.student is None:
                self.add_error("pasted", _problem(line))
        return [line.student for line in lines if line.student is not None]


def _problem(line):
    """Return what is wrong with a line, and whom it may mean."""
    text = f"{line.text}: {line.problem}"
    if not line.similar:
        return text
    names = ", ".join(map(str, line.similar))
    return f"{text} {_('Did you mean: %(names)s?') % {'names': names}}"


@pages.page("year-groups/students/", "place_students", pages.FORM, roles=offices.PEOPLE_OFFICE)
def place(request):
    """Choose students and their group (?group=, ?student=), then put them there."""
    initial = {
        "group": request.GET.get("group", "")[:60],
        "students": request.GET.getlist("student")[:MOST],
    }
    form = PlaceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid() and _place(request, form):
        return redirect(_list_of(form.cleaned_data["group"]))
    context = {"form": form, "media": forms.Media(AutocompleteDropdownForm.Media)}
    title = _("Put students into a year group or homeroom")
    status = 400 if form.errors else 200
    return pages.show(request, "academics/desk/place.html", title, context, status=status)


def _place(request, form):
    """Do it; return whether it worked, with the reason in the form's errors."""
    group = form.cleaned_data["group"]
    try:
        with explained(), transaction.atomic():
            placed = placing.place(students=form.chosen, group=group)
    except RefusedByDatabase as error:
        form.add_error(None, str(error))
        return False
    for sentence in placed.sentences(group):
        messages.success(request, sentence)
    return True


def _list_of(group):
    """Return the address of the list of people, with those of the group."""
    query = urlencode({"group": value_of(group)})
    return f"{reverse('admin:core_user_changelist')}?{query}"
