"""What is owed by age: sums by student, payer and class, the invoices behind them, and files."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from pypdf import PdfReader

from academics.models import Enrollment
from core.rls import tenant_context
from exchange.models import Export
from finance.models import Invoice
from finance.selectors import aging, balances
from finance.services import credit_notes, invoices, payments
from tests.factories import academics, core
from tests.factories.files import body, read_xlsx, signed_in
from tests.finance.conftest import bill, pay

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 30)
ADDRESS = "/admin/money/aging/"
ZERO = Decimal(0)


def due(school, number, days, amount, **fields):
    """An invoice that is so many days overdue on the day."""
    usual = {"issue_date": date(2025, 1, 1), "currency": "EUR"}
    return bill(school, number, amount, due_date=DAY - timedelta(days), **usual | fields)


@pytest.fixture
def owing(cast):
    """In EUR: a family of two, a sponsor and a guardian who pay, and a student with nobody."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        core.student_guardian(student=school.other_student, guardian=school.guardian_record)
        school.alone = core.user(name="Alone", email="alone@example.com")
        due(school, "A-1", 0, "100.10")
        due(school, "A-2", 31, "20.05", student=school.other_student)
        due(school, "A-3", 91, 7, payer_sponsor=school.sponsor)
        due(school, "A-4", 61, 5, payer_guardian=school.guardian_record)
        due(school, "A-5", 30, 3, student=school.alone)
        pay(Invoice.objects.get(invoice_number="A-1"), 40, currency="EUR", payment_date=DAY)
    return school


@pytest.fixture
def office(owing):
    return signed_in(owing, owing.admin)


def euros(school, by, day=DAY):
    """Return {name: (sums by age, total)} of the groups in EUR."""
    with tenant_context(school.tenant, school.admin):
        rows = aging.groups(aging.Question(day, by), 0, 1000)
        return {
            row.name: ([str(s) for s in row.amounts.buckets], str(row.amounts.total))
            for row in rows
            if row.amounts.currency == "EUR"
        }


def test_each_student_owes_by_age(owing):
    assert euros(owing, "student") == {
        owing.student.name: (["60.10", "0.00", "0.00", "5.00", "7.00"], "72.10"),
        owing.other_student.name: (["0.00", "0.00", "20.05", "0.00", "0.00"], "20.05"),
        "Alone": (["0.00", "3.00", "0.00", "0.00", "0.00"], "3.00"),
    }


def test_a_family_pays_together_and_whoever_is_named_for_themselves(owing):
    with tenant_context(owing.tenant, owing.admin):
        rows = {
            row.key.partition(":")[0]: row
            for row in aging.groups(aging.Question(DAY, "payer"), 0, 100)
            if row.amounts.currency == "EUR" and row.name != "Alone"
        }
        alone = euros(owing, "payer")["Alone"]
    assert {kind: str(row.amounts.total) for kind, row in rows.items()} == {
        "family": "80.15",
        "sponsor": "7.00",
        "guardian": "5.00",
    }
    assert rows["sponsor"].name == owing.sponsor.name
    assert rows["guardian"].name == owing.guardian_record.name
    names = {owing.guardian_record.name, owing.other_guardian_record.name}
    assert set(rows["family"].name.split(", ")) == names
    assert rows["family"].students.count(", ") == 1
    # Of a student without a guardian the student is the family.
    assert alone[1] == "3.00"


def test_who_is_a_familys_only_through_a_third_is_of_it_too(owing):
    with tenant_context(owing.tenant, owing.admin):
        half = core.user(name="Half", email="half@example.com")
        core.student_guardian(student=half, guardian=owing.other_guardian_record)
        due(owing, "A-6", 1, 1, student=half)
        families = [
            row
            for row in aging.groups(aging.Question(DAY, "payer"), 0, 100)
            if row.amounts.currency == "EUR" and row.key.startswith("family")
        ]
    assert sorted(str(row.amounts.total) for row in families) == ["3.00", "81.15"]


def test_a_class_has_the_students_of_that_day_and_the_total_counts_each_invoice_once(owing):
    with tenant_context(owing.tenant, owing.admin):
        second = academics.school_class(name="Second")
        for pupil, klass, until in [
            (owing.student, second, None),
            (owing.other_student, second, DAY - timedelta(1)),
        ]:
            row = academics.enrollment(
                student=pupil, school_class=klass, enrollment_date=date(2026, 1, 1)
            )
            if until:
                Enrollment.objects.filter(pk=row.pk).update(
                    status="completed", completion_date=until
                )
        Enrollment.objects.exclude(school_class=second).update(enrollment_date=date(2026, 1, 1))
    assert {name: total for name, (_sums, total) in euros(owing, "class").items()} == {
        owing.school_class.name: "72.10",
        "Second": "72.10",
        owing.other_class.name: "20.05",
        "": "3.00",
    }
    assert euros(owing, "class", DAY - timedelta(1))["Second"][1] == str(
        Decimal("112.10") + Decimal("20.05")
    )
    with tenant_context(owing.tenant, owing.admin):
        total = {row.currency: row for row in aging.totals(aging.Question(DAY, "class"))}["EUR"]
    assert (str(total.total), total.invoices) == ("95.15", 5)


@pytest.mark.parametrize("by", ["student", "payer"])
def test_the_sums_are_those_of_the_invoices(owing, by):
    with tenant_context(owing.tenant, owing.admin):
        rows = balances.aging(DAY)
        groups = aging.groups(aging.Question(DAY, by), 0, 1000)
        [total] = [t for t in aging.totals(aging.Question(DAY, by)) if t.currency == "EUR"]
        behind = aging.invoices(aging.Question(DAY, "invoice"), 0, 1000)
    for place, bucket in enumerate(balances.BUCKETS):
        expected = sum((r.balance for r in rows if (r.currency, r.bucket) == ("EUR", bucket)), ZERO)
        assert total.buckets[place] == expected
        assert expected == sum(
            (g.amounts.buckets[place] for g in groups if g.amounts.currency == "EUR"), ZERO
        )
        assert expected == sum(
            (r.balance for r in behind if (r.currency, r.bucket) == ("EUR", bucket)), ZERO
        )


def test_a_past_day_stays_whatever_is_done_today(office, owing):
    def pages():
        answers = (
            office.get(ADDRESS, {"day": DAY.isoformat(), "by": by})
            for by in ("student", "payer", "class", "invoice")
        )
        return [(page.context["sums"], rows_of(page)) for page in answers]

    before = pages()
    with tenant_context(owing.tenant, owing.admin):
        first, second = (Invoice.objects.get(invoice_number=n) for n in ("A-1", "A-2"))
        paid = payments.record(
            student=owing.student, amount=Decimal("60.10"), currency="EUR", payment_method="cash",
            shares={first: Decimal("60.10")},
        )  # fmt: skip
        payments.take_back(payment=paid, amount=Decimal(1), kind="refund", reason="x")
        credit_notes.write(invoice=second, amount=Decimal(5), reason="x")
        invoices.cancel(invoice=Invoice.objects.get(invoice_number="A-5"), reason="x")
        bill(owing, "A-9", 12, currency="EUR", issue_date=owing.tenant.today())
    assert pages() == before


def rows_of(page):
    return [row["group"] for row in page.context["owing"]] or page.context["invoices"]


@pytest.mark.parametrize("by", ["student", "payer", "class"])
def test_each_figure_leads_to_its_invoices(office, owing, by):
    page = office.get(ADDRESS, {"day": DAY.isoformat(), "by": by})
    assert page.status_code == 200
    for row in page.context["owing"]:
        for (_name, amount, url), expected in zip(
            row["cells"], row["group"].amounts.buckets, strict=True
        ):
            assert amount == expected
            if not url:
                assert not amount
                continue
            assert f'href="{url.replace("&", "&amp;")}"' in page.text
            behind = office.get(url)
            assert behind.status_code == 200
            assert sum(shown.balance for shown, _age in behind.context["invoices"]) == amount
            [(sums, _bars)] = behind.context["sums"]
            assert sums.total == amount
    assert reverse("admin:finance_invoice_change", args=[owing.invoice.pk]) in (
        office.get(ADDRESS, {"by": "invoice"}).text
    )


def test_the_bars_are_shares_and_the_table_their_text(office):
    page = office.get(ADDRESS, {"day": DAY.isoformat()})
    bars = {sums.currency: bars for sums, bars in page.context["sums"]}["EUR"]
    assert [(bar.name, str(bar.amount), bar.width) for bar in bars] == [
        ("Not due yet", "60.10", 631),
        ("1–30 days", "3.00", 31),
        ("31–60 days", "20.05", 210),
        ("61–90 days", "5.00", 52),
        ("Over 90 days", "7.00", 73),
    ]
    assert '<svg viewBox="0 0 1000 10"' in page.text
    assert "95.15 EUR still to pay, 5 invoices" in " ".join(page.text.split())


def exported(office, by, file_format, **more):
    query = {"day": DAY.isoformat(), "by": by} | more
    response = office.post(
        f"{reverse('admin:aging_export')}?{'&'.join(f'{k}={v}' for k, v in query.items())}",
        {"file_format": file_format},
    )
    assert response.status_code == 200, response.headers
    return body(response)


@pytest.mark.parametrize("by", ["student", "payer", "class"])
def test_the_files_have_the_figures_of_the_page(office, by):
    page = office.get(ADDRESS, {"day": DAY.isoformat(), "by": by})
    shown = [
        [row["name"], row["group"].amounts.currency]
        + [*map(str, row["group"].amounts.buckets), str(row["group"].amounts.total)]
        for row in page.context["owing"]
    ]
    header, *rows = csv.reader(io.StringIO(exported(office, by, "csv").decode("utf-8-sig")))
    names = header.index("Currency")
    assert [[row[0], *row[names:-1]] for row in rows] == shown
    _header, *cells = read_xlsx(exported(office, by, "xlsx"))
    assert [[Decimal(str(v)) for v in row[names + 1 : -1]] for row in cells] == [
        [Decimal(v) for v in row[2:]] for row in shown
    ]
    text = "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(exported(office, by, "pdf"))).pages
    )
    for row in shown:
        for figure in row[2:]:
            assert figure in text
    assert "Total, each invoice once" in " ".join(text.split())
    assert "95.15" in text


def test_the_invoices_leave_as_a_file_as_they_are_narrowed(office, owing):
    data = exported(office, "invoice", "csv", currency="EUR", bucket="90%2B").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    assert [(r["Invoice"], r["Days overdue"], r["Age"], r["Still to pay"]) for r in rows] == [
        ("A-3", "91", "Over 90 days", "7.00")
    ]
    with tenant_context(owing.tenant, owing.admin):
        assert Export.objects.get(kind="aging").filters == {
            "day": "2026-06-30", "by": "invoice", "group": "invoice", "currency": "EUR",
            "bucket": "90+",
        }  # fmt: skip


def test_the_page_takes_as_many_queries_for_one_student_as_for_many(
    office, owing, django_assert_max_num_queries
):
    office.get(ADDRESS)
    for by in ("student", "payer", "class", "invoice"):
        with django_assert_max_num_queries(9):
            office.get(ADDRESS, {"day": DAY.isoformat(), "by": by})


def test_long_lists_have_pages(office, owing, monkeypatch):
    monkeypatch.setattr("finance.admin.aging.SHOWN", 2)
    address, keys = f"{ADDRESS}?day={DAY}", []
    while address:
        page = office.get(address)
        assert len(page.context["owing"]) <= 2
        keys += [(row["group"].key, row["group"].amounts.currency) for row in page.context["owing"]]
        address = page.context["next"]
    assert len(keys) == len(set(keys)) >= 3
    last = parse_qs(urlsplit(page.context["previous"]).query)
    assert int(last["page"][0]) >= 1


def test_what_is_wrong_is_said(office, owing):
    soon = owing.tenant.today() + timedelta(days=2)
    for asked, errors in [
        ({"day": "soon"}, "day"),
        ({"day": soon.isoformat()}, "day"),
        ({"by": "shoe size"}, "by"),
    ]:
        page = office.get(ADDRESS, asked)
        assert list(page.context["form"].errors) == [errors]
        assert "sums" not in page.context
    assert "Choose a day up to today." in office.get(ADDRESS, {"day": soon.isoformat()}).text
    wrong = office.post(reverse("admin:aging_export") + "?day=soon", {"file_format": "csv"})
    assert wrong.status_code == 302
    wrong = office.post(reverse("admin:aging_export"), {"file_format": "doc"}, follow=True)
    assert "Choose XLSX, CSV or PDF." in wrong.text
    assert "Nothing was still to pay" in office.get(ADDRESS, {"day": "2001-01-01"}).text


@pytest.mark.parametrize(
    "asked",
    [
        {"bucket": "old"},
        {"currency": "euro"},
        {"group": "shoe size"},
        {"group": "student", "key": "x"},
        {"group": "class", "key": "x"},
        {"group": "payer", "key": "sponsor:x"},
        {"group": "payer", "key": "nobody"},
        {"group": "invoice", "key": "x"},
    ],
)
def test_an_address_of_nothing_is_no_page(office, asked):
    assert office.get(ADDRESS, {"by": "invoice"} | asked).status_code == 404
    query = "&".join(f"{k}={v}" for k, v in ({"by": "invoice"} | asked).items())
    address = f"{reverse('admin:aging_export')}?{query}"
    assert office.post(address, {"file_format": "csv"}).status_code == 404


def test_it_is_the_offices_and_each_schools_own(cast, owing):
    theirs = {
        "student": cast.b.student.pk,
        "class": cast.b.school_class.pk,
        "payer": f"sponsor:{cast.b.sponsor.pk}",
    }
    office = signed_in(owing, owing.admin)
    for group, key in theirs.items():
        asked = {"by": "invoice", "group": group, "key": key}
        assert office.get(ADDRESS, asked).status_code == 404
    asked = {"by": "invoice", "group": "payer", "key": f"family:{cast.b.student.pk}"}
    assert office.get(ADDRESS, asked).status_code == 404
    teacher = signed_in(owing, owing.teacher)
    assert teacher.get(ADDRESS).status_code == 403
    assert teacher.post(reverse("admin:aging_export")).status_code == 403
    other = signed_in(cast.b, cast.b.admin).get(ADDRESS, {"day": DAY.isoformat()})
    assert "EUR" not in {sums.currency for sums, _bars in other.context["sums"]}


def test_a_class_behind_a_figure_has_its_name(office, owing):
    asked = {"by": "invoice", "group": "class", "day": DAY.isoformat()}
    page = office.get(ADDRESS, asked | {"key": "none"})
    assert page.context["name"] == "No class"
    page = office.get(ADDRESS, asked | {"key": owing.school_class.pk})
    assert page.context["name"] == str(owing.school_class)
    family = {"group": "payer", "key": f"family:{owing.student.pk}"}
    page = office.get(ADDRESS, asked | family)
    assert page.context["name"] == f"Family of {owing.student.name}"
