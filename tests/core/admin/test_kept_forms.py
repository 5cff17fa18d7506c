"""Classes of forms are kept for a role, a language and a school's fields (kept_forms)."""

import gc
import weakref

import pytest
from django.utils import translation

from core.admin import kept_forms, record_form
from core.admin.users import PersonForm
from core.models import PersonField, User
from core.rls import tenant_context
from tests.core.admin.test_refusals import url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(kept_forms, "_kept", {})


def form_of(client, person):
    """Return (form, inlines' formsets) of a person's page."""
    context = client.get(url(User, "change", person)).context
    return context["adminform"].form, [each.formset for each in context["inline_admin_formsets"]]


def test_the_second_page_makes_no_fields_again(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    form, formsets = form_of(client, cast.a.student)
    again, formsets_again = form_of(client, cast.a.student)
    assert again.base_fields is form.base_fields
    assert len(formsets) == 3
    for formset, other in zip(formsets, formsets_again, strict=True):
        assert other.form.base_fields is formset.form.base_fields
    # What a page does to its own fields stays its own.
    form.fields["name"].required = False
    assert form.base_fields["name"].required


def test_a_role_sees_no_choices_of_another(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    form, _ = form_of(client, cast.a.student)
    assert "admin" in dict(form.fields["role"].choices)
    sign_in(client, cast.a, cast.a.registrar)
    form, _ = form_of(client, cast.a.student)
    assert "role" not in form.fields
    sign_in(client, cast.a, cast.a.teacher)
    form, formsets = form_of(client, cast.a.student)
    assert not {"name", "role", "email"} & {*form.fields}
    models = [formset.model._meta.model_name for formset in formsets]
    assert models == ["studentguardian", "enrollment"]


def test_a_school_sees_no_fields_of_another(client, cast, sign_in):
    for school, label in ((cast.a, "Bus line"), (cast.b, "House")):
        with tenant_context(school.tenant, school.admin):
            field = PersonField.objects.filter(role="student").first()
            PersonField.objects.filter(pk=field.pk).update(label=label)
        sign_in(client, school, school.admin)
        form, _ = form_of(client, school.student)
        assert form.fields[field.name].label == label
        with tenant_context(school.tenant, school.admin):
            groups = {row.pk for row in form.fields["homeroom"].queryset}
            assert groups == {*type(school.homeroom).objects.values_list("pk", flat=True)}


def test_a_field_that_changes_is_made_again(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    for label in ("Bus line", "Bus"):
        with tenant_context(cast.a.tenant, cast.a.admin):
            field = PersonField.objects.filter(role="student").first()
            PersonField.objects.filter(pk=field.pk).update(label=label)
        assert form_of(client, cast.a.student)[0].fields[field.name].label == label


def test_a_language_has_classes_of_its_own():
    first = record_form.with_record(PersonForm, [])
    with translation.override("de"):
        assert record_form.with_record(PersonForm, []) is not first
    assert record_form.with_record(PersonForm, []) is first


def test_no_request_is_kept_alive(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    response = client.get(url(User, "change", cast.a.student))
    request = weakref.ref(response.wsgi_request)
    del response
    client.get(url(User, "changelist"))
    gc.collect()
    assert request() is None


def test_classes_are_not_kept_without_end():
    for number in range(kept_forms.MOST + 5):
        assert kept_forms.kept(number, lambda: "made") == "made"
    assert len(kept_forms._kept) == 5
