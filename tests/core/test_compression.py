"""Pages are compressed, of a length that does not repeat; files that are handed out are not."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.compression import CompressionMiddleware

PAGE = "<p>A page.</p>" * 100


def answer(content_type="text/html; charset=utf-8", accepted="gzip, deflate, br", **headers):
    request = RequestFactory().get("/", headers={"accept-encoding": accepted})
    response = HttpResponse(PAGE, content_type=content_type, headers=headers)
    return CompressionMiddleware(lambda request: response)(request)


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json"])
def test_a_page_is_compressed(content_type):
    response = answer(content_type)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(response.content).decode() == PAGE


def test_the_length_of_the_same_page_varies():
    assert len({len(answer().content) for _ in range(20)}) > 1


def test_a_browser_without_gzip_gets_the_page_as_it_is():
    response = answer(accepted="identity")
    assert response.headers.get("Content-Encoding") is None
    assert response.content.decode() == PAGE


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("application/pdf", {}),
        ("image/png", {}),
        ("text/html", {"Content-Disposition": 'attachment; filename="a.html"'}),
    ],
)
def test_a_file_keeps_its_length(content_type, headers):
    response = answer(content_type, **headers)
    assert response.headers.get("Content-Encoding") is None
    assert len(response.content) == len(PAGE)
