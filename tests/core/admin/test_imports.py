"""The pages of an import, whatever the table: upload, preview, confirm."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.exchange import uploads
from core.exchange.resources import importable_models
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice
from tests.factories.exchange import complaints, confirm, preview, refusal, signed_in

HEADERS = ["E-mail", "Name", "Role", "Phone"]
NEW = ["new@school-a.example", "New Person", "student", "+49 30"]


def people(school):
    with tenant_context(school.tenant, school.admin):
        return {user.email: user for user in User.objects.all()}


@pytest.fixture
def admin_client(cast):
    return signed_in(cast.a, cast.a.admin)


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_preview_changes_nothing_and_confirmation_imports(cast, admin_client, name):
    before = people(cast.a)

    page = preview(admin_client, User, [HEADERS, NEW], name)

    assert page.status_code == 200
    assert page.context["totals"]["new"] == 1
    assert people(cast.a).keys() == before.keys()
    done = confirm(admin_client, User, page)
    assert done.status_code == 302
    created = people(cast.a)["new@school-a.example"]
    assert (created.name, created.role, created.phone) == ("New Person", "student", "+49 30")
    assert not created.has_usable_password()
    assert people(cast.b).keys().isdisjoint({"new@school-a.example"})


def test_one_wrong_row_keeps_all_rows_out(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW, ["bad", "Bad", "student", ""]])
    assert complaints(page) == [(3, "E-mail", "This is not a valid e-mail address.")]
    assert "ticket" not in page.context
    assert "new@school-a.example" not in people(cast.a)


def test_every_wrong_row_and_cell_is_named(cast, admin_client):
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
    found = [(row, label) for row, label, _sentence in complaints(page)]
    assert found == [
        (2, "E-mail"),
        (3, "Role"),
        (4, "Name"),
        (4, "Phone"),
        (5, "Name"),
        (5, "Role"),
        (6, "Name"),
    ]


def test_the_same_row_twice_is_refused(admin_client):
    page = preview(admin_client, User, [HEADERS, NEW, ["NEW@School-A.example", *NEW[1:]]])
    assert complaints(page) == [(3, "", "This is about the same as row 2 of the file.")]


def test_a_file_that_changed_meanwhile_is_not_imported(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    (path,) = uploads.Upload(cast.a.tenant, cast.a.admin).directory.iterdir()
    path.write_bytes(path.read_bytes().replace(b"student", b"admin  "))
    assert confirm(admin_client, User, page).status_code == 302
    assert "new@school-a.example" not in people(cast.a)


def test_what_changed_since_the_preview_is_told(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW, ["b@school-a.example", "B", "student", ""]])
    invoice_page = preview(
        admin_client,
        Invoice,
        [
            ["Invoice number", "Student e-mail", "Amount", "Due on"],
            ["N-1", cast.a.student.email, "10", "2030-01-01"],
        ],
    )
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).delete()
    refused = confirm(admin_client, Invoice, invoice_page)
    assert refused.status_code == 200
    assert refused.context["was_confirmed"]
    assert complaints(refused)[0][:2] == (2, "Student e-mail")
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not Invoice.objects.filter(invoice_number="N-1").exists()
    assert confirm(admin_client, User, page).status_code == 302
    assert "b@school-a.example" in people(cast.a)


def test_a_ticket_is_one_persons_for_one_list_once(cast, admin_client):
    page = preview(admin_client, User, [HEADERS, NEW])
    assert confirm(signed_in(cast.b, cast.b.admin), User, page).status_code == 302
    assert confirm(admin_client, Invoice, page).status_code == 302
    assert "new@school-a.example" not in people(cast.a) | people(cast.b)
    confirm(admin_client, User, page)
    assert "new@school-a.example" in people(cast.a)
    again = confirm(admin_client, User, page)
    assert again.url == reverse("admin:core_user_import")


@pytest.mark.parametrize("ticket", ["", "forged", "a:b:c"])
def test_a_forged_ticket_is_refused(admin_client, ticket):
    response = admin_client.post(reverse("admin:core_user_import_confirm"), {"ticket": ticket})
    assert response.status_code == 302
    assert admin_client.get(reverse("admin:core_user_import_confirm")).status_code == 405


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("l.csv", b"", "The file is empty."),
        ("l.csv", b"Name,Role\nX,student\n", "no column “E-mail”"),
        ("l.csv", b"E-mail,Name,e_mail\na,b,c\n", "is in the file twice"),
        ("l.csv", b"E-mail,Name\na@b.example,b,c\n", "Row 2 has more cells"),
        ("l.pdf", b"%PDF", "Only .csv and .xlsx"),
        ("l.xlsx", b"%PDF", "not a readable XLSX"),
        ("l.csv", b"x" * (uploads.MAX_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused(admin_client, name, data, sentence):
    page = preview(admin_client, User, data, name)
    assert page.status_code == 400
    assert sentence in " ".join(refusal(page))


def test_no_file_is_a_form_error(admin_client):
    page = admin_client.post(reverse("admin:core_user_import"))
    assert refusal(page) == ["This field is required."]


def test_unknown_columns_are_named_and_left_out(cast, admin_client):
    page = preview(admin_client, User, [[*HEADERS, "Shoe size", "Created"], [*NEW, "42", "x"]])
    assert page.context["resource"].unused == ["Shoe size", "Created"]
    assert "Shoe size, Created" in page.content.decode()
    assert confirm(admin_client, User, page).status_code == 302


def test_cells_are_escaped(admin_client):
    row = ["<script>alert(1)</script>", "<b>x</b>", "student", ""]
    text = preview(admin_client, User, [HEADERS, row]).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_who_may_import_what(cast):
    allowed = {
        "admin": {"User", "SchoolClass", "Enrollment", "Attendance", "Invoice", "Payment"},
        "teacher": {"Attendance"},
    }
    for role, names in allowed.items():
        client = signed_in(cast.a, getattr(cast.a, role))
        for model in importable_models():
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            may = model.__name__ in names
            file = SimpleUploadedFile("l.csv", b"a\nb\n")
            assert client.get(reverse(f"{name}_import")).status_code == (200 if may else 403)
            assert client.post(reverse(f"{name}_import"), {"file": file}).status_code == (
                400 if may else 403
            )
            response = client.post(reverse(f"{name}_import_confirm"), {"ticket": "x"})
            assert response.status_code == (302 if may else 403)
            listed = client.get(reverse(f"{name}_changelist"))
            if listed.status_code == 200:
                assert (reverse(f"{name}_import") in listed.content.decode()) == may
    student = signed_in(cast.a, cast.a.student)
    assert student.get(reverse("admin:core_user_import")).status_code == 302
