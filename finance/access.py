"""Who may do what with money: the policy table (core.policies)."""

from core.policies import Access, Rows, everything, read

access = Access("finance")

OWN = Rows("student_id = app.student_id()", "own", "student")
CHILDRENS = Rows(
    "student_id = any (array(select o.id from app.guarded_students o))",
    "their children's",
    "guardian",
)

for name in ("invoices", "payments"):
    access.table(name, admin=everything(), student=read(OWN), guardian=read(CHILDRENS))
