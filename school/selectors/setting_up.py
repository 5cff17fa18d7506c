"""What a new school has set up already, and what comes next.

Whether a step is done follows from the school's data, in one query. The school keeps only which
steps it leaves out, and whether it is done with being asked: tenants.settings["setup"].
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from academics.models import (
    ClassSession,
    ClosedDay,
    Enrollment,
    GradingScale,
    SchoolClass,
    Term,
)
from core.models import Mail, Tenant, User, YearGroup
from core.services.invitations import INVITATION
from finance.models import Fee

SETTING = "setup"


@dataclass(frozen=True)
class Step:
    """A step: its name in addresses, what to do, and why; `links` lead to where it is done."""

    slug: str
    title: Any
    about: Any
    links: tuple[tuple[Any, str], ...] = ()
    is_optional: bool = False

    def addresses(self) -> list[tuple[Any, str]]:
        """Return [(text, address)] of the pages on which it is done."""
        return [(text, reverse(f"admin:{name}")) for text, name in self.links]


STEPS = [
    Step(
        "school",
        _("The school"),
        _("Name, address and telephone: they stand on everything that is printed."),
        ((_("Logo, principal and signature"), "school_settings"),),
    ),
    Step(
        "calendar",
        _("Time zone and weekdays"),
        _("They decide what “today” is, and which days a timetable shows."),
    ),
    Step(
        "term",
        _("The school year and its first term"),
        _("Classes belong to a term. You can add the other terms later."),
        (
            (_("Terms"), "academics_term_changelist"),
            (_("Academic years"), "academics_academicyear_changelist"),
        ),
    ),
    Step(
        "closed_days",
        _("Holidays"),
        _("On holidays and other closed days there are no lessons."),
        (
            (_("Add a closed day"), "academics_closedday_add"),
            (_("Closed days"), "academics_closedday_changelist"),
        ),
        is_optional=True,
    ),
    Step(
        "years",
        _("Year groups and homerooms"),
        _("The years of your school, and the groups within them."),
        (
            (_("Year groups"), "core_yeargroup_changelist"),
            (_("Homerooms"), "core_homeroom_changelist"),
        ),
        is_optional=True,
    ),
    Step(
        "teachers",
        _("Teachers"),
        _(
            "Import them from a spreadsheet, with “teacher” in the column of the role, or add them"
            " one by one."
        ),
        ((_("Import people"), "core_user_import"), (_("Add a person"), "core_user_add")),
    ),
    Step(
        "students",
        _("Students"),
        _("Import them from a spreadsheet, too: the import shows all rows before it keeps any."),
        (
            (_("Import people"), "core_user_import"),
            (_("Add a person"), "core_user_add"),
            (_("Import guardians"), "core_guardian_import"),
        ),
    ),
    Step(
        "classes",
        _("Classes"),
        _("Each has a teacher, a term and a number of seats."),
        (
            (_("Import classes"), "academics_schoolclass_import"),
            (_("Add a class"), "academics_schoolclass_add"),
        ),
    ),
    Step(
        "enrollments",
        _("Students into their classes"),
        _("A class's enrollment desk takes many at once, also a whole homeroom or year group."),
        (
            (_("Enrollment desk"), "enrollment_desks"),
            (_("Import enrollments"), "academics_enrollment_import"),
        ),
    ),
    Step(
        "sessions",
        _("The timetable"),
        _("Enter the weekly slots of the classes, and put their sessions into the calendar."),
        (
            (_("Weekly slots"), "academics_schedule_changelist"),
            (_("Timetable"), "timetable"),
        ),
    ),
    Step(
        "grading",
        _("Grades and codes of attendance"),
        _("Without a scale of your own grades are A to F, without codes there are four statuses."),
        (
            (_("Grading scale"), "grading_settings"),
            (_("Attendance and absences"), "attendance_settings"),
        ),
        is_optional=True,
    ),
    Step(
        "fees",
        _("Money"),
        _("Choose the currency, enter your bank details, and the fees that you charge."),
        (
            (_("Currency and bank details"), "money_settings"),
            (_("Add a fee"), "finance_fee_add"),
        ),
        is_optional=True,
    ),
    Step(
        "invite",
        _("Invite the others"),
        _(
            "In the list of people tick those who are to sign in, and choose “Send an invitation”:"
            " they get a link by mail to set a password."
        ),
        ((_("People"), "core_user_changelist"),),
    ),
]
PEOPLE_AND_CLASSES = ("teachers", "students", "classes")
SLUGS = [step.slug for step in STEPS]
# Keys of the school's settings, one of which makes a step done.
BY_SETTINGS = {
    "school": ("address", "phone", "logo"),
    "calendar": ("timezone",),
    "grading": ("grading_scale", "attendance_codes"),
    "fees": ("currency",),
}


@dataclass(frozen=True)
class Stand:
    """A step of a school, and how it stands."""

    step: Step
    is_done: bool
    is_skipped: bool
    number: int

    @property
    def is_open(self) -> bool:
        return not self.is_done and not self.is_skipped

    @property
    def url(self) -> str:
        return reverse("admin:setup_step", args=[self.step.slug])


@dataclass(frozen=True)
class SetUp:
    """All steps of a school."""

    stands: list[Stand]
    is_closed: bool

    @property
    def done(self) -> int:
        return sum(stand.is_done for stand in self.stands)

    @property
    def upcoming(self) -> Stand | None:
        """The first step that is neither done nor left out."""
        return next((stand for stand in self.stands if stand.is_open), None)

    @property
    def is_over(self) -> bool:
        """Whether the school need not be asked any more: nothing is left that it needs."""
        return self.is_closed or not any(
            stand.is_open and not stand.step.is_optional for stand in self.stands
        )

    @property
    def is_empty(self) -> bool:
        """Whether the school has neither terms nor people nor classes."""
        return not any(self.of(slug).is_done for slug in ("term", "years", *PEOPLE_AND_CLASSES))

    def of(self, slug: str) -> Stand:
        return self.stands[SLUGS.index(slug)]

    def following(self, slug: str) -> Stand | None:
        """Return the next open step after one, or the first of those left open before it."""
        place = SLUGS.index(slug) + 1
        later = [stand for stand in self.stands[place:] if stand.is_open]
        return later[0] if later else self.upcoming


def of_school(tenant: Tenant) -> SetUp:
    """Return how the set-up of the current school stands."""
    kept = tenant.settings or {}
    own = kept.get(SETTING)
    own = own if isinstance(own, dict) else {}
    done = _done(kept)
    stands = [
        Stand(step, done[step.slug], step.slug in own.get("skipped", ()), number)
        for number, step in enumerate(STEPS, 1)
    ]
    return SetUp(stands, own.get("closed") is True)


def _done(kept: dict[str, Any]) -> dict[str, bool]:
    """Return {slug: whether it is done}."""
    staff_and_families = User.objects.exclude(role=User.Role.ADMIN)
    rows = {
        "term": Term.objects.all(),
        "closed_days": ClosedDay.objects.all(),
        "years": YearGroup.objects.all(),
        "teachers": User.objects.teachers(),
        "students": User.objects.students(),
        "classes": SchoolClass.objects.all(),
        "enrollments": Enrollment.objects.all(),
        "sessions": ClassSession.objects.all(),
        "grading": GradingScale.objects.all(),
        "fees": Fee.objects.all(),
        "signed_in": staff_and_families.filter(last_login__isnull=False),
        "invite": Mail.objects.filter(kind=INVITATION).exclude(recipient__role=User.Role.ADMIN),
    }
    # Any one row carries the answers; the person who asks is always there.
    answers = {f"has_{name}": Exists(some) for name, some in rows.items()}
    row = User.objects.annotate(**answers).values_list(*answers)[0]
    done = dict(zip(rows, row, strict=True))
    done["invite"] = done.pop("signed_in") or done["invite"]
    for slug, keys in BY_SETTINGS.items():
        done[slug] = done.get(slug, False) or any(kept.get(key) for key in keys)
    return done
