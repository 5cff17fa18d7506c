"""Who may do what with classes, marks and grades: the policy table (core.policies).

Whose classes are "own" stands in academics/sql/own_classes.sql. The sets are arrays, which an index
serves: with a subquery in its place PostgreSQL reads the whole school (docs/benchmarks.md).
"""

from core.access import OFFICES
from core.policies import Access, Rows, add, change, everything, keep, read, remove

access = Access("academics")


def among(column, view, words, role):
    """Return the rows whose `column` is in a view of "own" ids."""
    ids = f"select o.id from app.{view} o"  # noqa: S608 - both names are ours
    return Rows(f"{column} = any (array({ids}))", words, role)


OF_TAUGHT = among("class_id", "taught_classes", "of own classes", "teacher")
OF_ATTENDED = among("class_id", "attended_classes", "of classes enrolled in", "student")
OF_GUARDED = among("class_id", "guarded_classes", "of their children's classes", "guardian")
OF_TAUGHT_WORK = among("assignment_id", "taught_assignments", "of own classes", "teacher")
OWN = Rows("student_id = app.student_id()", "own", "student")
CHILDRENS = among("student_id", "guarded_students", "their children's", "guardian")

# What came of a place in a class: no business of those who only ask who is in it.
RESULTS = ("current_grade", "attendance_rate", "report_comment")

# --- classes and who is in them ------------------------------------------------------------------

access.table(
    "classes",
    people_office=everything(),
    bursar=read(),
    teacher=read(Rows("teacher_id = app.teacher_id()", "own", "teacher")),
    student=read(among("id", "attended_classes", "those enrolled in", "student")),
    guardian=read(among("id", "guarded_classes", "their children's", "guardian")),
)
access.table(
    "schedules",
    people_office=everything(),
    teacher=read(OF_TAUGHT),
    student=read(OF_ATTENDED),
    guardian=read(OF_GUARDED),
)
access.table(
    "enrollments",
    people_office=everything(),
    bursar=read(without=RESULTS),
    teacher=[
        read(OF_TAUGHT),
        change(
            OF_TAUGHT,
            "current_grade",
            "completion_date",
            "status",
            "attendance_rate",
            "report_comment",
            "updated_at",
        ),
    ],
    student=read(OWN),
    guardian=read(CHILDRENS),
)
access.table(
    "waitlist_entries",
    people_office=everything(),
    teacher=read(OF_TAUGHT),
    student=read(OWN),
    guardian=read(CHILDRENS),
)
# Teachers see the students of their own classes, and whom to call about them (core has the rest).
access.extend(
    "users",
    teacher=read(
        among("id", "taught_students", "students of own classes and homerooms", "teacher"),
        name="taught",
        without=OFFICES,
    ),
)
access.extend(
    "guardians",
    teacher=read(among("id", "taught_guardians", "those of own students", "teacher")),
)
access.extend(
    "student_guardians",
    teacher=read(among("student_id", "taught_students", "those of own students", "teacher")),
)

# --- the calendar and grading, which everybody of the school knows -------------------------------

for name in ("academic_years", "terms", "closed_days", "grading_scales"):
    access.table(
        name,
        people_office=everything(),
        bursar=read(),
        teacher=read(),
        student=read(),
        guardian=read(),
    )
# A teacher decides what counts how much in own classes; the others see it.
access.table(
    "assignment_weights",
    people_office=everything(),
    teacher=everything(OF_TAUGHT),
    student=read(OF_ATTENDED),
    guardian=read(OF_GUARDED),
)

# --- lessons -------------------------------------------------------------------------------------

access.table(
    "class_sessions",
    people_office=everything(),
    teacher=everything(OF_TAUGHT),
    student=read(OF_ATTENDED),
    guardian=read(OF_GUARDED),
)
access.table(
    "attendance",
    people_office=everything(),
    teacher=everything(among("class_session_id", "taught_sessions", "of own classes", "teacher")),
    student=read(OWN),
    guardian=read(CHILDRENS),
)

# The day's register is the homeroom teacher's; whoever teaches a student reads what it says.
LED = among("student_id", "led_students", "of own homerooms", "teacher")
access.table(
    "daily_attendance",
    people_office=everything(),
    teacher=[
        read(among("student_id", "taught_students", "those of own students", "teacher")),
        add(LED),
        change(LED),
        remove(LED),
    ],
    student=read(OWN),
    guardian=read(CHILDRENS),
)

# What a guardian writes about an absence, and the file with it, is for the office; a teacher needs
# the days and the reason.
PRIVATE_TO_OFFICE = ("note", "stored_name", "filename", "content_type", "size")
UNDECIDED = Rows(
    (
        CHILDRENS.sql,
        "status = 'reported'",
        "source = 'guardian'",
        "reported_by = app.user_id()",
    ),
    "own reports about their children while undecided",
    "guardian",
)
access.table(
    "absences",
    people_office=everything(),
    teacher=read(
        among("student_id", "taught_students", "those of own students", "teacher"),
        without=PRIVATE_TO_OFFICE,
    ),
    student=read(OWN),
    guardian=[read(CHILDRENS), add(UNDECIDED), remove(UNDECIDED)],
)
access.table("absence_calls", people_office=keep())

# Two records of a student made one: written by app.merge_students() and app.undo_merge(). Deleted
# with what is personal of the student (school.services.erasing).
access.table(
    "student_merges",
    people_office=[read(), change(Rows(), "changes", "updated_at"), remove()],
)

# --- who would like to come ----------------------------------------------------------------------

# The form on the web adds one by app.apply_for_admission(), which gives nothing back.
access.table("applications", people_office=everything())
access.table("application_documents", people_office=keep())

# --- work and grades -----------------------------------------------------------------------------

IN_OPEN_WORK = (
    "assignment_id = any (array("
    "select o.id from app.attended_assignments o where o.status = 'active'))"
)
BY_ONESELF = "coalesce(uploaded_by, app.user_id()) = app.user_id()"

access.table(
    "assignments",
    people_office=everything(),
    teacher=everything(OF_TAUGHT),
    student=read(among("id", "attended_assignments", "given ones of active classes", "student")),
    guardian=read(
        among("id", "guarded_assignments", "given ones of their children's classes", "guardian")
    ),
)
# A student's work may change until what was handed in is graded, or the assignment is closed.
access.table(
    "submissions",
    people_office=everything(),
    teacher=[read(OF_TAUGHT_WORK), change(OF_TAUGHT_WORK, "status", "updated_at")],
    student=[
        read(OWN),
        add(
            Rows(
                ("student_id = app.student_id()", "status = 'submitted'", IN_OPEN_WORK),
                "own to open assignments",
                "student",
            )
        ),
        change(
            Rows(
                (
                    "student_id = app.student_id()",
                    "(status = 'submitted' or id in (select o.id from app.graded_early o))",
                    IN_OPEN_WORK,
                ),
                "own until graded or closed",
                "student",
            ),
            "content",
            "attachments",
            "submitted_at",
            "updated_at",
        ),
    ],
    guardian=read(CHILDRENS),
)
access.table(
    "grades",
    people_office=everything(),
    teacher=everything(OF_TAUGHT_WORK),
    student=read(OWN),
    guardian=read(CHILDRENS),
)

# A teacher's files come with the assignment; a student's belong to what they handed in, and stay
# what the student handed in: the teacher reads them. A file is not changed; another file is another
# row.
GIVEN = ("submission_id is null", OF_TAUGHT_WORK.sql)
HANDED_IN = (
    "student_id = app.student_id()",
    IN_OPEN_WORK,
    "submission_id in (select s.id from submissions s where s.tenant_id = app.tenant_id()"
    " and (s.status = 'submitted' or s.id in (select g.id from app.graded_early g)))",
)

access.table(
    "attachment_files",
    people_office=keep(),
    teacher=[
        read(OF_TAUGHT_WORK),
        add(Rows((*GIVEN, BY_ONESELF), "the assignments'", "teacher")),
        remove(Rows(GIVEN, "the assignments'", "teacher")),
    ],
    student=[
        read(
            Rows(
                "(student_id = app.student_id() or submission_id is null and"
                " assignment_id = any (array(select o.id from app.attended_assignments o)))",
                "the assignments' and own",
                "student",
            )
        ),
        add(Rows((*HANDED_IN, BY_ONESELF), "own while the work may change", "student")),
        remove(Rows(HANDED_IN, "own while the work may change", "student")),
    ],
    guardian=read(
        Rows(
            "(student_id = any (array(select o.id from app.guarded_students o))"
            " or submission_id is null and"
            " assignment_id = any (array(select o.id from app.guarded_assignments o)))",
            "what their children read",
            "guardian",
        )
    ),
)
