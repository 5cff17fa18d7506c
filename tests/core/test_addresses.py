import pytest
from django.test import RequestFactory

from core.addresses import main_site, site_of, site_url
from core.rls import tenant_context


@pytest.mark.parametrize(
    ("https", "port", "address"),
    [
        (False, "8000", "http://west.localhost:8000"),
        (False, "", "http://west.localhost"),
        (True, "", "https://west.localhost"),
        (True, "8443", "https://west.localhost:8443"),
    ],
)
def test_the_address_of_a_site_is_what_is_configured(settings, https, port, address):
    settings.HTTPS, settings.SITE_PORT = https, port
    assert site_url("west.localhost") == address


def test_no_port_is_taken_from_a_request(settings):
    settings.ALLOWED_HOSTS = ["*"]
    request = RequestFactory().get("/", headers={"host": "west.localhost:9999"})
    settings.HTTPS, settings.SITE_PORT = False, ""
    assert site_of(request) == "http://west.localhost"
    settings.HTTPS, settings.SITE_PORT = True, "8443"
    assert site_of(request) == "https://west.localhost:8443"


@pytest.mark.django_db
def test_a_job_writes_from_the_schools_primary_host(cast):
    with tenant_context(cast.a.tenant, role="admin"):
        assert main_site() == f"http://{cast.a.host}"
