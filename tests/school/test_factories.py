"""Each table has a factory, and each factory is in the module of its app."""

import pytest
from django.apps import apps

from tests import factories
from tests.factories import academics, core, exchange, finance, oneroster, reporting  # noqa: F401
from tests.factories.factory import FACTORIES, Factory

# Touched by functions alone: passwords, who is signed in, and what was tried at the sign-in page.
NONE = {"core": {"credentials", "sessions", "sign_in_attempts"}, "finance": {"online_accounts"}}
APPS = ["core", "exchange", "academics", "finance", "reporting", "oneroster"]


@pytest.mark.parametrize("app", APPS)
def test_each_model_of_an_app_has_a_factory_in_its_module(app):
    made = {f.model for f in vars(getattr(factories, app)).values() if isinstance(f, Factory)}
    own = {model for model in apps.get_app_config(app).get_models() if model._meta.managed}
    assert {m._meta.db_table for m in own - made} == NONE.get(app, set())
    assert {m._meta.label for m in made - own} == ({"admin.LogEntry"} if app == "core" else set())


def test_no_table_has_two_factories():
    modules = [getattr(factories, app) for app in APPS]
    made = [f for module in modules for f in vars(module).values() if isinstance(f, Factory)]
    assert sorted(f.model._meta.db_table for f in made) == sorted(FACTORIES)
