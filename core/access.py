"""Who may do what with the tables of core: the policy table (core.policies)."""

from core.policies import Access, Rows, add, change, everything, keep, read, remove

access = Access("core")

OF_PLATFORM = Rows("app.is_operator()", any_school=True)  # it tests tenant and role
OWN = Rows("user_id = app.user_id()", "own")
SELF = Rows("(id = app.user_id() or auth_id = auth.uid())", "self")
GUARDED = Rows("id = any (array(select o.id from app.guarded_students o))", "children", "guardian")
# The whole record of a person and the text to search it by are the office's; others read the
# columns made of what their role may know (core/sql/person_fields.sql).
RECORD = ("metadata", "record_text")
# Who somebody is in another system, too.
OFFICES = ("auth_id", *RECORD)
FOR_FAMILY = (*RECORD, "teacher_record")
# Who works in the office is the admins' to decide (app.may_keep); of one's own row a trigger keeps
# all but the profile as it is.
KEPT = "role in ('teacher', 'student', 'guardian')"
ACCOUNTS = Rows(KEPT, "teachers, students and guardians")
ACCOUNTS_AND_SELF = Rows(
    f"({KEPT} or id = app.user_id() and role = 'registrar')",
    "teachers, students, guardians and self",
)
ASKED = Rows("requested_by_id = app.user_id()", "own")
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
    registrar=read(),
    bursar=read(),
    teacher=read(),
    student=read(),
    guardian=read(),
    operator=[read(OF_PLATFORM), add(OF_PLATFORM), change(OF_PLATFORM)],
)
access.table("tenant_domains", admin=read(), operator=everything(OF_PLATFORM))
access.table(
    "users",
    admin=everything(),
    registrar=[read(), add(ACCOUNTS), change(ACCOUNTS_AND_SELF), remove(ACCOUNTS)],
    bursar=[read(without=OFFICES), OWN_PROFILE],
    teacher=[read(SELF, without=OFFICES), OWN_PROFILE],
    student=[read(SELF, without=FOR_FAMILY), OWN_PROFILE],
    guardian=[
        read(SELF, without=("auth_id", *FOR_FAMILY)),
        read(GUARDED, name="children", without=("auth_id", *FOR_FAMILY)),
        OWN_PROFILE,
    ],
)
OF_TEACHERS = Rows("readers <> 'office'", "those teachers read")
OPEN_FIELDS = Rows("readers = 'family'", "those the family reads")
access.table(
    "person_fields",
    admin=everything(),
    registrar=read(),
    bursar=read(OF_TEACHERS),
    teacher=read(OF_TEACHERS),
    student=read(OPEN_FIELDS),
    guardian=read(OPEN_FIELDS),
)
access.table(
    "guardians",
    people_office=everything(),
    bursar=read(),
    guardian=read(Rows("user_id = app.guardian_id()", "own", "guardian")),
)
access.table(
    "student_guardians",
    people_office=everything(),
    bursar=read(),
    guardian=read(
        Rows("guardian_id = any (array(select o.id from app.own_guardian o))", "own", "guardian")
    ),
)


def _groups(column: str) -> Rows:
    """Return the year groups or homerooms of the reader, or of the reader's children.

    Whose rows of people the reader has decides it.
    """
    ids = (
        f"select u.{column} from users u"  # noqa: S608 - the names are ours
        " where u.tenant_id = app.tenant_id() and u.role = 'student'"
    )
    return Rows(f"id = any (array({ids}))", "own")


for name, column in (("year_groups", "year_group_id"), ("homerooms", "homeroom_id")):
    access.table(
        name,
        people_office=everything(),
        bursar=read(),
        teacher=read(),
        student=read(_groups(column)),
        guardian=read(_groups(column)),
    )
access.table(
    "homeroom_teachers",
    people_office=everything(),
    bursar=read(),
    teacher=read(Rows("teacher_id = app.teacher_id()", "own", "teacher")),
)
access.table("audit_logs", admin=read())
access.table(
    "conversations",
    staff=everything(OWN),
    student=everything(OWN),
)
# What the office shares is read by the office, and an admin takes away what nobody needs any more.
SHARED = Rows("(user_id = app.user_id() or is_shared)", "own and shared")
access.table(
    "saved_views",
    admin=[read(SHARED), add(OWN), change(OWN), remove(SHARED)],
    registrar=[read(SHARED), add(OWN), change(OWN), remove(OWN)],
    bursar=[read(SHARED), add(OWN), change(OWN), remove(OWN)],
    teacher=everything(Rows("user_id = app.user_id() and not is_shared", "own, not shared")),
)
access.table("calendar_feeds", staff=keep(OWN), student=keep(OWN), guardian=keep(OWN))
# The queue, as the school itself (role admin), writes how each mail fared; nobody deletes one. Mail
# may be about money or about grades: who works in a part of the office sees the own.
access.table(
    "mails",
    admin=[
        read(),
        add(),
        change(Rows(), "subject", "state", "attempts", "error", "sent_at", "updated_at"),
    ],
    registrar=[read(ASKED), add(ASKED)],
    bursar=[read(ASKED), add(ASKED)],
)
# What was done is not changed afterwards.
access.table(
    "django_admin_log",
    admin=[read(), add(OWN)],
    registrar=[read(OWN), add(OWN)],
    bursar=[read(OWN), add(OWN)],
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
