import pytest

from core.services import invitations


@pytest.mark.parametrize(
    ("debug", "https", "port", "address"),
    [
        (True, False, None, "http://west.localhost:8000"),
        (True, False, "8001", "http://west.localhost:8001"),
        (False, True, "8001", "https://west.localhost"),
        (False, False, None, "http://west.localhost"),
        (False, False, "8001", "http://west.localhost:8001"),
    ],
)
def test_a_commands_or_workers_links_lead_to_make_run_without_tls(
    settings, monkeypatch, debug, https, port, address
):
    settings.DEBUG, settings.HTTPS = debug, https
    monkeypatch.delenv("PORT", raising=False)
    if port:
        monkeypatch.setenv("PORT", port)
    assert invitations.site_url("west.localhost") == address
