"""A student's results."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.selectors import own_classes, own_grades
from portal.services import results
from portal.views.own import own_page
from portal.views.own_lists import term_of


@require_safe
@own_page
def grades(request):
    """Class by class: the grade, what it comes from, and each result with its feedback."""
    term = term_of(request)
    enrollments = list(term.narrow(own_classes.enrollments(request.student)))
    found = own_grades.results(request.student, enrollments)
    for result in found:
        result.shares = own_grades.weigh(result)
    context = {
        "term": term,
        "results": found,
        "read_until": results.read_until(user=request.user, student=request.student),
    }
    return render(request, "portal/grades.html", context)
