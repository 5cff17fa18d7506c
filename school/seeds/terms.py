"""The school's years, terms and holidays."""

from datetime import time, timedelta

from school.seeds.builder import Break, Semester, new_id

TERM_WEEKS = 18
# (name, weeks from the week of today, first weekday, last weekday); today's week has lessons.
CLOSED = (
    ("Mid-term break", -7, 3, 4),
    ("Founders' Day", -3, 0, 0),
    ("Teachers' training day", 2, 4, 4),
    ("Local holiday", 5, 3, 4),
)

YEAR_COLUMNS = ("id", "name", "start_date", "end_date", "created_at", "updated_at")
TERM_COLUMNS = (
    "id", "academic_year_id", "name", "start_date", "end_date", "created_at", "updated_at",
)  # fmt: skip
CLOSED_COLUMNS = YEAR_COLUMNS


def build(builder):
    """Add last year and this one, two terms each, and the days without lessons."""
    rng = builder.rng("terms")
    made = builder.at(_before(builder.term_start, weeks=60), time(9))
    first = builder.term_start.year
    years, terms = [], []
    for number, halves in ((first - 1, _last_year(builder)), (first, _this_year(builder))):
        year = new_id(rng)
        name = f"{number}/{(number + 1) % 100:02}"
        years.append((year, name, halves[0][0], halves[-1][1], made, made))
        for position, (start, end) in enumerate(halves, 1):
            term = Semester(new_id(rng), f"Term {position}", start, end)
            builder.terms.append(term)
            terms.append((term.id, year, term.name, start, end, made, made))
    builder.breaks += _breaks(builder)
    builder.load("academic_years", YEAR_COLUMNS, years)
    builder.load("terms", TERM_COLUMNS, terms)
    builder.load(
        "closed_days",
        CLOSED_COLUMNS,
        [(new_id(rng), it.name, it.first_day, it.last_day, made, made) for it in builder.breaks],
    )


def _before(day, **span):
    return day - timedelta(**span)


def _last_year(builder):
    """Return its terms' (first day, last day): the second holds the class that is over."""
    end = _before(builder.term_start, days=8)  # a Sunday
    middle = _before(end, weeks=TERM_WEEKS)
    return [
        (_before(middle, weeks=TERM_WEEKS + 1, days=-1), _before(middle, weeks=1)),
        (middle + timedelta(days=1), end),
    ]


def _this_year(builder):
    second = builder.term_end + timedelta(days=8)  # a Monday
    return [
        (builder.term_start, builder.term_end),
        (second, second + timedelta(weeks=TERM_WEEKS, days=-1)),
    ]


def _breaks(builder):
    """Return the closed days: one span of last year, some of this term, and the break after it."""
    monday = _before(builder.today, days=builder.today.weekday())
    this_term = [
        Break(
            name,
            monday + timedelta(weeks=weeks, days=first),
            monday + timedelta(weeks=weeks, days=last),
        )
        for name, weeks, first, last in CLOSED
    ]
    over = _before(builder.term_start, weeks=6)
    between = builder.term_end + timedelta(days=1)
    return [
        Break("Long weekend", over, over + timedelta(days=1)),
        *this_term,
        Break("Break between terms", between, between + timedelta(days=6)),
    ]
