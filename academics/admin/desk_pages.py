"""Enrollment at the desk: many students at once, moving, dropping, waiting."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.widgets import UnfoldAdminTextareaWidget

from academics import enrolling
from academics.models import Enrollment, SchoolClass, Term, WaitlistEntry
from academics.selectors import desk as selectors
from academics.selectors import people_list
from academics.services import enrollment as service
from core import groups, offices, search
from core.admin import pages
from core.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms.groups import GroupField
from core.models import User

PAGE = 50
DESK = "enrollment-desk/<uuid:class_id>/"


class ChooseForm(forms.Form):
    """Students from the list, or pasted."""

    students = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Students"),
        queryset=User.objects.none(),
        required=False,
        help_text=gettext_lazy(
            "Type a part of a name, e-mail address, student number or phone number."
        ),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or paste a list"),
        required=False,
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=gettext_lazy("E-mail addresses, names or student numbers, one a line."),
    )
    group = GroupField(
        label=gettext_lazy("Or everybody of a year group or homeroom"), required=False
    )
    nobody = gettext_lazy("Choose a student or a group, or paste a list.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["students"].queryset = User.objects.students().active()
        self.fields["students"].widget = AutocompleteSelectMultiple(
            Enrollment._meta.get_field("student"),
            admin.site,
            attrs={
                "class": "unfold-filter-autocomplete",
                "data-placeholder": _("Name, e-mail or number"),
            },
        )
        self.fields["students"].widget.choices = self.fields["students"].choices

    def clean(self):
        data = super().clean()
        if not self.errors and not self.has_somebody(data):
            raise forms.ValidationError(self.nobody)
        return data

    def has_somebody(self, data):
        """Return whether anybody was chosen, pasted or meant with a group."""
        return bool(data.get("students") or data.get("pasted", "").strip() or data.get("group"))


class MoveForm(forms.Form):
    """Where a student moves to."""

    to = forms.ModelChoiceField(label=gettext_lazy("To"), queryset=SchoolClass.objects.none())
    waitlist = forms.BooleanField(
        label=gettext_lazy("If it is full, stay here and wait for a seat there"), required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = SchoolClass.objects.active()
        self.fields["to"].widget = AutocompleteSelect(
            Enrollment._meta.get_field("school_class"),
            admin.site,
            attrs={"class": "unfold-filter-autocomplete", "data-placeholder": _("Class")},
        )
        self.fields["to"].widget.choices = self.fields["to"].choices


@pages.page("enrollment-desk/", "enrollment_desks", roles=offices.TEACHING)
def desks(request):
    """Choose a class: seats taken, free, and who waits."""
    _staff(request)
    words = request.GET.get("q", "").strip()[:100]
    terms = list(Term.objects.select_related("academic_year"))
    current = Term.objects.current(today()) if terms else None
    chosen = request.GET.get("term", str(current.pk) if current else "")
    classes = selectors.classes()
    if any(str(term.pk) == chosen for term in terms):
        classes = classes.filter(term_id=chosen)
    classes = search.narrow(classes, words, "search_classes")
    page = Paginator(classes, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "words": words, "terms": terms, "chosen": chosen}
    return pages.show(request, "academics/desk/desks.html", _("Enrollment desk"), context)


@pages.page(DESK, "enrollment_desk", roles=offices.TEACHING)
def desk(request, class_id):
    """Show one class's desk."""
    _staff(request)
    return _page(request, _class(class_id), ChooseForm())


def _action(route, name, methods=pages.POST):
    """Make the decorated view an admins' page below the desk of a class.

    It is called as `view(request, school_class, **kwargs)` in a transaction; a refusal becomes a
    message on the desk.
    """

    def decorate(view):
        @pages.page(
            f"{DESK}{route}", f"enrollment_desk_{name}", methods, roles=offices.PEOPLE_OFFICE
        )
        def answer(request, class_id, **kwargs):
            school_class = _class(class_id)
            try:
                with explained(), transaction.atomic():
                    return view(request, school_class, **kwargs)
            except (service.Refused, RefusedByDatabase) as refused:
                messages.error(request, str(refused))
            if not SchoolClass.objects.filter(pk=class_id).exists():
                return redirect("admin:enrollment_desks")
            return _back(school_class)

        return view

    return decorate


def _staff(request):
    if not request.user.has_perm("academics.view_enrollment"):
        raise PermissionDenied


def _class(class_id):
    classes = SchoolClass.objects.select_related("teacher", "term__academic_year")
    return get_object_or_404(classes, pk=class_id)


def _back(school_class):
    return redirect("admin:enrollment_desk", school_class.pk)


def _show(request, template, school_class, *, status=200, **context):
    context |= {
        "school_class": school_class,
        "media": forms.Media(AutocompleteDropdownForm.Media),
    }
    title = _("Enrollment desk: %(class)s") % {"class": school_class}
    return pages.show(request, template, title, context, status)


def _page(request, school_class, form, status=200):
    waiting = list(selectors.queue(school_class))
    return _show(
        request,
        "academics/desk/desk.html",
        school_class,
        status=status,
        form=form,
        may_write=request.user.is_people_office,
        roster=list(selectors.roster(school_class)),
        waiting=waiting,
        dropped=list(selectors.dropped(school_class)) if request.user.is_people_office else [],
        taken_in=list(selectors.taken_in(school_class)),
    )


# --- enrolling ------------------------------------------------------------------------------------


@_action("preview/", "preview")
def preview(request, school_class):
    """Show what enrolling these students would do; nothing is saved."""
    form = ChooseForm(request.POST)
    if not form.is_valid():
        return _page(request, school_class, form, status=400)
    text, chosen = form.cleaned_data["pasted"], list(form.cleaned_data["students"])
    if group := form.cleaned_data["group"]:
        chosen += groups.students(group)
    if meant := _suggested(request):
        # In place of the pasted line that matched nobody, or several.
        text = people_list.without(text, request.POST.get("instead_of", ""))
        chosen.append(meant)
    lines = people_list.read(text)
    students = list(dict.fromkeys([*chosen, *(line.student for line in lines if line.student)]))
    with transaction.atomic():
        outcome = service.enroll(school_class=school_class, students=students)
        transaction.set_rollback(True)
    return _show(
        request,
        "academics/desk/preview.html",
        school_class,
        outcome=outcome,
        students=students,
        clashes=_clash_lines(school_class, [*outcome.enrolled, *outcome.without_seat]),
        problems=[line for line in lines if line.problem],
        chosen=chosen,
        text=text,
        announcements=enrolling.announcements(school_class) if students else [],
    )


def _suggested(request):
    """Return the active student whose “Did you mean” button was clicked, or None."""
    key = request.POST.get("meant")
    return _active_student(key) if key else None


def _active_student(key):
    try:
        return User.objects.students().active().get(pk=key)
    except (User.DoesNotExist, ValueError, forms.ValidationError):
        raise Http404 from None


@_action("correct/", "correct")
def correct(request, school_class):
    """Show the form again with what was chosen and pasted, to correct it; nothing is saved."""
    return _page(request, school_class, ChooseForm(request.POST))


def _clash_lines(school_class, students):
    slots_by_student = selectors.clashes(school_class, students)
    return [
        {"student": student, "slot": slot}
        for student in students
        for slot in slots_by_student.get(student.pk, ())
    ]


@_action("enroll/", "enroll")
def enroll(request, school_class):
    """Enroll the previewed students while there are seats."""
    ids = forms.ModelMultipleChoiceField(User.objects.students().active(), required=False)
    try:
        rows = {row.pk: row for row in ids.clean(request.POST.getlist("student"))}
    except forms.ValidationError:
        raise service.Refused(
            _("One of the students is not active any more. Look again, then enroll.")
        ) from None
    students = [rows[key] for key in rows]
    order = {value: place for place, value in enumerate(request.POST.getlist("student"))}
    students.sort(key=lambda student: order[str(student.pk)])
    outcome = service.enroll(
        school_class=school_class, students=students, waitlist=request.POST.get("waitlist") == "1"
    )
    _show_outcome(request, school_class, outcome)
    return _back(school_class)


def _show_outcome(request, school_class, outcome):
    if count := len(outcome.enrolled):
        text = ngettext("%d student is enrolled.", "%d students are enrolled.", count) % count
        messages.success(request, text)
    for note in outcome.notes:
        messages.success(request, note)
    if count := len(outcome.waiting):
        text = ngettext("%d student waits for a seat.", "%d students wait for a seat.", count)
        messages.success(request, text % count)
    if outcome.without_seat:
        names = ", ".join(student.name for student in outcome.without_seat)
        messages.warning(request, _("No seat was left for: %(names)s.") % {"names": names})
    if not (outcome.enrolled or outcome.waiting or outcome.without_seat):
        messages.info(request, _("There was nobody to enroll."))


# --- one student ----------------------------------------------------------------------------------


def _enrollment(school_class, enrollment_id):
    rows = Enrollment.objects.select_related("student")
    return get_object_or_404(rows, pk=enrollment_id, school_class=school_class)


@_action("enrollments/<uuid:enrollment_id>/drop/", "drop", pages.FORM)
def drop(request, school_class, enrollment_id):
    """Ask for confirmation, with the student who gets the seat; then drop."""
    row = _enrollment(school_class, enrollment_id)
    if request.method != "POST":
        successor = selectors.queue(school_class).first()
        return _show(request, "academics/desk/drop.html", school_class, row=row, next=successor)
    successor = service.drop(enrollment=row)
    messages.success(request, _("%(name)s is dropped.") % {"name": row.student})
    if successor:
        messages.success(request, _("%(name)s got the seat.") % {"name": successor})
    return _back(school_class)


@_action("enrollments/<uuid:enrollment_id>/undo/", "undo")
def undo(request, school_class, enrollment_id):
    """Enroll a dropped student again."""
    row = _enrollment(school_class, enrollment_id)
    service.undo_drop(enrollment=row)
    messages.success(request, _("%(name)s is enrolled again.") % {"name": row.student})
    return _back(school_class)


@_action("enrollments/<uuid:enrollment_id>/move/", "move", pages.FORM)
def move(request, school_class, enrollment_id):
    """Ask where to; then move."""
    row = _enrollment(school_class, enrollment_id)
    form = MoveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        outcome = service.move(
            enrollment=row, to=form.cleaned_data["to"], waitlist=form.cleaned_data["waitlist"]
        )
        _show_move(request, row, form.cleaned_data["to"], outcome)
        return _back(school_class)
    return _show(
        request,
        "academics/desk/move.html",
        school_class,
        status=400 if form.errors else 200,
        row=row,
        form=form,
        next=selectors.queue(school_class).first(),
    )


def _show_move(request, row, to, outcome):
    names = {"name": row.student, "class": to}
    if outcome.waiting or (outcome.already and not outcome.enrolled):
        text = _("%(name)s waits for a seat in %(class)s and keeps the place here.") % names
    else:
        text = _("%(name)s is now in %(class)s.") % names
    messages.success(request, text)


@_action("waitlist/<uuid:entry_id>/withdraw/", "withdraw", pages.FORM)
def withdraw(request, school_class, entry_id):
    """Ask for confirmation (the place is lost); then take the student off the waitlist."""
    rows = WaitlistEntry.objects.select_related("student")
    entry = get_object_or_404(rows, pk=entry_id, school_class=school_class)
    if request.method != "POST":
        return _show(request, "academics/desk/withdraw.html", school_class, entry=entry)
    service.withdraw(entry=entry)
    messages.success(request, _("%(name)s does not wait any more.") % {"name": entry.student})
    return _back(school_class)
