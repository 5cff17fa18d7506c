"""Report cards and transcripts as PDF, and the page where a class's comments are written."""

import uuid

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.forms import Media
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import Enrollment, SchoolClass, Term
from academics.models.terms import term_of
from academics.services import report_comments
from core import groups, jobs, offices
from core.admin import pages
from core.defaults import today
from core.models import User
from exchange import exports
from exchange.admin.downloads import file_response
from exchange.admin.exporting import answer
from exchange.models import Export
from reporting.cards.export import KIND, REPORT_CARDS, TRANSCRIPT

AT_ONCE = 5  # cards that are made within the request; more are made in the background
SHOWN = 5  # files, the latest first
COLUMNS = ("state", "size", "buttons")


def terms():
    """Return the terms to choose from, the latest first."""
    return Term.objects.select_related("academic_year").order_by("-start_date")


def chosen_term(asked, known=None):
    """Return the term of an id as text, the current one without; None in a school without terms.

    `known` are the school's terms, where they are read already. Raises Http404 where there is no
    such term.
    """
    known = terms() if known is None else known
    if not asked:
        return term_of(known, today())
    wanted = id_of(asked)
    term = next((term for term in known if term.pk == wanted), None)
    if term is None:
        raise Http404(_("There is no such term."))
    return term


def id_of(text):
    """Parse an id of the address; raises Http404 for any other text."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404(_("There is no such page.")) from None


def _classes():
    """Return the classes with report cards; row-level security leaves a teacher their own."""
    return SchoolClass.objects.exclude(status=SchoolClass.Status.CANCELLED).select_related(
        "teacher", "term__academic_year"
    )


# --- the page -----------------------------------------------------------------------------------
@pages.page("report-cards/", "report_cards", pages.FORM, roles=offices.TEACHING)
def report_cards(request):
    """Show the classes of a term, or the comments, cards and files of a chosen class."""
    asked = request.GET.get("school_class")
    if not asked:
        return _choose_class(request)
    school_class = get_object_or_404(_classes(), pk=id_of(asked))
    if request.method == "POST":
        return _save(request, school_class)
    return _class_page(request, school_class)


def _choose_class(request):
    term = chosen_term(request.GET.get("term"))
    active = ~Q(enrollments__status=Enrollment.Status.DROPPED)
    written = active & Q(enrollments__report_comment__gt="")
    classes = _classes().annotate(
        students=Count("enrollments", filter=active),
        written=Count("enrollments", filter=written),
    )
    if term is not None:
        classes = classes.filter(_within(term))
    context = {
        "classes": classes.order_by("sort_name", "id"),
        "term": term,
        "terms": terms(),
        # A teacher of a homeroom sees a part of its students' cards only.
        "groups": groups.options() if request.user.is_people_office else [],
    }
    return pages.show(request, "reporting/profile/card_classes.html", _("Report cards"), context)


def _within(term):
    """Return the condition on classes of the term, or without a term and running in it."""
    open_end = Q(end_date__isnull=True) | Q(end_date__gte=term.start_date)
    return Q(term=term) | open_end & Q(term__isnull=True, start_date__lte=term.end_date)


def _save(request, school_class):
    texts, too_long = {}, {}
    for enrollment in report_comments.of_class(school_class):
        name = str(enrollment.pk)
        if f"comment-{name}" not in request.POST:
            continue
        text = request.POST[f"comment-{name}"].replace("\x00", "").replace("\r\n", "\n").strip()
        if len(text) > report_comments.MAX_LENGTH:
            too_long[enrollment.pk] = text
        else:
            texts[enrollment.pk] = (text, request.POST.get(f"version-{name}", ""))
    saved, clashes = report_comments.save(school_class=school_class, texts=texts)
    if saved or not (clashes or too_long):
        sentence = ngettext("%(n)d comment was saved.", "%(n)d comments were saved.", saved)
        messages.success(request, sentence % {"n": saved})
    if not (clashes or too_long):
        return HttpResponseRedirect(request.get_full_path())
    mine = too_long | {pk: texts[pk][0] for pk in clashes}
    status = 409 if clashes else 400
    return _class_page(request, school_class, mine, clashes, too_long, status=status)


def _class_page(request, school_class, mine=None, clashes=None, too_long=None, status=200):
    mine, clashes, too_long = mine or {}, clashes or {}, too_long or {}
    rows = [
        {
            "enrollment": enrollment,
            "text": mine.get(enrollment.pk, enrollment.report_comment or ""),
            "version": report_comments.version(enrollment.report_comment),
            "theirs": clashes.get(enrollment.pk),
            "clash": enrollment.pk in clashes,
            "sentence": _sentence(enrollment.pk in clashes, enrollment.pk in too_long),
        }
        for enrollment in report_comments.of_class(school_class)
    ]
    listed = admin.site.get_model_admin(Export)
    context = {
        "school_class": school_class,
        "rows": rows,
        "wrong_fields": [
            (
                f"comment-{row['enrollment'].pk}",
                row["enrollment"].student.name,
                row["sentence"],
            )
            for row in rows
            if row["sentence"]
        ],
        "max_length": report_comments.MAX_LENGTH,
        "term": school_class.term or chosen_term(request.GET.get("term")),
        "terms": terms(),
        "files": _files(listed, request, school_class),
        # Only the list's own media: a filter's calendar needs a catalog that is not loaded here.
        "media": Media(listed.Media),
        "nobody_works": _unfinished(request.user) and not jobs.worker_is_there(),
    }
    title = _("Report cards: %(class)s") % {"class": school_class}
    return pages.show(request, "reporting/profile/cards.html", title, context, status=status)


def _sentence(is_clash, is_too_long):
    """Return why a comment was not saved; "" for one that was."""
    if is_clash:
        return _(
            "Someone else changed this comment while you had the page open."
            " Saving again replaces theirs by yours."
        )
    if is_too_long:
        most = report_comments.MAX_LENGTH
        return _("A comment has at most %(most)d characters.") % {"most": most}
    return ""


def _files(listed, request, school_class):
    """Return the person's latest files of a class, with the cells of the list of exports."""
    exports_of_class = listed.get_queryset(request).filter(
        kind=KIND,
        requested_by=request.user,
        filters__class_id=str(school_class.pk),
    )
    latest = exports_of_class.select_related("requested_by").order_by("-created_at", "-pk")[:SHOWN]
    return [
        {"export": export, **{name: getattr(listed, name)(export) for name in COLUMNS}}
        for export in latest
    ]


def _unfinished(user):
    unfinished = Export.objects.unfinished().filter(kind=KIND, requested_by=user)
    return unfinished.exists()


# --- the files ------------------------------------------------------------------------------------
@pages.page(
    "report-cards/<uuid:class_id>/file/", "class_report_cards", pages.POST, roles=offices.TEACHING
)
def class_cards(request, class_id):
    """Make the report cards of a class: a few within the request, more in the background."""
    school_class = get_object_or_404(_classes(), pk=class_id)
    term = school_class.term or chosen_term(request.POST.get("term"))
    back = f"{reverse('admin:report_cards')}?school_class={school_class.pk}"
    students = list(
        report_comments.of_class(school_class).values_list("student_id", flat=True).distinct()
    )
    if not students:
        messages.error(request, _("Nobody is enrolled in this class."))
        return HttpResponseRedirect(back)
    wanted = _cards(students, term, str(school_class), {"class_id": str(school_class.pk)})
    if len(students) > AT_ONCE:
        exports.request(by=request.user, background=True, **wanted)
        messages.success(request, _("The report cards are being made; see below how far they are."))
        return HttpResponseRedirect(f"{back}#files")
    return answer(request, back, background=False, **wanted)


@pages.page("report-cards/group/", "group_report_cards", pages.POST, roles=offices.PEOPLE_OFFICE)
def group_cards(request):
    """Make the report cards of a year group or homeroom."""
    back = reverse("admin:report_cards")
    group = groups.find(request.POST.get("group", ""))
    if group is None:
        messages.error(request, _("Choose a year group or a homeroom."))
        return HttpResponseRedirect(back)
    students = list(groups.students(group).values_list("pk", flat=True))
    if not students:
        messages.error(request, _("Nobody is in %(group)s.") % {"group": group})
        return HttpResponseRedirect(back)
    term = chosen_term(request.POST.get("term"))
    wanted = _cards(students, term, str(group), {"group_id": groups.value_of(group)})
    if len(students) > AT_ONCE:
        exports.request(by=request.user, background=True, **wanted)
        messages.success(request, _("The report cards are being made; see below how far they are."))
        return HttpResponseRedirect(reverse("admin:exchange_export_changelist"))
    return answer(request, back, background=False, **wanted)


@pages.page(
    "report-cards/students/", "chosen_report_cards", pages.FORM, roles=offices.PEOPLE_OFFICE
)
def chosen_cards(request):
    """Ask for the term of the report cards of the students of the address (?student=); make them.

    More than a few are made in the background.
    """
    asked = [id_of(text) for text in request.GET.getlist("student")]
    students = list(User.objects.students().filter(pk__in=asked).order_by("sort_name", "id"))
    if not students:
        raise Http404(_("There is no such student."))
    term = chosen_term(request.POST.get("term"))
    if request.method != "POST":
        context = {"students": students, "terms": terms(), "term": term}
        title = _("Report cards")
        return pages.show(request, "reporting/profile/chosen_cards.html", title, context)
    count = ngettext("%(n)d student", "%(n)d students", len(students)) % {"n": len(students)}
    wanted = _cards([student.pk for student in students], term, count, {})
    back = reverse("admin:exchange_export_changelist")
    return answer(request, back, background=len(students) > AT_ONCE, **wanted)


def _cards(students, term, name, filters):
    """Return the arguments of `exports.request` for the cards."""
    filters = {"name": name, "term": str(term or _("all terms")), **filters}
    return {
        "kind": KIND,
        "template_id": REPORT_CARDS,
        "title": _("report cards %(name)s") % {"name": name},
        "file_format": "pdf",
        "filters": filters | {"term_id": str(term.pk) if term else None},
        "selection": [str(student) for student in students],
    }


@pages.page(
    "students/<uuid:student_id>/report-card/", "report_card", pages.FORM, roles=offices.TEACHING
)
def report_card(request, student_id):
    """Return one student's report card of a term."""
    student = get_object_or_404(User.objects.students(), pk=student_id)
    back = reverse("admin:student_profile", args=[student.pk])
    if request.method != "POST":
        return redirect(f"{back}#documents")
    term = chosen_term(request.POST.get("term"))
    wanted = _cards([student.pk], term, student.name, {})
    return answer(request, back, background=False, **wanted)


@pages.page(
    "students/<uuid:student_id>/transcript/", "transcript", pages.FORM, roles=offices.PEOPLE_OFFICE
)
def transcript(request, student_id):
    """Return one student's transcript; for the office, because a teacher sees only a part of it."""
    student = get_object_or_404(User.objects.students(), pk=student_id)
    back = reverse("admin:student_profile", args=[student.pk])
    if request.method != "POST":
        return redirect(f"{back}#documents")
    export = exports.request(
        by=request.user,
        background=False,
        kind=KIND,
        template_id=TRANSCRIPT,
        title=_("transcript %(name)s") % {"name": student.name},
        file_format="pdf",
        filters={"name": student.name},
        selection=[str(student.pk)],
    )
    return file_response(export)
