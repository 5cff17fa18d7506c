"""What is kept of a student's work when its text changes."""

import pytest

from academics.services import submissions


@pytest.mark.parametrize(
    ("content", "text", "kept"),
    [
        ({"text": "old", "link": "https://example.com/"}, "new",
         {"text": "new", "link": "https://example.com/"}),
        ({"text": "old", "link": "x"}, "", {"link": "x"}),
        ({"text": "old"}, "", None),
        ("just a text", "new", {"text": "new"}),
        (None, "new", {"text": "new"}),
        (None, "", None),
    ],
)  # fmt: skip
def test_another_text_leaves_the_rest_of_the_work(content, text, kept):
    assert submissions.with_text(content, text) == kept
