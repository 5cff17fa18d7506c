"""Who waits for a seat in a full class."""

from datetime import time, timedelta

from school.seeds.builder import new_id

FULL, WAITING = 3, 4  # classes with a queue, and the longest of their queues

COLUMNS = ("id", "class_id", "student_id", "queued_at", "status", "created_at", "updated_at")


def build(builder):
    """Add a queue to each of some full classes; the last one's first student has withdrawn."""
    # Keeps the times at which they joined: the trigger would set the present time.
    builder.cursor.execute("SET LOCAL app.rebuild = 'on'")
    builder.load("waitlist_entries", COLUMNS, _rows(builder))
    builder.cursor.execute("SET LOCAL app.rebuild = 'off'")


def _rows(builder):
    rng = builder.rng("waitlists")
    full = [section for section in builder.sections if _taken(section) == section.capacity]
    for number, section in enumerate(full[:FULL]):
        inside = {place.student for place in section.places}
        outside = [student for student in builder.students if student not in inside]
        for place, student in enumerate(rng.sample(outside, WAITING - number)):
            since = builder.at(
                builder.today - timedelta(days=9 - place), time(9 + number, 5 * place)
            )
            status = "withdrawn" if number == FULL - 1 and place == 0 else "waiting"
            yield new_id(rng), section.id, student.id, since, status, since, since


def _taken(section):
    if section.status != "active":
        return None
    return sum(place.status == "active" for place in section.places)
