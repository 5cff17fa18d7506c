"""Views of the request tests: who PostgreSQL thinks is asking, and ways to end a request."""

from django.contrib.auth import authenticate, login, logout
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path

from academics.models import Enrollment, SchoolClass
from core.models import User
from core.rls import become, streaming


def context():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.tenant_id', true), current_setting('app.user_id', true),"
            " current_setting('app.user_role', true)"
        )
        return [value or "" for value in cursor.fetchone()]


def trivial(request):
    return HttpResponse("ok")


def who(request):
    return JsonResponse({"context": context(), "user": str(request.user)})


def sign_in(request):
    user = authenticate(request, username=request.POST["email"], password=request.POST["password"])
    if user is None:
        return HttpResponse("no", status=403)
    become(user)
    login(request, user)
    return JsonResponse({"context": context()})


def sign_out(request):
    logout(request)
    become(None)
    return JsonResponse({"context": context()})


def change(request, ending):
    """Rename every class that may be renamed, then end as told."""
    SchoolClass.objects.update(name=f"renamed {ending}")
    if ending == "exception":
        raise ZeroDivisionError
    if ending == "database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    if ending == "refused":
        first = Enrollment.objects.first()
        Enrollment.objects.create(student=first.student, school_class=first.school_class)
    if ending == "denied":
        raise PermissionDenied
    if ending == "missing":
        raise Http404
    return HttpResponse(ending, status={"500": 500, "400": 400}.get(ending, 200))


def stream(request):
    @streaming
    def lines():
        for user in User.objects.order_by("email"):
            yield f"{user.email} {' '.join(context())}\n"

    return StreamingHttpResponse(lines())


def stream_who(request):
    @streaming
    def answer():
        yield "".join(context())

    return StreamingHttpResponse(answer())


urlpatterns = [
    path("trivial", trivial),
    path("who", who),
    path("in", sign_in),
    path("out", sign_out),
    path("change/<ending>", change),
    path("stream", stream),
    path("stream/who", stream_who),
    path("", include("school.urls")),  # the error pages link to the school's own
]
