"""What each role may do in the admin: the policy table of the database, for Django.

PostgreSQL decides; this table only keeps the screens from offering what it would refuse. One row a
model: role -> the allowed of view, add, change, delete; a group of the office (core.offices) stands
for each of its roles. The other apps' rows are in their modules `rights`. A model or role that is
missing is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core import offices, rls

if TYPE_CHECKING:
    from core.models import User

Rights = Mapping[str, frozenset[str]]  # role or group -> actions

VIEW = frozenset({"view"})
EDIT = VIEW | {"change"}
DROP = VIEW | {"delete"}
ALL = EDIT | {"add", "delete"}
KEEP = EDIT | {"add"}  # schools are archived, never deleted


def _by_role(table: Mapping[str, Rights]) -> dict[str, Rights]:
    """Return the table with the roles of each group in its place."""
    return {
        model: {role: frozenset(some) for role, some in offices.by_role(groups).items()}
        for model, groups in table.items()
    }


POLICY_TABLE: dict[str, Rights] = _by_role(
    {
        "core.tenant": {"admin": EDIT},
        "core.domain": {"admin": VIEW},
        "core.user": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "core.personfield": {"admin": ALL},
        "core.guardian": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "core.studentguardian": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "core.yeargroup": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "core.homeroom": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "core.auditlog": {"admin": VIEW},
        "core.mail": {"office": VIEW},
        "core.conversation": {"staff": ALL},
        "admin.logentry": {"admin": VIEW},
    }
)

# Models that have no pages of their own: rows inside another page.
INLINE_TABLE: dict[str, Rights] = _by_role(
    {"core.homeroomteacher": {"people_office": ALL, "bursar": VIEW}}
)

# On the platform's host the admins of the platform tenant are the operators.
PLATFORM_TABLE: dict[str, Rights] = {
    "core.tenant": {"admin": KEEP},
    "core.domain": {"admin": ALL},
    "core.user": {"admin": ALL},
    "core.mail": {"admin": VIEW},
    "core.auditlog": {"admin": VIEW},
    "admin.logentry": {"admin": VIEW},
}


def register(table: Mapping[str, Rights], inline: Mapping[str, Rights] | None = None) -> None:
    """Add an app's models {"app.model": {role: actions}}; each app does so in its module `rights`.

    `inline` are those without pages of their own.
    """
    POLICY_TABLE.update(_by_role(table))
    INLINE_TABLE.update(_by_role(inline or {}))


def rights(role: str, model: str, *, platform: bool = False) -> frozenset[str]:
    """Return the frozenset of actions that `role` has on `model` ("app.model", lower case)."""
    table = PLATFORM_TABLE if platform else POLICY_TABLE | INLINE_TABLE
    return table.get(model, {}).get(role, frozenset())


def allowed(user: User, permission: str) -> bool:
    """Answer Django's "app.action_model" for a user by the table of the tenant they are in."""
    app_label, _, codename = permission.partition(".")
    action, _, model = codename.partition("_")
    return action in rights(user.role, f"{app_label}.{model}", platform=_on_platform())


def any_allowed(user: User, app_label: str) -> bool:
    """Return whether the user may do anything in the app."""
    table = PLATFORM_TABLE if _on_platform() else POLICY_TABLE
    return any(
        model.startswith(app_label + ".") and roles.get(user.role) for model, roles in table.items()
    )


def _on_platform() -> bool:
    tenant = rls.current().tenant
    return tenant is not None and tenant.is_platform
