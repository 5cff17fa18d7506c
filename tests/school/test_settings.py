"""The settings refuse what they do not understand with a sentence, and are safe unless told."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.database.errors import SetupError
from tests.school.installation import settings_of

PRODUCTION = {"DEBUG": "off", "SECRET_KEY": "a-secret-of-the-tests-" * 3}
HINT = " See .env.example for every variable and its form."


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"DEBUG": "off"}, "SECRET_KEY must be set when DEBUG is off." + HINT),
        ({"DEBUG": "off", "SECRET_KEY": ""}, "SECRET_KEY must be set when DEBUG is off." + HINT),
        ({"DEBUG": "perhaps"}, "DEBUG must be on or off, not 'perhaps'." + HINT),
        ({"HTTPS": "maybe"}, "HTTPS must be on or off, not 'maybe'." + HINT),
        ({"SITE_PORT": "https"}, "SITE_PORT must be a number, not 'https'." + HINT),
        ({"EMAIL_URL": "carrier-pigeon://"}, "EMAIL_URL is not understood." + HINT),
        (
            {"UPLOAD_MAX_MB": "much"},
            "UPLOAD_MAX_MB must be a whole number of at least 1, not 'much'." + HINT,
        ),
        (
            {"DATABASE_POOL_SIZE": "-1"},
            "DATABASE_POOL_SIZE must be a whole number of at least 0, not '-1'." + HINT,
        ),
        (
            {"EMAIL_TIMEOUT": "0"},
            "EMAIL_TIMEOUT must be a whole number of at least 1, not '0'." + HINT,
        ),
        (
            {"LOG_LEVEL": "LOUD"},
            "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not 'LOUD'." + HINT,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_variable_is_refused_with_a_sentence(tmp_path, variables, message):
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_of(tmp_path, **variables)
    assert str(refused.value) == message


def test_one_database_url_without_the_other_is_refused(tmp_path):
    with pytest.raises(SetupError) as refused:
        settings_of(tmp_path, DATABASE_URL="postgresql://school_app@db.example.org/school")
    assert str(refused.value) == (
        "DATABASE_OWNER_URL is not set, although the environment names a database server. "
        "See .env.example for its form."
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("1", "on", "TRUE", "yes", " y ", "t")]
    + [(text, False) for text in ("0", "off", "False", "no", "n", "f", "")],
)
def test_a_flag_may_be_written_in_several_ways(tmp_path, text, value):
    assert settings_of(tmp_path, BEHIND_PROXY=text)["BEHIND_PROXY"] is value


def test_a_fresh_clone_runs_without_a_variable(tmp_path):
    settings = settings_of(tmp_path)
    assert (settings["DEBUG"], settings["HTTPS"], settings["BEHIND_PROXY"]) == (True, False, False)
    assert settings["SECRET_KEY"] == "insecure-development-key"
    assert settings["SECURE_HSTS_SECONDS"] == 0
    assert settings["ALLOWED_HOSTS"] == ["*"]
    assert "SECURE_PROXY_SSL_HEADER" not in settings


def test_production_is_https_unless_set_otherwise(tmp_path):
    settings = settings_of(tmp_path, **PRODUCTION)
    assert (settings["DEBUG"], settings["HTTPS"]) == (False, True)
    assert settings_of(tmp_path, **PRODUCTION, HTTPS="off")["SECURE_SSL_REDIRECT"] is False


def test_only_a_proxy_of_ones_own_is_believed(tmp_path):
    assert "SECURE_PROXY_SSL_HEADER" not in settings_of(tmp_path, **PRODUCTION)
    settings = settings_of(tmp_path, **PRODUCTION, BEHIND_PROXY="on")
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_an_upload_is_never_larger_than_the_database_takes(tmp_path):
    assert settings_of(tmp_path)["UPLOAD_MAX_BYTES"] == 50 * 2**20
    assert settings_of(tmp_path, UPLOAD_MAX_MB="49")["UPLOAD_MAX_BYTES"] == 49 * 2**20
    assert settings_of(tmp_path, UPLOAD_MAX_MB="51")["UPLOAD_MAX_BYTES"] == 50 * 2**20
