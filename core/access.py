"""Who may do what with the tables of core: the policy table (core.policies)."""

from core.policies import Access, Rows, add, change, everything, keep, read

access = Access("core")

OF_PLATFORM = Rows("app.is_operator()", any_school=True)  # it tests tenant and role
OWN = Rows("user_id = app.user_id()", "own")
SELF = Rows("(id = app.user_id() or auth_id = auth.uid())", "self")
GUARDED = Rows("id = any (array(select o.id from app.guarded_students o))", "children", "guardian")
# Who somebody is in another system, and what the office and OneRoster know of them besides.
OFFICES = ("auth_id", "metadata")
OWN_PROFILE = change(
    SELF,
    "phone",
    "avatar_url",
    "preferences",
    "last_login",
    "email_verified",
    "updated_at",
)

access.table(
    "tenants",
    admin=[read(), change(Rows(), "name", "contact_email", "settings", "updated_at")],
    teacher=read(),
    student=read(),
    guardian=read(),
    operator=[read(OF_PLATFORM), add(OF_PLATFORM), change(OF_PLATFORM)],
)
access.table("tenant_domains", admin=read(), operator=everything(OF_PLATFORM))
access.table(
    "users",
    admin=everything(),
    teacher=[read(SELF, without=OFFICES), OWN_PROFILE],
    student=[read(SELF), OWN_PROFILE],
    guardian=[
        read(SELF, without=OFFICES),
        read(GUARDED, name="children", without=OFFICES),
        OWN_PROFILE,
    ],
)
access.table(
    "guardians",
    admin=everything(),
    guardian=read(Rows("user_id = app.guardian_id()", "own", "guardian")),
)
access.table(
    "student_guardians",
    admin=everything(),
    guardian=read(
        Rows("guardian_id = any (array(select o.id from app.own_guardian o))", "own", "guardian")
    ),
)
access.table("audit_logs", admin=read())
access.table(
    "conversations",
    admin=everything(OWN),
    teacher=everything(OWN),
    student=everything(OWN),
)
access.table(
    "calendar_feeds", admin=keep(OWN), teacher=keep(OWN), student=keep(OWN), guardian=keep(OWN)
)
# The queue, as the school itself (role admin), writes how each mail fared; nobody deletes one.
access.table(
    "mails",
    admin=[
        read(),
        add(),
        change(Rows(), "subject", "state", "attempts", "error", "sent_at", "updated_at"),
    ],
)
# What was done is not changed afterwards.
access.table(
    "django_admin_log",
    admin=[read(), add(OWN)],
    teacher=[read(OWN), add(OWN)],
    student=[read(OWN), add(OWN)],
)
# Nobody's to read or write: functions that want a key, a digest or a number touch them.
access.table("credentials")
access.table("sessions")
access.table("sign_in_attempts")

access.shared(
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)
