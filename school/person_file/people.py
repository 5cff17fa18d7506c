"""Tables of the person's profile, guardians and children."""

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core import records
from core.models import Guardian, HomeroomTeacher, StudentGuardian, User
from oneroster.models import SourcedRecord
from school.person_file.table import Listed, Table, flat, readable

FIELDS = (
    "name", "email", "email_verified", "role", "year_group", "homeroom", "status", "phone",
    "avatar_url", "auth_id",
    "last_login", "created_at", "updated_at", "deleted_at",
)  # fmt: skip
LABELS = {
    "created_at": _("Created"),
    "updated_at": _("Last change"),
    "deleted_at": _("Deleted"),
}


def profile(person):
    for name in FIELDS:
        field = User._meta.get_field(name)
        value = None if name == "email" and person.has_placeholder_email else getattr(person, name)
        yield [str(LABELS.get(name, capfirst(field.verbose_name))), readable(field, value)]
    yield from ([line.label, line.text] for line in records.lines(person, archived=True))
    for label, values in (
        (_("From another system"), records.apart(person.metadata)),
        (_("Preferences"), person.preferences or {}),
    ):
        for key, value in values.items():
            yield [f"{label}: {key.replace('_', ' ')}", flat(value)]


PROFILE = Table("profile", _("Profile"), (_("What"), _("Value")), profile)
ONEROSTER = Listed(
    "oneroster",
    _("Names in other systems (OneRoster)"),
    SourcedRecord,
    key="resource_id",
    order=("created_at",),
    columns=[
        "sourced_id",
        "data",
        ("created_at", _("Recorded")),
    ],
)
GUARDIANS = Listed(
    "guardians",
    _("Guardians"),
    StudentGuardian,
    key="student",
    order=("created_at",),
    columns=[
        ("guardian__name", _("Name")),
        "relation",
        "has_custody",
        "is_emergency_contact",
        "may_pick_up",
        "portal_access",
    ],
)
GUARDIAN = Listed(
    "guardian",
    _("What is kept of a guardian"),
    Guardian,
    key="user",
    order=("created_at",),
    columns=[
        "name",
        "phone",
        "other_phone",
        "email",
        "address",
        "notes",
    ],
)
CHILDREN = Listed(
    "children",
    _("Children"),
    StudentGuardian,
    key="guardian__user",
    order=("created_at",),
    columns=[
        ("student__name", _("Name")),
        "relation",
        "portal_access",
    ],
)
HOMEROOMS = Listed(
    "homerooms-led",
    _("Homerooms they lead"),
    HomeroomTeacher,
    key="teacher",
    order=("created_at",),
    columns=[
        ("homeroom__name", _("Name")),
        ("created_at", _("Since")),
    ],
)
