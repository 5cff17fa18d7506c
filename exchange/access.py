"""Who may do what with files that leave and what is imported: the policy table (core.policies)."""

from core.policies import Access, Rows, everything, keep

access = Access("exchange")

REQUESTED = Rows("requested_by = app.user_id()", "own")
IMPORTED = Rows("requested_by = app.teacher_id()", "own", "teacher")
OF_REQUESTED = Rows(
    "batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id()"
    " and b.requested_by = app.user_id()))",
    "own",
)
OF_OWN_IMPORTS = Rows(
    "batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id()"
    " and b.requested_by = app.teacher_id()))",
    "own",
    "teacher",
)

access.table(
    "exports",
    admin=everything(),
    registrar=everything(REQUESTED),
    bursar=everything(REQUESTED),
    teacher=everything(REQUESTED),
    student=everything(REQUESTED),
)
# A file may be about money or about grades: who works in a part of the office sees the own ones.
access.table(
    "import_batches",
    admin=everything(),
    registrar=everything(REQUESTED),
    bursar=everything(REQUESTED),
    teacher=everything(IMPORTED),
)
# What an import did is not written over.
access.table(
    "import_rows",
    admin=keep(),
    registrar=keep(OF_REQUESTED),
    bursar=keep(OF_REQUESTED),
    teacher=keep(OF_OWN_IMPORTS),
)
