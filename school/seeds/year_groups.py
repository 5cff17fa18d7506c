"""Year groups by age, and their homerooms with teachers."""

from datetime import date, time, timedelta

from school.seeds.builder import new_id

AGES = range(11, 18)  # of the students when the term begins, the youngest first
ROOMS = 2  # of a year group, in a school of scale 1: some 27 students each

YEAR_COLUMNS = ("id", "name", "position", "created_at", "updated_at")
ROOM_COLUMNS = ("id", "name", "year_group_id", "created_at", "updated_at")
LEAD_COLUMNS = ("id", "homeroom_id", "teacher_id", "created_at", "updated_at")


def build(builder):
    """Add the groups, before the students who are in them."""
    rng = builder.rng("year groups")
    made = builder.at(builder.term_start - timedelta(days=900), time(9))
    years, rooms = [], []
    for position, age in enumerate(AGES):
        number = builder.profile.first_year + position
        year = new_id(rng)
        years.append((year, builder.profile.year_name % number, position + 1, made, made))
        for place in range(ROOMS * builder.scale):
            room = new_id(rng)
            rooms.append((room, f"{number}{_letter(place)}", year, made, made))
            builder.homerooms.setdefault(age, []).append(room)
    builder.load("year_groups", YEAR_COLUMNS, years)
    builder.load("homerooms", ROOM_COLUMNS, rooms)


def _letter(place):
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] if place < 26 else f"-{place + 1}"


def room_of(builder, number, birth_date):
    """Return the homeroom of the student with this number, by age."""
    days = (builder.term_start - date.fromisoformat(birth_date)).days
    rooms = builder.homerooms[min(max(days // 365, AGES[0]), AGES[-1])]
    return rooms[number % len(rooms)]


def add_teachers(builder):
    """Give each homeroom a teacher; the one who signs in leads the first."""
    rng = builder.rng("homeroom teachers")
    made = builder.at(builder.term_start - timedelta(days=20), time(9))
    rooms = [room for some in builder.homerooms.values() for room in some]
    teachers = builder.teachers
    rows = [
        (new_id(rng), room, teachers[place % len(teachers)].id, made, made)
        for place, room in enumerate(rooms)
    ]
    builder.load("homeroom_teachers", LEAD_COLUMNS, rows)
