"""The form of an enrollment: a teacher completes, and who is enrolled is the office's."""

import pytest
from django.urls import reverse

from academics.models import Enrollment
from core.rls import tenant_context
from tests.core.admin.test_refusals import form_data

pytestmark = pytest.mark.django_db


def page_of(school):
    return reverse("admin:academics_enrollment_change", args=[school.enrollment.pk])


def status_of(school):
    with tenant_context(school.tenant, school.admin):
        return Enrollment.objects.get(pk=school.enrollment.pk).status


def be(school, status):
    with tenant_context(school.tenant, school.admin):
        Enrollment.objects.filter(pk=school.enrollment.pk).update(status=status)


def choices(client, school):
    form = client.get(page_of(school)).context["adminform"].form
    return [value for value, _label in form.fields["status"].choices if value]


@pytest.mark.parametrize(
    ("role", "before", "offered"),
    [
        ("admin", "active", ["active", "completed", "dropped"]),
        ("admin", "dropped", ["active", "completed", "dropped"]),
        ("teacher", "active", ["active", "completed"]),
        ("teacher", "completed", ["completed"]),
        ("teacher", "dropped", ["dropped"]),
    ],
)
def test_a_teacher_is_offered_to_complete(client, cast, sign_in, role, before, offered):
    be(cast.a, before)
    sign_in(client, cast.a, getattr(cast.a, role))
    assert choices(client, cast.a) == offered


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        ("active", "completed", "completed"),
        ("active", "dropped", "active"),
        ("completed", "active", "completed"),
        ("dropped", "active", "dropped"),
    ],
)
def test_what_a_teacher_sends(client, cast, sign_in, before, sent, after):
    be(cast.a, before)
    sign_in(client, cast.a, cast.a.teacher)
    data = form_data(client, page_of(cast.a))
    client.post(page_of(cast.a), data | {"status": sent})
    assert status_of(cast.a) == after


def test_the_class_page_offers_a_teacher_the_same(client, cast, sign_in):
    be(cast.a, "dropped")
    sign_in(client, cast.a, cast.a.teacher)
    page = reverse("admin:academics_schoolclass_change", args=[cast.a.school_class.pk])
    formsets = client.get(page).context["inline_admin_formsets"]
    [forms] = [f.formset.forms for f in formsets if f.formset.model is Enrollment]
    offered = [[value for value, _ in form.fields["status"].choices if value] for form in forms]
    assert offered == [["dropped"]]
