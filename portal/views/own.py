"""Pages about one student, for the student and for guardians.

One view serves both: at `/my/...` it is about the student who is signed in, at
`/children/<student_id>/...` about a guardian's child. Row-level security decides what they see;
this module finds the student of the page.
"""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.links import address
from core.models import User


def own_pages(name, route, view):
    """Return the URL patterns of one such page: `my_<name>` and `child_<name>`."""
    return [
        path(f"my/{route}", view, name=f"my_{name}"),
        path(f"children/<uuid:student_id>/{route}", view, name=f"child_{name}"),
    ]


def own_url(request, name, *args):
    """Return the address of another page about the same student."""
    if request.user.is_guardian:
        return address(f"child_{name}", request.student.pk, *args)
    return address(f"my_{name}", *args)


def own_page(view):
    """Decorate a view: it is called with `request.student`, the person it is about.

    People who are not signed in go to the sign-in page, staff to the admin. Raises Http404 for a
    student who is not the guardian's child.
    """

    @never_cache
    @wraps(view)
    def answer(request, *args, student_id=None, **kwargs):
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("login"))
        if user.is_staff:
            messages.info(request, _("That page is for students and their guardians."))
            return redirect("admin:index")
        if user.is_student and student_id is None:
            request.student = user
        elif user.is_guardian and student_id is not None:
            # Of all students the policies show a guardian only their children.
            request.student = User.objects.students().filter(pk=student_id).first()
        else:
            request.student = None
        if request.student is None:
            raise Http404(_("There is no such page."))
        return view(request, *args, **kwargs)

    return answer
