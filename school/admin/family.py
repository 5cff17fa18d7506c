"""The page of a family: what the telephone asks, on one page."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from academics import absence_words
from core.admin import pages
from core.defaults import today
from core.models import User
from finance.selectors.desk import Family
from school.selectors import family


@pages.page("families/<uuid:student_id>/", "family")
def show(request, student_id):
    """Show the family of a student; Http404 if the person may not see the student."""
    student = get_object_or_404(User.objects.students(), pk=student_id)
    sees_marks = request.user.has_perm("academics.view_attendance")
    children = family.children(student, today() if sees_marks else None)
    for child in children:
        for absence in child.absences:
            absence.period = absence_words.period(absence)
    ids = [child.student.pk for child in children]
    contacts = family.contacts(ids)
    context = {
        "student": student,
        "children": children,
        "sees_marks": sees_marks,
        "may_enter": request.user.is_people_office,
        "names": {child.student.pk: child.student.name for child in children},
        "contacts": contacts,
        "may_change": request.user.has_perm("core.change_guardian"),
        "money": _money(request, student),
        "mails": family.mails(ids, contacts) if request.user.has_perm("core.view_mail") else None,
    }
    title = _("Family of %(name)s") % {"name": student.name}
    return pages.show(request, "school/family/family.html", title, context)


def _money(request, student):
    """Return [(currency, `Family`)] for whoever sees money, None for others."""
    if not request.user.has_perm("finance.view_invoice"):
        return None
    first = Family(student, "")
    families = [first, *(Family(student, currency) for currency in first.other_currencies)]
    return [(each.currency, each) for each in families if each.invoices or each.credit]
