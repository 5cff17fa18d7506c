"""SQL in migrations: one small helper that runs a frozen file."""

from pathlib import Path

from django.db.migrations import RunSQL


def run_sql(migration_file: str, name: str) -> RunSQL:
    """Return a RunSQL of `sql/<name>.up.sql` and `.down.sql` beside the calling migration.

    Call it as `run_sql(__file__, "0002_context")`. A frozen file is never edited once landed: the
    definition as it is now lives in `<app>/sql/`, and a change is a new frozen file.
    """
    folder = Path(migration_file).parent / "sql"
    return RunSQL(
        (folder / f"{name}.up.sql").read_text(encoding="utf-8"),
        (folder / f"{name}.down.sql").read_text(encoding="utf-8"),
    )
