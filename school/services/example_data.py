"""Example data for trying an empty school: a term, people, two classes with their sessions.

Who is made up is called so, "(example)", and has no e-mail address: nobody is written to. There is
no way back in one step, which the page says before.
"""

from datetime import datetime, time, timedelta

from django.db import transaction

from academics.models import AcademicYear, Schedule, SchoolClass, Term
from academics.services import enrollment, timetable
from core.defaults import today
from core.models import Homeroom, HomeroomTeacher, Tenant, User, YearGroup
from core.models.user import PLACEHOLDER_DOMAIN
from school.selectors import setting_up

TEACHERS = ("Grace Bennett", "Daniel Okafor")
STUDENTS = (
    "Emma Adams", "Liam Brooks", "Olivia Carter", "Noah Davies", "Aaliyah Ellis", "Lucas Foster",
    "Mia Graham", "Oscar Hughes", "Imani Jenkins", "Theo Lloyd",
)  # fmt: skip
# Name, code, weekday and time of each class; the teachers take turns.
CLASSES = (
    ("Mathematics", "MATH-7", (1, 3), time(9)),
    ("English", "ENG-7", (2, 4), time(10, 30)),
)
AMOUNTS = {"teachers": len(TEACHERS), "students": len(STUDENTS), "classes": len(CLASSES)}
LESSON = timedelta(minutes=50)
WEEKS_BEFORE, WEEKS_AFTER = 4, 12  # of the term, around this week


class NotEmptyError(Exception):
    """The school has data of its own already; nothing was made."""


@transaction.atomic
def fill(tenant: Tenant) -> None:
    """Make the example data. Raises NotEmptyError."""
    # Two at once: the second waits here, and then finds what the first has made.
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    if not setting_up.of_school(tenant).is_empty:
        raise NotEmptyError
    term = _term()
    teachers = [_person(name, User.Role.TEACHER) for name in TEACHERS]
    year = YearGroup.objects.create(name="Year 7", position=1)
    homeroom = Homeroom.objects.create(name="7A", year_group=year)
    HomeroomTeacher.objects.create(homeroom=homeroom, teacher=teachers[0])
    students = [_person(name, User.Role.STUDENT, homeroom=homeroom) for name in STUDENTS]
    classes = [
        _class(term, teacher, *details) for teacher, details in zip(teachers, CLASSES, strict=True)
    ]
    for school_class in classes:
        enrollment.enroll(school_class=school_class, students=students, day=term.start_date)
    timetable.generate(first=term.start_date, last=term.end_date)


def _term() -> Term:
    """Make a school year and in it the term that this week is in."""
    monday = today() - timedelta(days=today().weekday())
    first = monday - timedelta(weeks=WEEKS_BEFORE)
    last = monday + timedelta(weeks=WEEKS_AFTER, days=4)
    year = AcademicYear.objects.create(name="Example year", start_date=first, end_date=last)
    return Term.objects.create(
        academic_year=year, name="Example term", start_date=first, end_date=last
    )


def _person(name: str, role: str, **fields: object) -> User:
    first, last = name.split()
    return User.objects.create_user(
        f"{first}.{last}@{PLACEHOLDER_DOMAIN}".lower(),
        name=f"{name} (example)",
        role=role,
        **fields,
    )


def _class(
    term: Term, teacher: User, name: str, code: str, weekdays: tuple[int, ...], begins: time
) -> SchoolClass:
    school_class = SchoolClass.objects.create(
        name=f"{name} (example)",
        code=code,
        subject=name,
        teacher=teacher,
        term=term,
        start_date=term.start_date,
    )
    for weekday in weekdays:
        Schedule.objects.create(
            school_class=school_class,
            weekday=weekday,
            start_time=begins,
            end_time=(datetime.combine(term.start_date, begins) + LESSON).time(),
            room="Room 12",
        )
    return school_class
