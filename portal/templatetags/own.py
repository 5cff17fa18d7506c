"""Links between the pages of one student (portal.views.own)."""

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import User
from portal.views import own

register = template.Library()

# The pages of the navigation, in order; and the parent of each page below them.
PAGES = {
    "today": _("Today"),
    "timetable": _("Timetable"),
    "classes": _("Classes"),
    "assignments": _("Assignments"),
    "attendance": _("Attendance"),
    "absences": _("Absences"),
    "grades": _("Grades"),
    "invoices": _("Invoices"),
}
BELOW = {
    "class": "classes",
    "assignment": "assignments",
    "hand_in": "assignments",
    "results_read": "grades",
    "absence_withdraw": "absences",
    "report_card": "grades",
    "transcript": "grades",
    "invoice": "invoices",
    "invoice_pdf": "invoices",
    "receipt": "invoices",
    "receipt_pdf": "invoices",
    "credit_note_pdf": "invoices",
    "statement": "invoices",
    "statement_pdf": "invoices",
}


@register.simple_tag(takes_context=True)
def own_url(context, name, *args):
    """Return the address of another page about the same student: {% own_url "grades" %}."""
    return own.own_url(context["request"], name, *args)


@register.simple_tag(takes_context=True)
def own_navigation(context):
    """Return the entries of the navigation: title, url and, of the current one, `current`."""
    name = _page_name(context["request"])
    current = BELOW.get(name, name)
    return [
        {
            "title": title,
            "url": own_url(context, page),
            # "true": a page below this one is open.
            "current": page == current and ("page" if page == name else "true"),
        }
        for page, title in PAGES.items()
    ]


@register.simple_tag(takes_context=True)
def own_children(context):
    """Return the guardian's children, each with `url`: the same page about them, or its list."""
    request = context["request"]
    name = _page_name(request)
    page = BELOW.get(name, name)
    page = page if page in PAGES else "today"
    # Of all students the policies show a guardian only their children.
    children = list(User.objects.students().order_by("sort_name", "id"))
    for child in children:
        child.url = reverse(f"child_{page}", args=[child.pk])
    return children


def _page_name(request):
    """Return the name of the current page without the prefix my_ or child_."""
    match = request.resolver_match
    name = (match.url_name or "") if match else ""
    return "today" if name == "home" else name.removeprefix("my_").removeprefix("child_")
