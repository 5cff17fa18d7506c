"""Files of assignments and of what was handed in, written into the school's own folder."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from academics.services.files import FOLDER
from core import rls
from core.models import Tenant
from school.seeds.builder import new_id

COLUMNS = (
    "id", "assignment_id", "submission_id", "student_id", "name", "filename", "content_type",
    "size", "uploaded_by", "created_at", "updated_at",
)  # fmt: skip
# The teacher's youngest assignments and what was handed in for them, and the student's own work.
ASSIGNMENTS = """
    select w.id, w.title, w.created_at, c.teacher_id
      from assignments w join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
     where w.tenant_id = %s and c.teacher_id = %s
     order by w.due_date desc, w.title, w.id limit 8
"""
SUBMISSIONS = """
    select s.id, s.assignment_id, s.student_id, u.name, w.title, s.submitted_at
      from submissions s
      join assignments w on w.tenant_id = s.tenant_id and w.id = s.assignment_id
      join users u on u.tenant_id = s.tenant_id and u.id = s.student_id
     where s.tenant_id = %s and (s.student_id = %s or s.assignment_id = any (%s))
     order by s.submitted_at desc, s.id limit 40
"""


def build(builder):
    """Add the files, and remove those of an earlier example school."""
    tenant = Tenant(pk=builder.tenant_id, schema_name=builder.profile.subdomain)
    # The context is for the folder; the rows are written as the owner.
    with rls.tenant_context(tenant, role="admin"):
        for name in default_storage.listdir(FOLDER)[1]:
            default_storage.delete(FOLDER + name)
        builder.load("attachment_files", COLUMNS, list(_rows(builder)))


def _rows(builder):
    rng = builder.rng("files")
    cursor = builder.cursor
    cursor.execute(ASSIGNMENTS, [builder.tenant_id, builder.teacher.id])
    given = cursor.fetchall()
    for number, (pk, title, at, teacher) in enumerate(given):
        sheet = f"{title}\n\nDo all tasks. Show your working. Write your name on every page.\n"
        kept = _keep(rng, "worksheet", sheet, as_pdf=number % 2 == 0)
        yield (new_id(rng), pk, None, None, *kept, teacher, at, at)
    ids = [row[0] for row in given]
    cursor.execute(SUBMISSIONS, [builder.tenant_id, builder.student.id, ids])
    for number, (pk, assignment, student, name, title, at) in enumerate(cursor.fetchall()):
        text = f"{title}\n{name}\n\nMy answers are on the following lines.\n"
        kept = _keep(rng, "my work", text, as_pdf=number % 3 == 0)
        yield (new_id(rng), assignment, pk, student, *kept, student, at, at)


def _keep(rng, stem, text, *, as_pdf):
    """Write one file; return (name, filename, content type, size)."""
    if as_pdf:
        data, ending, type_ = pdf(text.splitlines()), "pdf", "application/pdf"
    else:
        data, ending, type_ = text.encode(), "txt", "text/plain"
    name = default_storage.save(f"{FOLDER}{new_id(rng).hex}", ContentFile(data))
    return name, f"{stem}.{ending}", type_, len(data)


def pdf(lines):
    """Return a PDF of one page with lines of text (Latin letters), as bytes."""
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    page = f"BT /F1 12 Tf 16 TL 60 780 Td\n{shown}ET".encode("cp1252", errors="replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(out))
    )


def _escaped(line):
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
