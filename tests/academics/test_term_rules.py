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
