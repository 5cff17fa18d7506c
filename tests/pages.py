"""Reading an answer's page."""

import re


def shown(response):
    """Return the page with its spaces as a browser shows them: one, and none between two tags."""
    page = re.sub(r"\s+", " ", response.content.decode())
    return re.sub(r" ?(>) ?(?=<)| (?=>)", r"\1", page)
