"""A term stays within its year, also when both change at once."""

import psycopg
import pytest

pytestmark = pytest.mark.database

TERM = "INSERT INTO terms (tenant_id, academic_year_id, name, start_date, end_date)"
YEAR = "UPDATE academic_years SET end_date = '2026-06-30' WHERE id = %s"


@pytest.fixture
def year(committed):
    return committed.new(
        "academic_years", name="2026", start_date="2026-01-01", end_date="2026-12-31"
    )


def test_a_year_does_not_shrink_while_a_term_is_added(committed, year):
    with committed.connect() as office, committed.connect() as other:
        office.execute(
            f"{TERM} VALUES (%s, %s, 'Autumn', '2026-09-01', '2026-12-31')",
            [committed.tenant, year],
        )
        other.execute("SET lock_timeout = '500ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute(YEAR, [year])
        other.rollback()
        office.commit()
        with pytest.raises(psycopg.errors.CheckViolation) as refusal:
            other.execute(YEAR, [year])
    assert refusal.value.diag.constraint_name == "year_without_its_terms"


@pytest.mark.parametrize("days", [("2025-12-31", "2026-06-30"), ("2026-09-01", "2027-01-01")])
def test_a_term_lies_within_its_year(committed, year, days):
    new = f"{TERM} VALUES (%s, %s, 'Odd', %s, %s)"
    refused = committed.attempt(lambda db: db.execute(new, [committed.tenant, year, *days]))
    assert refused.diag.constraint_name == "term_outside_year"
    whole = ["2026-01-01", "2026-12-31"]
    assert committed.db.execute(new, [committed.tenant, year, *whole]).rowcount == 1


@pytest.mark.parametrize("change", ["start_date = '2026-01-02'", "end_date = '2026-12-30'"])
def test_a_year_holds_its_terms(committed, year, change):
    committed.db.execute(
        f"{TERM} VALUES (%s, %s, 'Whole', '2026-01-01', '2026-12-31')", [committed.tenant, year]
    )
    sql = f"UPDATE academic_years SET {change} WHERE id = %s"
    refused = committed.attempt(lambda db: db.execute(sql, [year]))
    assert refused.diag.constraint_name == "year_without_its_terms"
