"""Reports about people."""

from django.utils.translation import gettext_lazy as _

from core.models import User
from exchange.columns import Moment
from reporting.catalog import filters
from reporting.catalog.report import Column, Report
from reporting.catalog.shared import PEOPLE, STUDENT_NUMBER

REPORTS = [
    Report(
        name="user_roster",
        title=_("User roster"),
        description=_("Everybody of the school, with role, status and last sign-in."),
        subject=PEOPLE,
        view="view_user_roster_keyed",
        columns=(
            STUDENT_NUMBER,
            Column("email", _("E-mail")),
            Column("name", _("Name"), sorted_by="sort_name"),
            Column("role", _("Role"), choices=User.Role),
            Column("status", _("Status"), choices=User.Status),
            Column("created_at", _("Created"), Moment()),
            Column("last_login", _("Last sign-in"), Moment(), nullable=True),
        ),
        filters=(
            filters.Person(
                name="person",
                column="id",
                label=_("Person"),
                help_text=_("Part of the name, e-mail, student number or phone."),
            ),
            filters.Choice(name="role", column="role", label=_("Role"), choices=User.Role),
            filters.Choice(name="status", column="status", label=_("Status"), choices=User.Status),
            filters.DateRange(column="created_at", label=_("Created"), moments=True),
        ),
        order="name",
        sorts={"name": (), "email": (), "created_at": (), "last_login": ("name",)},
    ),
]
