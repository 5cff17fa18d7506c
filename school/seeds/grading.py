"""Grading scales. (What a type of assignment weighs: work.)"""

from datetime import time, timedelta

from psycopg.types.json import Jsonb

from school.seeds.builder import new_id

PASS_OR_FAIL = [["Pass", 60], ["Fail", 0]]
UNGRADED = "Physical Education"  # the subject that one passes or fails
HIGHEST_POINTS = 4.0  # of the first letter; the others in equal steps down to 0

COLUMNS = ("id", "name", "steps", "is_default", "created_at", "updated_at")


def build(builder):
    """Add the school's own letters with grade points as the default, and passing or failing."""
    letters = builder.profile.settings["grading_scale"]
    step = HIGHEST_POINTS / (len(letters) - 1)
    with_points = [
        [letter, bound, round(HIGHEST_POINTS - place * step, 2)]
        for place, (letter, bound) in enumerate(letters)
    ]
    made = builder.at(builder.term_start - timedelta(weeks=60), time(9))
    usual, pass_or_fail = _ids(builder)
    builder.load(
        "grading_scales",
        COLUMNS,
        [
            (usual, "School grades", Jsonb(with_points), True, made, made),
            (pass_or_fail, "Pass or fail", Jsonb(PASS_OR_FAIL), False, made, made),
        ],
    )


def _ids(builder):
    rng = builder.rng("grading scales")
    return new_id(rng), new_id(rng)


def scale_id(builder, section):
    """Return the id of the scale that a class has chosen; None: the school's default."""
    return _ids(builder)[1] if section.course.subject == UNGRADED else None


def scale_of(builder, section):
    """Return the steps by which a class is graded."""
    chosen = scale_id(builder, section)
    return PASS_OR_FAIL if chosen else builder.profile.settings["grading_scale"]
