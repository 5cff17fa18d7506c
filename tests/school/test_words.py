"""What other packages say, in the words of docs/words.md."""

import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

CATALOG = settings.BASE_DIR / "locale" / "en" / "LC_MESSAGES" / "django.po"
PAIR = re.compile(r'^msgid "(.+)"\nmsgstr "(.+)"$', re.MULTILINE)
PAIRS = PAIR.findall(CATALOG.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_the_compiled_words_are_those_of_the_source(theirs, ours):
    """Else: msgfmt -o django.mo django.po"""
    assert gettext(theirs) == ours


def test_everybody_signs_out(client, cast, sign_in):
    for person in (cast.a.admin, cast.a.student):
        sign_in(client, cast.a, person)
        page = client.get("/", follow=True).content.decode()
        assert (page.count("Sign out"), page.count("Log out")) == (1, 0)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("admin:core_user_changelist", ["Select person", "Auth id"]),
        ("admin:admin_logentry_changelist", ["Object repr", "object repr"]),
        ("admin:finance_invoice_changelist", ["By due on", "Select record", "Select Record"]),
        ("admin:index", ["is missing"]),
    ],
)
def test_words_that_no_school_would_say(client, cast, sign_in, page, words):
    office = sign_in(client, cast.a, cast.a.admin)
    text = office.get(reverse(page)).content.decode()
    assert [word for word in words if word in text] == []


def buttons(response):
    """Return the texts of the buttons that send something; the search's dialog has its own."""
    text = re.sub(r"<dialog.*?</dialog>", "", response.content.decode(), flags=re.S)
    elements = re.findall(r'<button[^>]*type="submit".*?</button>', text, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", button).split()) for button in elements]


def test_a_question_has_a_button_that_says_what_it_does(client, cast, sign_in):
    platform = type("Platform", (), {"tenant": cast.platform, "host": "platform.localhost"})
    operator = sign_in(client, platform, cast.operator)
    data = {"action": "suspend", "_selected_action": [cast.a.tenant.pk]}
    assert buttons(operator.post("/admin/core/tenant/", data))[-1] == "Suspend"
    office = sign_in(client, cast.a, cast.a.admin)
    data = {"action": "send_password_links", "_selected_action": [cast.a.teacher.pk]}
    assert buttons(office.post(reverse("admin:core_user_changelist"), data))[-1] == "Send"
