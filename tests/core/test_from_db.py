"""Instances of rows are what Django would make of them (core.models.base)."""

import pytest
from django.apps import apps
from django.db import models
from django.db.models import DEFERRED, signals

from core.models import User
from core.models.base import TenantModel
from core.rls import tenant_context

OURS = [model for model in apps.get_models() if issubclass(model, TenantModel)]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_nobody_listens_to_init(model):
    assert not signals.pre_init.has_listeners(model)
    assert not signals.post_init.has_listeners(model)
    assert model.__init__ is models.Model.__init__


def test_an_instance_is_as_django_makes_it(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = User.all_objects.get(pk=cast.a.student.pk)
        names = [field.attname for field in User._meta.concrete_fields]
        values = [getattr(row, name) for name in names]
        ours = User.from_db("default", names, values)
        theirs = models.Model.from_db.__func__(User, "default", names, values)
    assert ours == theirs == row
    assert {k: v for k, v in vars(ours).items() if k != "_state"} == {
        k: v for k, v in vars(theirs).items() if k != "_state"
    }
    assert (ours._state.adding, ours._state.db) == (False, "default")
    assert ours._state.fields_cache == {}


def test_what_was_not_loaded_is_deferred(cast, django_assert_num_queries):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = User.all_objects.only("name").get(pk=cast.a.student.pk)
        assert "email" in row.get_deferred_fields()
        made = User.from_db("default", ["id", "name"], [row.pk, DEFERRED])
        assert made.get_deferred_fields() >= {"name", "email"}
        with django_assert_num_queries(1):
            assert made.name == cast.a.student.name
