"""A school becomes a file, the file a school, and that school the same file again."""

import csv
import hashlib
import io
import json
import re
import uuid
import zipfile
from collections import Counter
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import override_settings

from academics.models import Enrollment, Grade, SchoolClass, Submission
from core.models import Domain, Tenant, User
from core.rls import tenant_context
from core.services import schools
from exchange.exports.errors import Cancelled, ExportRefused
from exchange.school_file import archive, export, tables
from finance.models import Invoice, Payment
from oneroster.incoming.service import import_bundle
from tests.core.test_policies import charge_of
from tests.exchange.school_file.conftest import fresh_storage
from tests.factories import exchange, finance, reporting
from tests.factories.cast import make_school
from tests.oneroster import bundles

PASSWORD = "a-long-enough-password"
UPLOADS = {"work/Größe – 作業.txt": b"homework", "logo.png": bytes(range(256)) * 2000}
NASTY = 'a\nb\r\n"c",\\.\\N =1+1 \u202eעברית 👩🏽‍🏫 {}'


# --- schools --------------------------------------------------------------------------------------


def a_school(subdomain):
    """Make a school with one row of every kind, and with what is hard to carry over."""
    platform = schools.ensure_platform()
    with tenant_context(platform, role="admin"):
        tenant = Tenant.objects.create(
            name=f"School {subdomain}", subdomain=subdomain, contact_email="o@example.com"
        )
        Domain.objects.create(domain=f"{subdomain}.localhost", tenant=tenant, is_primary=True)
    with tenant_context(tenant, role="admin"):
        made = make_school(tenant)
    with tenant_context(tenant, made.admin):
        _odd_people(made)
        _put_right_by_hand(made)
        _exchanged(made)
        for name, content in UPLOADS.items():
            default_storage.save(name, ContentFile(content))
    return made


def _odd_people(made):
    nasty = User.objects.create_user("odd@example.com", None, name=NASTY, role="student")
    nasty.metadata = {"id": str(made.admin.pk), "student_id": str(made.student.pk), "n": 1.50}
    nasty.phone, nasty.auth_id = "", made.admin.pk  # an account elsewhere; by chance one of ours
    nasty.save()
    User.objects.create_user("gone@example.com", None, name="Gone", role="teacher").delete()
    SchoolClass.objects.create(name="Gone", start_date="2026-01-05").delete()


def _put_right_by_hand(made):
    """What a trigger worked out, and somebody then wrote otherwise."""
    Enrollment.objects.filter(pk=made.enrollment.pk).update(current_grade="A*")
    Submission.objects.filter(pk=made.submission.pk).update(status="submitted")
    assert Grade.objects.filter(submission=made.submission).exists()
    late = finance.invoice(
        student=made.student,
        invoice_number="LATE-1",
        amount="90.00",
        issue_date="2025-01-01",
        due_date="2025-02-01",
    )
    finance.payment(invoice=late, student=made.student, amount="10.00")
    Invoice.objects.filter(pk=late.pk).update(status="pending")
    items = [{"description": "Lunch", "quantity": 1, "unit_price": 10}]
    other = finance.invoice(student=made.other_student, line_items=items)
    finance.credit_note(invoice=other)
    finance.payment_reversal(payment=made.other_payment)
    finance.closed_month()
    finance.payment_reminder(invoice=finance.invoice(student=made.student))
    finance.reminder_opt_out(guardian=made.guardian_record)
    charge_of(made)
    finance.online_event(checkout=finance.online_checkout(invoice=other))


def _exchanged(made):
    batch = exchange.import_batch(requested_by=made.admin)
    exchange.import_row(
        batch=batch,
        table_name="classes",
        resource_id=made.school_class.pk,
        outcome="changed",
        before={"teacher_id": str(made.teacher.pk), "name": "x"},
        after={"teacher_id": str(made.outsider.pk), "name": str(made.admin.pk)},
    )
    reporting.saved_filter(user=made.admin, name="All")
    schedule = reporting.report_schedule(owner=made.admin, name="Weekly")
    reporting.report_recipient(schedule=schedule, user=made.teacher)


def taken_out(subdomain, path):
    """Write the file of a school as its admin; return the rows it counted."""
    tenant = Tenant.objects.using("owner").get(subdomain=subdomain)
    with tenant_context(tenant, role="admin"):
        admin = User.objects.filter(role="admin").order_by("email").first()
    with tenant_context(tenant, admin):
        return export.write(path, admin)


def remade(path, subdomain, **options):
    out = io.StringIO()
    call_command("import_school", path, subdomain=subdomain, stdout=out, verbosity=0, **options)
    return out.getvalue()


def manifest_of(path):
    with zipfile.ZipFile(path) as zipped:
        return json.loads(zipped.read("manifest.json"))


def contents(path):
    """What a file says of its tables and uploads: columns, rows, bytes, checksums."""
    manifest = manifest_of(path)
    return manifest["tables"], manifest["files"]


def rows_of(path, table):
    with zipfile.ZipFile(path) as zipped:
        text = zipped.read(f"tables/{table}.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def odd(here, tmp_path_factory):
    """The odd school of `here`, and its file."""
    media = tmp_path_factory.mktemp("media")
    with override_settings(MEDIA_ROOT=media), fresh_storage():
        made = here.run(lambda: a_school("odd"))
        path = media / "odd.zip"
        rows = here.run(lambda: taken_out("odd", path))
    return SimpleNamespace(path=path, rows=rows, made=made)


# --- out and in again -----------------------------------------------------------------------------


def test_everything_comes_back_the_same_on_the_same_server(here, odd, tmp_path):
    said = here.run(lambda: remade(odd.path, "odd-again"))
    again = tmp_path / "again.zip"
    here.run(lambda: taken_out("odd-again", again))
    assert contents(again) == contents(odd.path)
    tables_, files = contents(odd.path)
    assert {entry["table"] for entry in tables_ if not entry["rows"]} == set()
    assert sum(entry["rows"] for entry in tables_) == odd.rows
    assert f"{odd.rows:,} rows and 2 files, the same" in said
    assert {entry["name"] for entry in files} == set(UPLOADS)
    assert "http://odd-again.localhost" in said


def test_no_row_of_the_first_school_is_touched_or_shared(here, odd, tmp_path):
    again = tmp_path / "again.zip"
    here.run(lambda: remade(odd.path, "odd-beside"))
    with zipfile.ZipFile(odd.path) as archive:
        member = archive.read("tables/users.csv")

    def look():
        ids = [set(), set()]
        for place, subdomain in enumerate(("odd", "odd-beside")):
            tenant = Tenant.objects.using("owner").get(subdomain=subdomain)
            with tenant_context(tenant, role="admin"):
                ids[place] = set(User.all_objects.values_list("pk", flat=True))
        taken_out("odd", again)
        return ids

    first, second = here.run(look)
    assert len(first) == len(second) == 11
    assert first & second == set()
    with zipfile.ZipFile(again) as zipped:
        assert zipped.read("tables/users.csv") == member


@pytest.mark.scale
def test_the_seeded_school_goes_to_another_server_and_back(demo, there, tmp_path, settings):
    home = settings.MEDIA_ROOT
    first, second, third = (tmp_path / f"{n}.zip" for n in range(3))
    demo.run(lambda: taken_out("demo", first))
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    with fresh_storage():
        there.run(lambda: remade(first, "demo"))
        there.run(lambda: taken_out("demo", second))
    settings.MEDIA_ROOT = home
    demo.run(lambda: remade(second, "demo-home"))
    demo.run(lambda: taken_out("demo-home", third))
    assert contents(first) == contents(second) == contents(third)
    assert sum(entry["rows"] for entry in contents(first)[0]) > 20_000
    assert contents(first)[1]  # files of assignments and of what was handed in


def test_a_school_from_a_oneroster_bundle_comes_back_the_same(here, there, tmp_path):
    def make():
        with tenant_context(schools.ensure_platform(), role="admin"):
            tenant = schools.create(
                name="Grand Bend",
                subdomain="rostered",
                contact_email="a@example.com",
                admin_name="Admin",
                admin_email="a@example.com",
                password=PASSWORD,
            )
        bundle = tmp_path / "bundle.zip"
        bundle.write_bytes(bundles.bundle_of(bundles.small()).getvalue())
        import_bundle(bundle, tenant=tenant)

    here.run(make)
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    here.run(lambda: taken_out("rostered", first))
    there.run(lambda: remade(first, "rostered-there"))
    there.run(lambda: taken_out("rostered-there", second))
    assert contents(first) == contents(second)
    assert len(rows_of(first, "sourced_records")) > 15


def test_what_was_put_right_by_hand_stays_so(here, odd):
    here.run(lambda: remade(odd.path, "odd-hand"))

    def look():
        tenant = Tenant.objects.using("owner").get(subdomain="odd-hand")
        with tenant_context(tenant, role="admin"):
            invoice = Invoice.objects.get(invoice_number="LATE-1")
            return (
                Counter(Enrollment.objects.values_list("current_grade", flat=True))["A*"],
                Submission.objects.filter(status="submitted", grades__isnull=False).count(),
                (invoice.status, invoice.payments.get().amount),
                User.all_objects.deleted().get().email,
                User.objects.get(email="odd@example.com").name,
            )

    assert here.run(look) == (1, 1, ("pending", 10), "gone@example.com", NASTY)


def test_the_triggers_go_on_in_the_rebuilt_school(here, odd):
    """They stand aside for the rebuilding only: a payment later counts as ever, and is audited."""
    here.run(lambda: remade(odd.path, "odd-later"))

    def pay():
        tenant = Tenant.objects.using("owner").get(subdomain="odd-later")
        with tenant_context(tenant, role="admin"):
            invoice = Invoice.objects.get(invoice_number="LATE-1")
            before = _trail()
            Payment.objects.create(
                invoice=invoice, student=invoice.student, amount="80.00", payment_method="cash"
            )
            invoice.refresh_from_db()
            return invoice.status, _trail() - before

    assert here.run(pay) == ("paid", 3)  # the payment, its allocation, and the invoice


def _trail():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_logs")
        return cursor.fetchone()[0]


def test_a_client_of_the_application_cannot_set_the_triggers_aside(cast):
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.rebuild = 'on'")
        cursor.execute("SELECT app.rebuilding()")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_sets_the_triggers_aside_for_a_transaction():
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT app.rebuilding()")
        assert cursor.fetchone() == (False,)
        cursor.execute("SET LOCAL app.rebuild = 'on'; SELECT app.rebuilding()")
        cursor.nextset()
        assert cursor.fetchone() == (True,)


def test_the_new_school_has_its_own_names_and_files(here, odd):
    said = here.run(
        lambda: remade(odd.path, "odd-named", name="New name", domain="school.example.org")
    )

    def look():
        tenant = Tenant.objects.using("owner").get(subdomain="odd-named")
        domains = Domain.objects.using("owner").filter(tenant=tenant).order_by("domain")
        with tenant_context(tenant, role="admin"):
            files = {}
            for name in export.stored_files():
                with default_storage.open(name) as file:
                    files[name] = file.read()
            usable = [u.has_usable_password() for u in User.all_objects.all()]
        return tenant, [(d.domain, d.is_primary) for d in domains], files, usable

    tenant, domains, files, usable = here.run(look)
    assert (tenant.name, tenant.schema_name, tenant.status) == ("New name", "odd-named", "active")
    assert domains == [("odd-named.localhost", False), ("school.example.org", True)]
    assert files == UPLOADS
    assert set(usable) == {False}
    assert "New name is rebuilt" in said
    assert "http://school.example.org" in said


# --- what is in the file --------------------------------------------------------------------------


def test_no_password_and_no_id_of_the_server_is_in_the_file(here, odd):
    def secrets():
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(c.password, '!'), u.id::text, t.id::text FROM users u"
                " JOIN tenants t ON t.id = u.tenant_id LEFT JOIN credentials c ON c.id = u.id"
                " WHERE t.subdomain = 'odd'"
            )
            return cursor.fetchall()

    rows = here.run(secrets)
    with zipfile.ZipFile(odd.path) as zipped:
        text = b"".join(zipped.read(name) for name in zipped.namelist())
    passwords = {password for password, _id, _school in rows if not password.startswith("!")}
    assert len(passwords) == 9
    assert [p for p in passwords if p.encode() in text or p.split("$")[-1].encode() in text] == []
    assert re.findall(rb"md5\$|argon2|pbkdf2|bcrypt|sha1\$", text) == []
    # The one id that people wrote into texts themselves is theirs to keep.
    own = {str(odd.made.admin.pk), str(odd.made.student.pk)}
    ids = {id_ for row in rows for id_ in row[1:]} - own
    assert [id_ for id_ in ids if id_.encode() in text] == []


def test_texts_and_foreign_ids_stand_as_they_are(odd):
    (person,) = [row for row in rows_of(odd.path, "users") if row["email"] == "odd@example.com"]
    assert person["name"] == NASTY
    assert person["auth_id"] == str(odd.made.admin.pk)
    assert json.loads(person["metadata"]) == {
        "_imported": {
            "id": str(odd.made.admin.pk),
            "student_id": str(odd.made.student.pk),
            "n": 1.5,
        }
    }


def test_the_note_and_the_manifest_say_what_is_in_it_and_what_is_not(odd):
    manifest = manifest_of(odd.path)
    with zipfile.ZipFile(odd.path) as zipped:
        note = zipped.read("README.txt").decode()
        for entry in manifest["tables"]:
            data = zipped.read(f"tables/{entry['table']}.csv")
            assert entry["bytes"] == len(data)
            assert entry["sha256"] == hashlib.sha256(data).hexdigest()
            assert f"tables/{entry['table']}.csv: {entry['rows']}\n" in note
    assert manifest["made_by"] == {"name": "Admin", "email": "admin@odd.example"}
    assert manifest["left_out"].keys() == tables.reasons().keys()
    assert [r for r in manifest["left_out"].values() if f"- {r}\n" not in note] == []
    assert manifest["schema"].keys() == set(tables.APPS)


def test_others_conversations_stay_theirs(here, tmp_path):
    path = tmp_path / "private.zip"

    def make():
        made = a_school("private")
        with tenant_context(made.tenant, made.teacher), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO conversations (tenant_id, user_id, messages) VALUES (%s, %s, '[]')",
                [made.tenant.pk, made.teacher.pk],
            )
        taken_out("private", path)

    here.run(make)
    assert len(rows_of(path, "conversations")) == 1


# --- by whom, and how -----------------------------------------------------------------------------


def build(user, path, progress=None):
    unwatched = SimpleNamespace(measure=lambda source: None)
    fake = (
        progress
        or type("Progress", (), {"__call__": lambda s, n: None, "measure": unwatched.measure})()
    )
    return export.build(SimpleNamespace(requested_by=user), path, fake)


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_only_an_admin_takes_a_school_out(cast, tmp_path, role):
    person = getattr(cast.a, role)
    with tenant_context(cast.a.tenant, person), pytest.raises(ExportRefused):
        build(person, tmp_path / "no.zip")


def test_the_platform_is_no_school(cast, tmp_path):
    with tenant_context(cast.platform, cast.operator), pytest.raises(ExportRefused):
        build(cast.operator, tmp_path / "no.zip")


def test_progress_reports_the_rows_and_stops_the_work(cast, tmp_path):
    class Progress:
        reported, source, limit = [], None, None

        def __call__(self, rows):
            self.reported.append(rows)
            if self.limit is not None and rows >= self.limit:
                raise Cancelled

        def measure(self, source):
            self.source = source

    progress = Progress()
    with tenant_context(cast.a.tenant, cast.a.admin):
        rows = build(cast.a.admin, tmp_path / "a.zip", progress)
        assert progress.source.count() == rows == progress.reported[-1]
        assert progress.reported == sorted(progress.reported)
        progress.limit = 3
        with pytest.raises(Cancelled):
            build(cast.a.admin, tmp_path / "b.zip", progress)


def test_all_tables_are_read_at_one_moment(here, tmp_path):
    """What is committed while the file is being made is not in it, in no table."""
    path = tmp_path / "moment.zip"

    def make():
        made = a_school("moment")

        def enroll_somebody(rows):
            if not User.objects.filter(email="late@example.com").exists():
                user = User.objects.create_user("late@example.com", name="L", role="student")
                Enrollment.objects.create(student=user, school_class=made.school_class)

        def meanwhile(rows):
            other = connections["default"]
            connections["default"] = other.copy()
            try:
                with tenant_context(made.tenant, role="admin"):
                    enroll_somebody(rows)
            finally:
                connections["default"].close()
                connections["default"] = other

        with tenant_context(made.tenant, made.admin):
            before = Enrollment.objects.count()
            export.write(path, made.admin, meanwhile)
            return before, Enrollment.objects.count()

    before, after = here.run(make)
    assert (len(rows_of(path, "enrollments")), after) == (before, before + 1)
    assert "late@example.com" not in {row["email"] for row in rows_of(path, "users")}


# --- refusals -------------------------------------------------------------------------------------


def changed(path, target, replace=None, add=None, drop=(), rewrite=None):
    """Write `path` again as `target` with members replaced, added, dropped.

    `rewrite(manifest)` changes the manifest in place.
    """
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = (replace or {}).get(name, lambda data: data)(old.read(name))
            if name == "manifest.json" and rewrite:
                manifest = json.loads(data)
                rewrite(manifest)
                data = json.dumps(manifest)
            if name not in drop:
                new.writestr(name, data)
        for name, data in (add or {}).items():
            new.writestr(name, data)
    return target


def entry_of(manifest, table):
    return next(entry for entry in manifest["tables"] if entry["table"] == table)


def resealed(table, change):
    """Return a change of one table's file, and of the manifest so that it fits."""
    kept = {}

    def replace(data):
        kept["data"] = change(data)
        return kept["data"]

    def rewrite(manifest):
        data = kept["data"]
        entry_of(manifest, table).update(
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            rows=len(list(csv.reader(io.StringIO(data.decode(), newline="")))) - 1,
        )

    return {"replace": {f"tables/{table}.csv": replace}, "rewrite": rewrite}


def set_schema(app, name):
    return lambda manifest: manifest["schema"].update({app: name})


def rename_upload(name):
    def rewrite(manifest):
        manifest["files"][0]["name"] = name

    return rewrite


def with_first(data, column, value):
    """Return a table's file with one value of its first row changed."""
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    rows[0][header.index(column)] = value
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()


def one_byte(data):
    return data[:-10] + bytes([data[-10] ^ 1]) + data[-9:]


def drop_table(manifest):
    manifest["tables"] = [e for e in manifest["tables"] if e["table"] != "users"]


USERS = "tables/users.csv"
REFUSED = {
    "one byte": ({"replace": {USERS: one_byte}}, r"tables/users\.csv is not what the manifest"),
    "one byte of an upload": ({"replace": {"files/logo.png": one_byte}}, "logo.png is not what"),
    "extra row": ({"replace": {USERS: lambda d: d + d.splitlines(True)[-1]}}, "is not what"),
    "missing member": ({"drop": [USERS]}, r"tables/users\.csv is missing"),
    "missing upload": ({"drop": ["files/logo.png"]}, "logo.png is missing"),
    "missing manifest": ({"drop": ["manifest.json"]}, "no file of a school"),
    "unknown member": ({"add": {"tables/more.csv": "id\n"}}, "does not know it"),
    "member twice": ({"add": {USERS: "id\n"}}, "twice"),
    "path traversal in the zip": ({"add": {"../../evil.txt": "x"}}, "does not know it"),
    "path traversal": ({"rewrite": rename_upload("../evil.txt")}, "leads out of"),
    "absolute path": ({"rewrite": rename_upload("/etc/evil")}, "leads out of"),
    "backslashes": ({"rewrite": rename_upload("a\\..\\..\\evil")}, "leads out of"),
    "wrong checksum": (
        {"rewrite": lambda m: entry_of(m, "users").update(sha256="0" * 64)},
        "is not what the manifest says",
    ),
    "wrong number of rows": (
        {"rewrite": lambda m: entry_of(m, "users").update(rows=3)},
        "its manifest says otherwise",
    ),
    "wrong columns": (
        {"rewrite": lambda m: entry_of(m, "users")["columns"].append("password")},
        "columns of users",
    ),
    "table not in the manifest": ({"rewrite": drop_table}, "lacks the table users"),
    "odd number": ({"rewrite": lambda m: entry_of(m, "users").update(rows="7")}, "lacks what"),
    "another format": ({"rewrite": lambda m: m.update(format="x")}, "no file of a school"),
    "newer format": ({"rewrite": lambda m: m.update(format_version=2)}, "format version 2"),
    "newer schema": ({"rewrite": set_schema("core", "9999_x")}, "newer.*manage.py migrate"),
    "older schema": ({"rewrite": set_schema("core", "0001_initial")}, "older version.*core 0001"),
    "manifest cut off": ({"replace": {"manifest.json": lambda d: d[:-20]}}, "cannot be read"),
    "manifest of brackets": (
        {"replace": {"manifest.json": lambda d: b"[" * 200_000 + b"]" * 200_000}},
        "cannot be read",
    ),
    # The checksums fit, the rows do not: the database refuses.
    "no such class": (
        resealed("enrollments", lambda d: with_first(d, "class_id", str(uuid.UUID(int=7)))),
        "database refuses",
    ),
    "role unknown": (
        resealed("users", lambda d: d.replace(b",student,", b",boss,", 1)),
        "check_role",
    ),
    "two schools": (resealed("tenants", lambda d: d + d.splitlines(True)[-1]), "one school"),
    "a value that is none": (
        resealed("users", lambda d: with_first(d, "created_at", "some day")),
        'COPY staged, line \\d+, column created_at: "some day"',
    ),
    # Loaded, and yet not the same: it is written otherwise than PostgreSQL does.
    "written otherwise": (
        resealed("users", lambda d: d.replace(b"+00,", b"+00:00,", 1)),
        "differs from the file in: users",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_changed_file_is_refused_and_nothing_is_left(here, odd, tmp_path, case):
    changes, sentence = REFUSED[case]
    bad = changed(odd.path, tmp_path / "bad.zip", **changes)
    before = here.run(everything)
    with pytest.raises(CommandError, match=f"(?s){sentence}"):
        here.run(lambda: remade(bad, "never"))
    assert here.run(everything) == before
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p != bad] == []


def everything():
    """Return the number of rows of every table of the server."""
    with connections["owner"].cursor() as cursor:
        return {table.name: count(cursor, table.name) for table in tables.school_tables()} | {
            "tenant_domains": count(cursor, "tenant_domains")
        }


def count(cursor, table):
    cursor.execute(f"SELECT count(*) FROM {table}")
    return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("academics", "is_taken"), [("0014_search_by_sort_name", True), ("0006_teaching_day", False)]
)
def test_a_file_from_before_the_squash_is_taken_if_its_tables_are_the_same(
    here, odd, tmp_path, academics, is_taken
):
    schema = {
        "academics": academics,
        "core": "0019_search_by_sort_name",
        "finance": "0007_transaction_id_label",
        "reporting": "0013_sorted_by_name",
    }
    old = changed(
        odd.path, tmp_path / "old.zip", rewrite=lambda manifest: manifest.update(schema=schema)
    )
    if is_taken:
        assert "the same as in the file" in here.run(lambda: remade(old, "from-before"))
    else:
        with pytest.raises(CommandError, match="older version.*academics 0006"):
            here.run(lambda: remade(old, "never"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(here, odd, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_SMALL", 1 << 20)
    bad = changed(odd.path, tmp_path / "bad.zip", add={"bomb": bytes(1 << 27)})
    with pytest.raises(CommandError, match="swell"):
        here.run(lambda: remade(bad, "never"))


def test_a_file_that_breaks_off_or_is_none_is_refused(here, odd, tmp_path):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(odd.path.read_bytes()[:-200])
    for path, sentence in ((bad, "no zip file"), (tmp_path / "none.zip", "There is no file")):
        with pytest.raises(CommandError, match=sentence):
            here.run(lambda path=path: remade(path, "never"))


@pytest.mark.parametrize(
    ("subdomain", "sentence"),
    [("odd", "Another school"), ("www", "reserved"), ("no good", "lower-case letters")],
)
def test_a_subdomain_must_be_free(here, odd, subdomain, sentence):
    before = here.run(everything)
    with pytest.raises(CommandError, match=sentence):
        here.run(lambda: remade(odd.path, subdomain))
    assert here.run(everything) == before


def test_a_host_name_must_be_free(here, odd):
    before = here.run(everything)
    with pytest.raises(CommandError, match="already"):
        here.run(lambda: remade(odd.path, "odd-host", domain="odd.localhost"))
    assert here.run(everything) == before


def test_an_upload_of_an_earlier_school_is_not_mixed_in(here, odd, settings):
    left = settings.MEDIA_ROOT / "odd-left" / "old.txt"
    left.parent.mkdir(parents=True)
    left.write_text("old")
    with pytest.raises(CommandError, match="earlier school"):
        here.run(lambda: remade(odd.path, "odd-left"))
    assert left.read_text() == "old"
