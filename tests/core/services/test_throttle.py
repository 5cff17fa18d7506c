import pytest
from django.core.cache import cache

from core.services import throttle


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


def test_the_limit_of_an_account_from_one_address():
    attempts = throttle.sign_in("10.0.0.1", "ann@a.example")
    for _ in range(throttle.SIGN_IN_LIMITS["both"]):
        assert not attempts.exceeded()
        attempts.count()
    assert attempts.exceeded()
    assert throttle.sign_in("10.0.0.1", " ANN@a.example ").exceeded()
    assert not throttle.sign_in("10.0.0.1", "tom@a.example").exceeded()
    assert not throttle.sign_in("10.0.0.2", "ann@a.example").exceeded()


def test_the_limit_of_an_account_from_many_addresses():
    for number in range(throttle.SIGN_IN_LIMITS["account"]):
        throttle.sign_in(f"10.0.0.{number}", "ann@a.example").count()
    assert throttle.sign_in("10.0.1.1", "ann@a.example").exceeded()


def test_the_limit_of_an_address_for_many_accounts():
    for number in range(throttle.SIGN_IN_LIMITS["address"]):
        throttle.sign_in("10.0.0.1", f"person{number}@a.example").count()
    assert throttle.sign_in("10.0.0.1", "ann@a.example").exceeded()


def test_success_forgets_the_failures_of_the_account_from_this_address_only():
    attempts = throttle.sign_in("10.0.0.1", "ann@a.example")
    for _ in range(throttle.SIGN_IN_LIMITS["account"]):
        attempts.count()
    attempts.forget()
    assert throttle.sign_in("10.0.0.1", "ann@a.example").exceeded()  # the account's own limit


@pytest.mark.parametrize("typed", ["", "\x00", "a" * 10_000, "ü @\n"])
def test_whatever_is_typed_can_be_counted(typed):
    attempts = throttle.sign_in(None, typed)
    attempts.count()
    assert not attempts.exceeded()
