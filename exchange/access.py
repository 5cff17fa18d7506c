"""Who may do what with files that leave and what is imported: the policy table (core.policies)."""

from core.policies import Access, Rows, everything, keep

access = Access("exchange")

REQUESTED = Rows("requested_by = app.user_id()", "own")
IMPORTED = Rows("requested_by = app.teacher_id()", "own", "teacher")
OF_OWN_IMPORTS = Rows(
    "batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id()"
    " and b.requested_by = app.teacher_id()))",
    "own",
    "teacher",
)

access.table(
    "exports",
    admin=everything(),
    teacher=everything(REQUESTED),
    student=everything(REQUESTED),
)
access.table("import_batches", admin=everything(), teacher=everything(IMPORTED))
# What an import did is not written over.
access.table("import_rows", admin=keep(), teacher=keep(OF_OWN_IMPORTS))
