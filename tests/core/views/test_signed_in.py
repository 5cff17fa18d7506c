"""What a page asks before it sends what somebody typed (static/core/forms/keep.js)."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["admin", "teacher", "student"])
def test_whoever_is_signed_in_would_get_through(client, cast, sign_in, who):
    sign_in(client, cast.a, getattr(cast.a, who))
    answer = client.get(reverse("signed_in"))
    assert answer.json() == {"signed_in": True, "person": str(getattr(cast.a, who).pk)}
    assert "no-store" in answer["Cache-Control"]


def test_a_session_of_another_school_is_none_here(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(reverse("signed_in"), headers={"host": cast.b.host}).json() == {
        "signed_in": False,
        "person": None,
    }


def test_it_only_answers(client, cast):
    host = {"host": cast.a.host}
    assert client.get(reverse("signed_in"), headers=host).json() == {
        "signed_in": False,
        "person": None,
    }
    assert client.post(reverse("signed_in"), headers=host).status_code == 405
