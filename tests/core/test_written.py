"""Dates and times are written as Django does, whatever the language and the school's clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template, defaultfilters
from django.utils import formats, timezone, translation

from core import written

LATE = datetime(2026, 3, 9, 11, 30, 7, 5000, tzinfo=UTC)
VALUES = [date(2026, 3, 9), LATE, time(8, 5)]
LANGUAGES = ["en", "de", "fr", "id", "ar", "zh-hans"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", VALUES)
def test_a_moment_is_that_of_django(language, value):
    with translation.override(language), timezone.override("Pacific/Auckland"):
        local = timezone.template_localtime(value)
        assert written.moment(value) == formats.localize(local)
        assert written.moment(value) == formats.localize(local)  # the kept one


def test_the_clock_is_that_of_who_reads():
    with timezone.override("Pacific/Auckland"):
        assert written.moment(LATE) == "10 Mar 2026, 00:30"
    with timezone.override("America/Los_Angeles"):
        assert written.moment(LATE) == "9 Mar 2026, 04:30"


def test_seconds_are_kept_apart_where_a_format_shows_them():
    first, second = time(8, 5, 1), time(8, 5, 2)
    assert [written.text(value, "H:i:s") for value in (first, second)] == ["08:05:01", "08:05:02"]


@pytest.mark.parametrize(
    "form", ["j M", "D j M Y", "H:i", "DATE_FORMAT", "c", "H:i T", "U", "e", "r"]
)
def test_the_filter_of_templates_is_djangos(form):
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        with timezone.override(zone):
            filled = Template("{{ value|date:form }}").render(
                Context({"value": LATE, "form": form})
            )
            local = LATE.astimezone(ZoneInfo(zone))
            assert filled == defaultfilters.date(local, form)


@pytest.mark.parametrize("value", [None, "", "text", 7])
def test_what_is_no_date_is_left_to_django(value):
    filled = Template("{{ value|date:'j M' }}|{{ value|time:'H:i' }}").render(
        Context({"value": value})
    )
    assert filled == f"{defaultfilters.date(value, 'j M')}|{defaultfilters.time(value, 'H:i')}"


def test_a_filter_without_a_format_uses_the_languages_own():
    filled = Template("{{ day|date }} {{ hour|time }}").render(
        Context({"day": date(2026, 3, 9), "hour": time(8, 5)})
    )
    assert filled == "9 Mar 2026 08:05"
