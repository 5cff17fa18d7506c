"""Who may do what with what people keep of the reports: the policy table (core.policies)."""

from core.policies import Access, Rows, everything

access = Access("reporting")

# Like conversations: nobody else's business, not even the office's.
OWN = Rows("user_id = app.user_id()", "own")
OWNED = Rows("owner_id = app.user_id()", "own")
SCHEDULED = Rows("owner_id = app.teacher_id()", "own", "teacher")
# As visible as the schedule they belong to.
OF_OWNED = Rows(
    "schedule_id = any (array(select s.id from report_schedules s"
    " where s.tenant_id = app.tenant_id() and s.owner_id = app.user_id()))",
    "own",
)
OF_OWN_SCHEDULES = Rows(
    "schedule_id = any (array(select s.id from report_schedules s"
    " where s.tenant_id = app.tenant_id() and s.owner_id = app.teacher_id()))",
    "own",
    "teacher",
)

access.table("saved_filters", staff=everything(OWN))
access.table(
    "report_schedules",
    admin=everything(),
    registrar=everything(OWNED),
    bursar=everything(OWNED),
    teacher=everything(SCHEDULED),
)
access.table(
    "report_recipients",
    admin=everything(),
    registrar=everything(OF_OWNED),
    bursar=everything(OF_OWNED),
    teacher=everything(OF_OWN_SCHEDULES),
)
