"""What each role may do in the admin: the policy table of the database, told to Django.

PostgreSQL decides; this table only keeps the screens from offering what it would refuse. One row a
model: role -> the allowed of view, add, change, delete. A model or role that is missing is refused.
"""

VIEW = frozenset({"view"})
EDIT = VIEW | {"change"}
ALL = EDIT | {"add", "delete"}
KEEP = EDIT | {"add"}  # schools are archived, never deleted

POLICY_TABLE = {
    "core.tenant": {"admin": EDIT, "teacher": VIEW},
    "core.domain": {"admin": VIEW},
    "core.user": {"admin": ALL, "teacher": VIEW},
    "core.guardian": {"admin": ALL, "teacher": VIEW},
    "core.studentguardian": {"admin": ALL, "teacher": VIEW},
    "core.auditlog": {"admin": VIEW},
    "core.conversation": {"admin": ALL, "teacher": ALL},
    "admin.logentry": {"admin": VIEW},
    "academics.academicyear": {"admin": ALL, "teacher": VIEW},
    "academics.term": {"admin": ALL, "teacher": VIEW},
    "academics.closedday": {"admin": ALL, "teacher": VIEW},
    "academics.gradingscale": {"admin": ALL, "teacher": VIEW},
    "academics.waitlistentry": {"admin": ALL, "teacher": VIEW},
    "academics.schoolclass": {"admin": ALL, "teacher": VIEW},
    "academics.schedule": {"admin": ALL, "teacher": VIEW},
    "academics.enrollment": {"admin": ALL, "teacher": EDIT},
    "academics.classsession": {"admin": ALL, "teacher": ALL},
    "academics.attendance": {"admin": ALL, "teacher": ALL},
    "academics.assignment": {"admin": ALL, "teacher": ALL},
    "academics.submission": {"admin": ALL, "teacher": EDIT},
    "academics.grade": {"admin": ALL, "teacher": ALL},
    "finance.invoice": {"admin": ALL},
    "finance.payment": {"admin": ALL},
    "reporting.export": {"admin": VIEW, "teacher": VIEW},
    "reporting.importbatch": {"admin": VIEW, "teacher": VIEW},
    "reporting.reportschedule": {"admin": ALL, "teacher": ALL},
    "reporting.sourcedrecord": {"admin": VIEW},
}

# Models that have no pages of their own: rows inside another page.
INLINE_TABLE = {
    "academics.assignmentweight": {"admin": ALL, "teacher": ALL},
}

# On the platform's host the admins of the platform tenant are the operators.
PLATFORM_TABLE = {
    "core.tenant": {"admin": KEEP},
    "core.domain": {"admin": ALL},
    "core.user": {"admin": ALL},
    "core.auditlog": {"admin": VIEW},
    "admin.logentry": {"admin": VIEW},
}


def rights(role, model, *, platform=False):
    """Return the frozenset of actions that `role` has on `model` ("app.model", lower case)."""
    table = PLATFORM_TABLE if platform else POLICY_TABLE | INLINE_TABLE
    return table.get(model, {}).get(role, frozenset())


def allowed(user, permission):
    """Answer Django's "app.action_model" for a user by the table of the tenant they are in."""
    app_label, _, codename = permission.partition(".")
    action, _, model = codename.partition("_")
    return action in rights(user.role, f"{app_label}.{model}", platform=_on_platform())


def any_allowed(user, app_label):
    """Return whether the user may do anything in the app."""
    table = PLATFORM_TABLE if _on_platform() else POLICY_TABLE
    return any(
        model.startswith(app_label + ".") and roles.get(user.role) for model, roles in table.items()
    )


def _on_platform():
    from core import rls

    tenant = rls.current().tenant
    return tenant is not None and tenant.is_platform
