"""The timetable of a week, and making class sessions from it."""

from datetime import date, timedelta

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from academics.models import Enrollment, SchoolClass, Term
from academics.selectors import timetable as selectors
from academics.services import timetable as service
from core import offices
from core.admin import pages
from core.admin.widgets import AutocompleteSelect
from core.defaults import today
from core.forms.fields import DateField
from core.models import User

GENERATED_WEEKS = 12


# --- the week -------------------------------------------------------------------------------------
class ScopeForm(forms.Form):
    """Whose week: a class, a teacher, a room or a student, or several of them together."""

    school_class = forms.ModelChoiceField(
        SchoolClass.objects.none(), label=gettext_lazy("Class"), required=False
    )
    teacher = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Teacher"), required=False
    )
    room = forms.ChoiceField(
        label=gettext_lazy("Room"), required=False, widget=UnfoldAdminSelect2Widget()
    )
    student = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Student"), required=False
    )
    day = DateField(
        label=gettext_lazy("Week with the day"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )

    Media = AutocompleteDropdownForm.Media

    def __init__(self, data, *, user):
        super().__init__(data)
        classes, people = SchoolClass.objects.all(), User.objects.all()
        if user.is_people_office:
            self._search("school_class", classes, Enrollment, "school_class")
            teachers = people.filter(role__in=[User.Role.TEACHER, User.Role.ADMIN])
            self._search("teacher", teachers, SchoolClass, "teacher")
        else:
            # Their own classes are few, and other teachers' weeks are not for them.
            self.fields["school_class"].queryset = classes
            self.fields["school_class"].empty_label = _("All my classes")
            self.fields["school_class"].widget = widget = UnfoldAdminSelectWidget()
            widget.choices = self.fields["school_class"].choices
            del self.fields["teacher"]
        self._search("student", people.filter(role="student"), Enrollment, "student")
        self.fields["room"].choices = [
            ("", "---------"),
            *((name, name) for name in selectors.rooms()),
        ]

    def _search(self, name, rows, model, field):
        """Choose from the rows by typing, as the filters of the lists do."""
        self.fields[name].queryset = rows
        widget = AutocompleteSelect(
            model._meta.get_field(field), admin.site, attrs={"class": "unfold-filter-autocomplete"}
        )
        widget.choices = self.fields[name].choices
        self.fields[name].widget = widget

    def scope(self, user):
        """Return the `Scope` of what is chosen; a teacher's own when nothing is.

        Raises Http404 for a row that is not there.
        """
        wrong = set(self.errors) - {"day"}
        if wrong:
            raise Http404(_("There is no such class, person or room."))
        chosen = {name: self.cleaned_data.get(name) for name in self.fields if name != "day"}
        scope = selectors.Scope(**chosen | {"room": chosen["room"] or ""})
        if user.is_teacher:
            return selectors.Scope(**vars(scope) | {"teacher": user})
        return scope


@pages.page("timetable/", "timetable", roles=offices.TEACHING)
def timetable(request):
    """Show a week of lessons."""
    form = ScopeForm(request.GET, user=request.user)
    scope = form.scope(request.user)
    week = selectors.week(_monday(request, form), today(), scope) if scope else None
    kept = {key: request.GET[key] for key in form.fields if key != "day" and request.GET.get(key)}
    context = {
        "form": form,
        "week": week,
        "scope": scope,
        "described": _described(scope, request.user),
        "links": week and _links(week, kept),
        "may_generate": request.user.is_people_office,
        "show_teacher": scope.teacher is None,
        "media": forms.Media(AutocompleteDropdownForm.Media),
    }
    return pages.show(request, "academics/timetable/week.html", _("Timetable"), context)


def _monday(request, form):
    """Return the Monday of the week asked for: by a day, by a week, or else this one."""
    try:
        if day := form.cleaned_data.get("day"):
            return selectors.read_week(selectors.week_name(selectors.monday_of(day)))
        return selectors.read_week(request.GET["week"])
    except (KeyError, ValueError):
        return selectors.monday_of(today())


def _links(week, kept):
    """Return the addresses of the weeks beside this one, with the same scope."""
    addresses = {"previous": week.previous, "next": week.next}
    links = {
        name: "?" + urlencode(kept | {"week": week_name}) for name, week_name in addresses.items()
    }
    return links | {"now": "?" + urlencode(kept) if kept else reverse("admin:timetable")}


def _described(scope, user):
    """Return a text that says whose week it is."""
    parts = [
        scope.school_class,
        scope.teacher if not (user.is_teacher and scope.school_class) else None,
        _("Room %s") % scope.room if scope.room[:1].isdigit() else scope.room,
        scope.student,
    ]
    return ", ".join(str(part) for part in parts if part)


# --- making sessions ------------------------------------------------------------------------------
class GenerateForm(forms.Form):
    """The days, and what to do with sessions that should not be there."""

    first = DateField(
        label=gettext_lazy("From"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    last = DateField(
        label=gettext_lazy("To"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    school_class = forms.ModelChoiceField(
        SchoolClass.objects.none(),
        label=gettext_lazy("Class"),
        required=False,
        help_text=gettext_lazy("Empty: every active class."),
    )
    take_back = forms.BooleanField(
        label=gettext_lazy("Take back what no longer fits"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy(
            "Deletes sessions that were made from the timetable, and that no weekly slot explains"
            " any more or that fall on closed days. Sessions with attendance, a topic or notes"
            " stay."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["school_class"]
        field.queryset = SchoolClass.objects.all()
        field.widget = AutocompleteSelect(
            Enrollment._meta.get_field("school_class"),
            admin.site,
            attrs={"class": "unfold-filter-autocomplete"},
        )
        field.widget.choices = field.choices

    def clean(self):
        cleaned = super().clean()
        if {"first", "last"} <= cleaned.keys():
            service.check_span(cleaned["first"], cleaned["last"])
        return cleaned

    def order(self):
        """Return the arguments of the service."""
        school_class = self.cleaned_data["school_class"]
        return {
            "first": self.cleaned_data["first"],
            "last": self.cleaned_data["last"],
            "take_back": self.cleaned_data["take_back"],
            "classes": None if school_class is None else [school_class.pk],
        }


@pages.page("timetable/generate/", "generate_sessions", pages.FORM, roles=offices.PEOPLE_OFFICE)
def generate_sessions(request):
    """Show the sessions that would be made; POST makes them."""
    if request.method == "POST":
        form = GenerateForm(request.POST)
        if form.is_valid():
            return _generate(request, form.order())
    elif request.GET.keys() & {"first", "last"}:
        form = GenerateForm(request.GET)
    else:
        form = GenerateForm(initial=_usual_days())
    order = form.order() if form.is_bound and form.is_valid() else None
    plan = order and service.preview(**order)
    context = {
        "form": form,
        "plan": plan,
        **(_misfits(request, order) if plan else {}),
        "media": forms.Media(AutocompleteDropdownForm.Media),
    }
    return pages.show(request, "academics/timetable/generate.html", _("Generate sessions"), context)


def _misfits(request, order):
    """Return the number of sessions that no longer fit, and the address that removes them."""
    if order["take_back"]:
        return {}
    query = request.GET.copy()
    query["take_back"] = "on"
    return {
        "misfits": service.preview(**order | {"take_back": True}).taken_back,
        "misfits_url": f"?{query.urlencode()}",
    }


def _generate(request, order):
    try:
        done = service.generate(**order)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("admin:generate_sessions"))
    messages.success(request, result_text(done))
    week = selectors.week_name(selectors.monday_of(order["first"]))
    query = {"week": week}
    if order["classes"]:
        query["school_class"] = order["classes"][0]
    return HttpResponseRedirect(f"{reverse('admin:timetable')}?{urlencode(query)}")


def result_text(done):
    """Return the message about the result."""
    made = ngettext("%d session was made.", "%d sessions were made.", done.new) % done.new
    if not done.taken_back:
        return made
    gone = ngettext("%d was taken back.", "%d were taken back.", done.taken_back)
    return f"{made} {gone % done.taken_back}"


def _usual_days():
    """Return the days first offered: from today to the end of the term, or twelve weeks."""
    day = today()
    term = Term.objects.current(day)
    last = term.end_date if term is not None else date.min
    if not day <= last < day + timedelta(days=service.MAX_DAYS):
        last = day + timedelta(weeks=GENERATED_WEEKS)
    return {"first": day, "last": last}
