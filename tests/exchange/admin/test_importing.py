"""The pages of an import, whatever the table: file, columns, preview, apply, history, undo."""

import csv
import io
import uuid

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Attendance, Enrollment, SchoolClass
from core.admin.imports import ImportMixin
from core.models import User
from core.rls import tenant_context
from exchange import imports
from exchange.admin import import_rows
from exchange.imports.service import kept_upload
from exchange.models import ImportBatch
from exchange.resources import importable_models
from finance.models import Invoice
from tests.factories.files import (
    batch_of,
    body,
    complaints,
    confirm,
    preview,
    read_csv,
    read_xlsx,
    refusal,
    signed_in,
    totals,
)
from tests.pages import shown

HEADERS = ["E-mail", "Name", "Role", "Phone"]
NEW = ["new@school-a.example", "New Person", "student", "+49 30"]
BAD = ["bad", "Bad", "student", ""]
STEPS = ["apply", "discard", "columns", "undo"]


def people(school):
    with tenant_context(school.tenant, school.admin):
        return {user.email: user for user in User.objects.all()}


def step(page, batch, *args):
    return reverse(f"admin:exchange_importbatch_{page}", args=[batch.pk, *args])


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def fresh(school, batch):
    """Return the batch as it is now."""
    with tenant_context(school.tenant, school.admin):
        return ImportBatch.objects.get(pk=batch.pk)


@pytest.fixture
def admin_client(cast):
    return signed_in(cast.a, cast.a.admin)


# --- from the file to the rows --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_preview_changes_nothing_and_applying_does(cast, admin_client, name):
    before = people(cast.a)
    page = preview(admin_client, User, [HEADERS, NEW], name)
    assert page.status_code == 200
    assert totals(page) == {"new": 1, "changed": 0, "unchanged": 0}
    assert people(cast.a).keys() == before.keys()

    done = confirm(admin_client, User, page)
    assert batch_of(done).status == "applied"
    assert "1 new, 0 changed, 0 unchanged" in done.content.decode()
    created = people(cast.a)["new@school-a.example"]
    assert (created.name, created.role, created.phone) == ("New Person", "student", "+49 30")
    assert reverse("admin:core_user_change", args=[created.pk]) in done.content.decode()
    assert people(cast.b).keys().isdisjoint({"new@school-a.example"})


def test_a_changed_row_shows_before_and_after(cast, admin_client):
    rows = [["E-mail", "Name"], [cast.a.student.email, "Renamed"], [cast.a.teacher.email, "T"]]
    page = preview(admin_client, User, rows)
    first, second = page.context["page"].rows.lines
    assert page.context["page"].rows.labels == ["E-mail", "Name"]
    email, name = first.cells
    assert (email.after, email.is_changed) == (cast.a.student.email, False)
    assert (name.before, name.after, name.is_changed) == ("Student", "Renamed", True)
    assert first.url == reverse("admin:core_user_change", args=[cast.a.student.pk])
    assert "<del>Teacher</del> → <ins>T</ins>" in shown(page)


def test_other_rows_are_named_as_in_the_file(cast, admin_client):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.create(email="s2@school-a.example", name="S 2", role="student")
    page = preview(
        admin_client, Enrollment, [["Student e-mail", "Class code"], ["s2@school-a.example", "C1"]]
    )
    (line,) = page.context["page"].rows.lines
    shown = dict(zip(page.context["page"].rows.labels, line.cells, strict=True))
    assert shown["Student e-mail"].after == "s2@school-a.example"
    assert shown["Class code"].after == "C1"


def test_one_wrong_row_keeps_all_rows_out(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW, BAD])
    assert complaints(page) == [(3, "E-mail", "This is not a valid e-mail address.")]
    assert "It can be applied when no row is rejected" in page.content.decode()
    refused = confirm(admin_client, User, page)
    assert messages_of(refused) == ["All rows go in, or none: some of them are rejected."]
    assert "new@school-a.example" not in people(cast.a)


def test_every_wrong_row_and_cell_is_named(admin_client):
    page = preview(
        admin_client,
        User,
        [
            HEADERS,
            ["", "No Mail", "student", ""],
            ["x@a.example", "", "pupil", ""],
            ["y@a.example", "Y" * 256, "student", "1" * 51],
            ["y@a.example", "", "", ""],
            ["z@a.example", "", "student", ""],
        ],
    )
    named = [(row, label) for row, label, _sentence in complaints(page)]
    assert named == [
        (2, "E-mail"),
        (3, "Role"),
        (4, "Name"),
        (4, "Phone"),
        (5, "Name"),
        (5, "Role"),
        (6, "Name"),
    ]
    wrong = [[cell.is_wrong for cell in line.cells] for line in page.context["page"].rows.lines]
    assert wrong[2] == [False, True, False, True]


def test_changes_since_the_preview_are_reported(cast, admin_client):
    page = preview(
        admin_client,
        Invoice,
        [
            ["Invoice number", "Student e-mail", "Amount", "Due on"],
            ["N-1", cast.a.student.email, "10", "2030-01-01"],
        ],
    )
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).delete()
    refused = confirm(admin_client, Invoice, page)
    assert batch_of(refused).status == "refused"
    assert "Nothing was changed." in refused.content.decode()
    assert complaints(refused)[0][:2] == (2, "Student e-mail")
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not Invoice.objects.filter(invoice_number="N-1").exists()


def test_applying_twice_is_applying_once(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    confirm(admin_client, User, page)
    again = confirm(admin_client, User, page)
    assert messages_of(again) == ["This import was already applied."]
    assert batch_of(again).status == "applied"
    assert [email for email in people(cast.a) if email == "new@school-a.example"] != []


def test_a_file_that_changes_nothing_is_not_applied(cast, admin_client):
    page = preview(admin_client, User, [["E-mail", "Name"], [cast.a.student.email, "Student"]])
    assert totals(page) == {"new": 0, "changed": 0, "unchanged": 1}
    assert "There is nothing to apply" in page.content.decode()
    assert page.context["page"].summary == "Nothing has been changed."


def test_cells_are_escaped(admin_client):
    row = ["<script>alert(1)</script>", "<b>x</b>", "student", ""]
    text = preview(admin_client, User, [HEADERS, row]).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


# --- files that are none --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("l.csv", b"", "The file is empty."),
        ("l.csv", b"E-mail,Name\n", "no rows"),
        ("l.pdf", b"%PDF", "Only .csv and .xlsx"),
        ("l.xlsx", b"%PDF", "not a readable XLSX"),
        ("l.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a CSV file"),
    ],
)
def test_a_file_that_is_no_list_is_refused(cast, admin_client, name, data, sentence):
    page = preview(admin_client, User, data, name)
    assert page.status_code == 400
    assert sentence in " ".join(refusal(page))
    assert 'aria-invalid="true"' in page.content.decode()
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not ImportBatch.objects.filter(filename=name).exists()


def test_a_file_that_is_too_large_is_refused(admin_client, settings):
    settings.IMPORT_MAX_BYTES = 2**20
    page = preview(admin_client, User, b"E-mail\n" + b"x" * 2**20, "l.csv")
    assert refusal(page) == ["The file is larger than 1 MB; please split it."]


def test_a_row_that_is_too_long_is_refused_before_anything_is_written(admin_client):
    page = preview(admin_client, User, b"E-mail,Name\na@b.example,b,c\n")
    assert batch_of(page).status == "refused"
    assert "Row 2 has more cells than there are headers." in page.content.decode()


def test_no_file_is_a_form_error(admin_client):
    page = admin_client.post(reverse("admin:core_user_import"))
    assert refusal(page) == ["Choose a file first."]


# --- what the columns mean ------------------------------------------------------------------------


ODD = [["Wer", "Adresse", "Schuhe"], ["New Person", "new@school-a.example", "42"]]


def test_unknown_headers_are_asked_about(cast, admin_client):
    asked = preview(admin_client, User, [[*ODD[0], "Rolle"], [*ODD[1], "student"]])
    batch = batch_of(asked)
    assert asked.redirect_chain[-1][0] == step("columns", batch)
    lines = asked.context["lines"]
    assert [(line.header, line.samples) for line in lines[:2]] == [
        ("Wer", ["New Person"]),
        ("Adresse", ["new@school-a.example"]),
    ]
    assert [line.field.initial for line in lines] == ["", "", "", "role"]

    chosen = {"column_0": "name", "column_1": "email", "column_2": "", "column_3": "role"}
    page = admin_client.post(step("columns", batch), chosen | reading(asked), follow=True)
    assert totals(page) == {"new": 1, "changed": 0, "unchanged": 0}
    assert "These columns are not imported: Schuhe." in page.content.decode()
    confirm(admin_client, User, page)
    assert people(cast.a)["new@school-a.example"].name == "New Person"


def reading(response):
    """Return how the file was read, as the page's form sends it back."""
    return {field.name: field.initial for field in response.context["form"].reading}


def test_wrong_choices_are_refused_at_their_column(admin_client):
    asked = preview(admin_client, User, ODD)
    chosen = {"column_0": "name", "column_1": "name", "column_2": ""}
    page = admin_client.post(step("columns", batch_of(asked)), chosen | reading(asked))
    assert page.status_code == 400
    errors = page.context["form"].errors
    assert errors["column_1"] == ["“Wer” means Name already."]
    assert errors["__all__"] == ["Say which column holds “E-mail”; no row can do without it."]
    assert admin_client.post(step("columns", batch_of(asked)), {}).status_code == 400


def test_a_header_that_is_there_twice_cannot_be_chosen(admin_client):
    asked = preview(admin_client, User, b"Mail,Mail,Name\na@b.example,c@d.example,X\n")
    chosen = {"column_0": "email", "column_1": "name"}
    page = admin_client.post(step("columns", batch_of(asked)), chosen | reading(asked))
    assert page.context["form"].errors["column_0"] == [
        "The file has two columns with this header; rename one of them there."
    ]


def test_columns_can_be_changed_from_the_preview(admin_client):
    page = preview(admin_client, User, [["E-mail", "Name", "Role"], NEW[:3]])
    asked = admin_client.get(step("columns", batch_of(page)))
    chosen = {"column_0": "email", "column_1": "", "column_2": "role"}
    again = admin_client.post(step("columns", batch_of(page)), chosen | reading(asked), follow=True)
    assert complaints(again) == [(2, "Name", "A new row needs “Name”.")] or complaints(again) == [
        (2, "", "A new row needs “Name”.")
    ]


def test_a_file_can_be_read_in_another_encoding(admin_client):
    data = "Adresse;Wer\nnew@school-a.example;Łukasz Żółty\n".encode("cp1250")
    asked = preview(admin_client, User, data)
    how = reading(asked)
    assert how["delimiter"] == ";"
    other = {"encoding": "cp1252" if how["encoding"] == "cp1250" else "cp1250", "delimiter": ";"}
    again = admin_client.post(step("columns", batch_of(asked)), other, follow=True)
    assert again.redirect_chain[-1][0] == step("columns", batch_of(asked))
    assert reading(again)["encoding"] == other["encoding"]
    assert again.context["lines"][1].samples != asked.context["lines"][1].samples


def test_an_expired_upload_is_reported(cast, admin_client):
    asked = preview(admin_client, User, ODD)
    kept_upload(batch_of(asked)).remove()
    page = admin_client.get(step("columns", batch_of(asked)), follow=True)
    gone = "The uploaded file is no longer there. Please upload it again."
    assert messages_of(page) == [gone]

    page = preview(admin_client, User, [HEADERS, NEW])
    kept_upload(batch_of(page)).remove()
    assert gone in confirm(admin_client, User, page).content.decode()
    assert "new@school-a.example" not in people(cast.a)


def test_a_file_that_changed_meanwhile_is_not_applied(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    path = kept_upload(batch_of(page)).path
    path.write_bytes(path.read_bytes().replace(b"student", b"admin  "))
    assert batch_of(confirm(admin_client, User, page)).status == "refused"
    assert "new@school-a.example" not in people(cast.a)


# --- large files ----------------------------------------------------------------------------------


def test_a_large_file_is_worked_on_in_the_background(cast, admin_client, settings):
    settings.IMPORT_BACKGROUND_ROWS = 1
    page = preview(admin_client, User, [HEADERS, NEW, [cast.a.student.email, "Renamed", "", ""]])
    batch = batch_of(page)
    assert batch.status == "checking"
    assert "The file is being checked" in page.content.decode()
    answer = admin_client.get(step("progress", batch)).json()
    assert answer == {
        "working": True,
        "done": 0,
        "total": 2,
        "sentence": "Waiting for its turn …",
    }

    work(cast.a, imports.check, batch)
    assert admin_client.get(step("progress", batch)).json()["working"] is False
    page = admin_client.get(step("change", batch))
    assert totals(page) == {"new": 1, "changed": 1, "unchanged": 0}
    running = confirm(admin_client, User, page)
    assert batch_of(running).status == "running"
    assert "The file is being applied" in running.content.decode()
    assert messages_of(confirm(admin_client, User, page)) == ["This import was already applied."]
    refused = admin_client.post(step("discard", batch), follow=True)
    assert messages_of(refused) == ["This import is being applied."]

    work(cast.a, lambda row: imports.apply(row, cast.a.admin), batch)
    assert batch_of(admin_client.get(step("change", batch))).status == "applied"
    assert people(cast.a)[cast.a.student.email].name == "Renamed"


def test_a_large_import_is_undone_in_the_background(cast, admin_client, settings):
    rows = [HEADERS, NEW, [cast.a.student.email, "Renamed", "student", ""]]
    page = confirm(admin_client, User, preview(admin_client, User, rows))
    batch = batch_of(page)
    settings.IMPORT_BACKGROUND_ROWS = 1
    page = admin_client.post(step("undo", batch), follow=True)
    assert (batch_of(page).status, messages_of(page)) == ("undoing", [])
    assert "The import is being undone" in page.content.decode()
    assert "Waiting for its turn …" in page.content.decode()
    for again in (admin_client.post, admin_client.get):
        page = again(step("undo", batch), follow=True)
        assert (batch_of(page).status, messages_of(page)) == ("undoing", [])
    listed = admin_client.get(reverse("admin:exchange_importbatch_changelist"))
    assert "Being undone" in listed.content.decode()
    for done, sentence in [
        (1, "The rows are being put back …"),
        (2, "The rows are being put back …"),
    ]:
        with tenant_context(cast.a.tenant, cast.a.admin):
            ImportBatch.objects.filter(pk=batch.pk).update(rows_done=done)
        answer = admin_client.get(step("progress", batch)).json()
        assert answer == {"working": True, "done": done, "total": 2, "sentence": sentence}

    work(cast.a, lambda row: imports.undo(row, cast.a.admin), batch)
    page = admin_client.get(step("change", batch))
    assert "The rows are as they were before." in page.content.decode()
    assert people(cast.a)[cast.a.student.email].name == "Student"


def test_why_a_job_did_not_undo_is_on_the_page_of_the_import(cast, admin_client):
    page = confirm(admin_client, User, preview(admin_client, User, [HEADERS, NEW]))
    batch = batch_of(page)
    assert "What prevents it" not in page.content.decode()
    with tenant_context(cast.a.tenant, cast.a.admin):
        reasons = "Row 2: <name> was changed.\n1 of the people has enrollments since: Ana."
        ImportBatch.objects.filter(pk=batch.pk).update(error=reasons)
    page = admin_client.get(step("change", batch))
    text = page.content.decode()
    assert "This import could not be undone. Nothing was changed." in text
    assert "<li>Row 2: &lt;name&gt; was changed.</li>" in text
    assert "<li>1 of the people has enrollments since: Ana.</li>" in text
    assert step("undo", batch) in text


def work(school, do, batch):
    """Do what the worker does with a batch."""
    with tenant_context(school.tenant, school.admin):
        do(ImportBatch.objects.get(pk=batch.pk))


def test_what_nobody_works_on_can_be_discarded(admin_client, settings):
    settings.IMPORT_BACKGROUND_ROWS = 1
    page = preview(admin_client, User, [HEADERS, NEW, BAD])
    assert step("discard", batch_of(page)) in page.content.decode()
    admin_client.post(step("discard", batch_of(page)))
    assert admin_client.get(step("change", batch_of(page))).status_code == 404


# --- the rows of a batch --------------------------------------------------------------------------


def test_rows_are_shown_page_by_page(admin_client, monkeypatch):
    monkeypatch.setattr(import_rows, "PAGE", 2)
    rows = [[f"p{i}@a.example", f"P {i}", "student", ""] for i in range(5)]
    page = preview(admin_client, User, [HEADERS, *rows])
    seen = []
    while True:
        shown = page.context["page"].rows
        seen.append([line.number for line in shown.lines])
        if not shown.next_url:
            break
        page = admin_client.get(step("change", batch_of(page)) + shown.next_url)
    assert seen == [[2, 3], [4, 5], [6]]
    assert shown.first_url == "?outcome=created"
    for odd in ("?outcome=created&after=x", f"?after={uuid.uuid4()}", "?outcome=none"):
        page = admin_client.get(step("change", batch_of(page)) + odd)
        assert [line.number for line in page.context["page"].rows.lines] == [2, 3]


@pytest.mark.parametrize("outcome", ["created", "changed"])
def test_a_preview_costs_the_same_for_one_row_and_three(cast, admin_client, outcome):
    with tenant_context(cast.a.tenant, cast.a.admin):
        students = [
            User.objects.create(email=f"s{n}@school-a.example", name=f"S {n}", role="student")
            for n in range(3)
        ]
        if outcome == "changed":
            for student in students:
                Enrollment.objects.create(student=student, school_class=cast.a.school_class)
    rows = [[s.email, "C1", "dropped" if outcome == "changed" else "active"] for s in students]
    costs = []
    for count in (1, 3):
        page = preview(
            admin_client, Enrollment, [["Student e-mail", "Class code", "Status"], *rows[:count]]
        )
        assert len(page.context["page"].rows.lines) == count
        assert page.context["page"].outcome == outcome
        costs.append(queries(admin_client, step("change", batch_of(page))))
    assert costs[0] == costs[1]


def test_the_history_costs_the_same_for_one_import_and_three(admin_client):
    url = reverse("admin:exchange_importbatch_changelist")
    costs = []
    for more in (1, 2):
        for _again in range(more):
            preview(admin_client, User, [HEADERS, NEW])
        costs.append(queries(admin_client, url))
    assert costs[0] == costs[1]


def queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("file_format", "read"), [("csv", read_csv), ("xlsx", read_xlsx)])
def test_rejected_rows_are_handed_back(admin_client, file_format, read):
    page = preview(admin_client, User, [HEADERS, NEW, BAD])
    response = admin_client.get(step("rejected", batch_of(page), file_format))
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    headers, row = read(body(response))
    assert headers == ["Row", *HEADERS, "Reason"]
    assert [str(row[0]), *row[1:3]] == ["3", "bad", "Bad"]
    assert row[-1] == "E-mail: This is not a valid e-mail address."


def test_where_nothing_was_rejected_there_is_no_such_file(admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    assert admin_client.get(step("rejected", batch_of(page), "csv")).status_code == 404
    page = preview(admin_client, User, [HEADERS, BAD])
    assert admin_client.get(step("rejected", batch_of(page), "exe")).status_code == 404


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_template_can_be_filled_in_and_uploaded(admin_client, file_format):
    url = reverse("admin:core_user_import_template", args=[file_format])
    response = admin_client.get(url)
    assert f".{file_format}" in response["Content-Disposition"]
    page = preview(admin_client, User, body(response), f"t.{file_format}")
    assert totals(page)["new"] == 1
    wrong = reverse("admin:core_user_import_template", args=["pdf"])
    assert admin_client.get(wrong).status_code == 404


# --- discard and undo -----------------------------------------------------------------------------


def test_a_preview_can_be_discarded(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    path = kept_upload(batch_of(page)).path
    done = admin_client.post(step("discard", batch_of(page)), follow=True)
    assert messages_of(done) == ["“list.csv” was discarded. Nothing was changed."]
    assert done.redirect_chain[-1][0] == reverse("admin:core_user_import")
    assert not path.exists()
    assert admin_client.get(step("change", batch_of(page))).status_code == 404


def test_what_is_applied_is_not_discarded(cast, admin_client):
    page = confirm(admin_client, User, preview(admin_client, User, [HEADERS, NEW]))
    refused = admin_client.post(step("discard", batch_of(page)), follow=True)
    assert messages_of(refused) == ["This import was already applied."]
    assert fresh(cast.a, batch_of(page)).status == "applied"


def test_an_import_is_undone_after_a_confirmation(cast, admin_client):
    rows = [HEADERS, NEW, [cast.a.student.email, "Renamed", "student", ""]]
    page = confirm(admin_client, User, preview(admin_client, User, rows))
    asked = admin_client.get(step("undo", batch_of(page)))
    assert asked.context["effects"] == [
        "One row that it added is removed.",
        "One row that it changed gets its earlier values back.",
    ]
    assert people(cast.a)[cast.a.student.email].name == "Renamed"

    done = admin_client.post(step("undo", batch_of(page)), follow=True)
    assert batch_of(done).status == "undone"
    assert "by Admin" in done.content.decode()
    assert people(cast.a)[cast.a.student.email].name == "Student"
    assert "new@school-a.example" not in people(cast.a)
    again = admin_client.post(step("undo", batch_of(page)), follow=True)
    assert messages_of(again) == ["There is nothing to undo."]


def test_what_stands_in_the_way_of_undoing_is_listed(cast, admin_client):
    page = confirm(admin_client, User, preview(admin_client, User, [HEADERS, NEW]))
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.create(
            student=User.objects.get(email=NEW[0]), school_class=cast.a.school_class
        )
    refused = admin_client.post(step("undo", batch_of(page)))
    assert refused.status_code == 409
    assert refused.context["reasons"] != []
    assert all(reason in refused.content.decode() for reason in refused.context["reasons"])
    assert fresh(cast.a, batch_of(page)).status == "applied"
    assert "new@school-a.example" in people(cast.a)


# --- who may what ---------------------------------------------------------------------------------


def test_the_lists_with_the_button_are_those_with_an_importing_resource():
    buttons = {model for model, own in admin.site._registry.items() if isinstance(own, ImportMixin)}
    assert buttons == set(importable_models())


def test_who_may_import_what(cast):
    everything = {model.__name__ for model in importable_models()}
    allowed = {"admin": everything, "teacher": {"Attendance", "Grade"}}
    for role, names in allowed.items():
        client = signed_in(cast.a, getattr(cast.a, role))
        for model in importable_models():
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            may = model.__name__ in names
            template = reverse(f"{name}_import_template", args=["csv"])
            response = client.get(template)
            assert response.status_code == (200 if may else 403)
            b"".join(response)  # read to the end: that closes the file
            assert client.get(reverse(f"{name}_import")).status_code == (200 if may else 403)
            file = SimpleUploadedFile("l.csv", b"a\n")
            assert client.post(reverse(f"{name}_import"), {"file": file}).status_code == (
                400 if may else 403
            )
            listed = client.get(reverse(f"{name}_changelist"))
            if listed.status_code == 200:
                assert (reverse(f"{name}_import") in listed.content.decode()) == may
    student = signed_in(cast.a, cast.a.student)
    assert student.get(reverse("admin:core_user_import")).status_code == 302


def statuses(client, batch):
    pages = {name: client.get(step(name, batch)).status_code for name in ("change", "progress")}
    posts = {name: client.post(step(name, batch)).status_code for name in STEPS}
    return pages | posts


@pytest.mark.parametrize("who", ["outsider", "admin_b"])
def test_anothers_import_is_not_there(cast, who):
    batch = teachers_batch(cast)
    client = (
        signed_in(cast.b, cast.b.admin) if who == "admin_b" else signed_in(cast.a, cast.a.outsider)
    )
    codes = statuses(client, batch)
    assert codes == dict.fromkeys(codes, 404)
    assert client.get(step("rejected", batch, "csv")).status_code == 404
    assert fresh(cast.a, batch).status == "previewed"


def teachers_batch(cast):
    """Return a previewed batch of the teacher's: a change of the student's attendance."""
    teacher = signed_in(cast.a, cast.a.teacher)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        row = Attendance.objects.select_related("class_session__school_class", "student").get(
            pk=cast.a.attendance.pk
        )
        session = row.class_session
        cells = [session.school_class.code, str(session.session_date), row.student.email, "late"]
    page = preview(teacher, Attendance, [["Class code", "Date", "Student e-mail", "Status"], cells])
    assert totals(page) == {"new": 0, "changed": 1, "unchanged": 0}
    return batch_of(page)


def test_a_teacher_applies_and_undoes_an_import_of_their_own(cast):
    batch = teachers_batch(cast)
    teacher = signed_in(cast.a, cast.a.teacher)
    assert batch_of(teacher.post(step("apply", batch), follow=True)).status == "applied"
    assert batch_of(teacher.post(step("undo", batch), follow=True)).status == "undone"


def test_an_admin_sees_and_undoes_everybodys(cast, admin_client):
    batch = teachers_batch(cast)
    assert batch_of(admin_client.post(step("apply", batch), follow=True)).status == "applied"
    done = admin_client.post(step("undo", batch), follow=True)
    assert batch_of(done).undone_by == cast.a.admin


def test_without_the_right_to_import_an_import_is_only_looked_at(cast, admin_client):
    """A teacher who was an admin once keeps the own imports in the history."""
    page = preview(admin_client, User, [HEADERS, NEW, BAD])
    batch = batch_of(page)
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.create(email="second@school-a.example", name="Second", role="admin")
        User.objects.filter(pk=cast.a.admin.pk).update(role="teacher")
        demoted = User.objects.get(pk=cast.a.admin.pk)
    client = signed_in(cast.a, demoted)
    looked_at = client.get(step("change", batch))
    assert looked_at.status_code == 200
    assert step("apply", batch) not in looked_at.content.decode()
    assert {client.post(step(name, batch)).status_code for name in STEPS} == {403}
    # Not at its rows: they are of people whom a teacher may not see.
    assert NEW[0] not in looked_at.content.decode()
    assert step("rejected", batch, "csv") not in looked_at.content.decode()
    assert client.get(step("rejected", batch, "csv")).status_code == 403
    for outcome in ("created", "rejected"):
        page = client.get(step("change", batch), {"outcome": outcome})
        assert NEW[0] not in page.content.decode()


def test_strangers_are_sent_to_sign_in(cast, client, admin_client):
    batch = batch_of(preview(admin_client, User, [HEADERS, NEW]))
    client.defaults["HTTP_HOST"] = cast.a.host
    codes = statuses(client, batch)
    assert codes == dict.fromkeys(codes, 302)


def test_steps_that_change_something_want_a_post(admin_client):
    batch = batch_of(preview(admin_client, User, [HEADERS, NEW]))
    for name in ("apply", "discard"):
        assert admin_client.get(step(name, batch)).status_code == 405
    for pk in (uuid.uuid4(), batch.pk):
        url = reverse("admin:exchange_importbatch_apply", args=[pk])
        assert admin_client.post(url).status_code == (302 if pk == batch.pk else 404)


def test_a_bundle_is_gone_on_with_on_its_own_pages(cast, admin_client):
    with tenant_context(cast.a.tenant, cast.a.admin):
        batch = ImportBatch.objects.create(
            target="oneroster", filename="b.zip", requested_by=cast.a.admin
        )
    page = admin_client.get(step("change", batch))
    assert (page.status_code, page.url) == (302, reverse("admin:oneroster_import", args=[batch.pk]))
    assert admin_client.get(step("progress", batch)).json()["working"] is True
    assert {admin_client.post(step(name, batch)).status_code for name in STEPS} == {404}
    listed = admin_client.get(reverse("admin:exchange_importbatch_changelist"))
    assert "b.zip" in listed.content.decode()


# --- history --------------------------------------------------------------------------------------


def test_the_history_lists_and_filters(cast, admin_client):
    preview(admin_client, User, [HEADERS, NEW])
    preview(
        admin_client, SchoolClass, [["Class code", "Name", "First day"], ["X", "X", "2026-1-1"]]
    )
    preview(admin_client, User, ODD)
    url = reverse("admin:exchange_importbatch_changelist")
    page = admin_client.get(url, {"q": "list"})
    assert page.context["cl"].result_count == 3
    assert "Columns to be named" in page.content.decode()
    for query, count in (
        ("target=core.user", 2),
        ("status__exact=previewed", 2),
        ("target=finance.invoice", 0),
        ("created_at__year=2001", 0),
    ):
        page = admin_client.get(f"{url}?q=list&{query}")
        assert page.context["cl"].result_count == count, query


def test_the_page_of_an_import_says_what_its_columns_were(admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    assert page.context["page"].mapping == [(name, name) for name in HEADERS]


def test_a_csv_reader_finds_the_same_rows_in_the_file_of_rejected_ones(admin_client):
    """Formulas of the upload come back harmless."""
    page = preview(admin_client, User, [HEADERS, ["=1+1", "Bad", "student", ""]])
    data = body(admin_client.get(step("rejected", batch_of(page), "csv"))).decode("utf-8-sig")
    _headers, row = csv.reader(io.StringIO(data, newline=""))
    assert row[1] == "'=1+1"


def test_the_history_leads_to_the_uploads_of_the_role(cast):
    url = reverse("admin:exchange_importbatch_changelist")
    for person in (cast.a.admin, cast.a.teacher):
        client = signed_in(cast.a, person)
        response = client.get(url)
        starts = dict(response.context["starts"])
        assert ("People" in starts) == (person == cast.a.admin)
        for address in starts.values():
            assert f'href="{address}"' in response.content.decode()
            assert client.get(address).status_code == 200
