"""What the column `preferences` holds is read as choices, whatever it holds."""

import pytest

from core.preferences import Preferences, merged, read


@pytest.mark.parametrize(
    "kept",
    [None, [], "x", {}, {"theme": ["dark"], "rows": "100", "density": 1, "start": 5},
     {"theme": "pink", "rows": True, "density": None}],
)  # fmt: skip
def test_what_is_no_choice_is_none(kept):
    assert read(kept) == Preferences(theme="", density="comfortable", rows=50, start="")


def test_choices_are_read_and_stand_beside_others():
    chosen = Preferences(theme="dark", density="compact", rows=25, start="/admin/students/")
    kept = merged({"results_read": {"a": "b"}, "rows": 100}, chosen)
    assert read(kept) == chosen
    assert kept["results_read"] == {"a": "b"}
