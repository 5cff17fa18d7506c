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
    """Show for each class the grade, its weights, and each result with its feedback."""
    term = term_of(request)
    enrollments = list(term.narrow(own_classes.enrollments(request.student)))
    class_results = own_grades.results(request.student, enrollments)
    for result in class_results:
        result.shares = own_grades.weigh(result)
    context = {
        "term": term,
        "results": class_results,
        "read_until": results.read_until(user=request.user, student=request.student),
    }
    return render(request, "portal/grades.html", context)
