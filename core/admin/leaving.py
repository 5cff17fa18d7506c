"""What ends when people leave: are suspended, archived or deleted.

An app that knows of something registers it; the pages on which people leave say what it is, ask,
and end it. This app knows of nothing itself.
"""

CHOICE = "leaving"  # the posted answer: END or KEEP
END, KEEP = "end", "keep"

_endings = []


def register(ending):
    """Add an ending: an object with two methods, which take a list of people.

    `consequences(people)` returns sentences that say what would end, [] for nothing;
    `end(people)` ends it and returns sentences that say what became of it.
    """
    if ending not in _endings:
        _endings.append(ending)


def consequences(people):
    """Return what would end with these people, as sentences."""
    return [sentence for ending in _endings for sentence in ending.consequences(people)]


def end(people):
    """End it; return what became of it, as sentences."""
    return [sentence for ending in _endings for sentence in ending.end(people)]


def is_asked_to_end(request):
    """Return whether the answer to the question was to end it."""
    return request.POST.get(CHOICE) == END
