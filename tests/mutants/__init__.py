"""Does the suite notice? Each mutation is one mistake; the tests named with it must fail.

`python -m tests.mutants` (`make mutants`) makes each mistake in a copy of the working tree, runs
its tests there and prints the mistakes that nobody noticed. The lists are TOML files, in a folder
for each group (sql, python, javascript, settings) by subject:

    [[mutation]]
    name = "a register forgets which version it was opened with"
    file = "academics/services/register.py"
    find = "text that stands there once"
    replace = "text to put there"
    tests = ["tests/academics/services/test_register.py"]    # what pytest is given

A mutation of `<app>/sql/` is made in the definition as it is now, which then runs on top of the
migrated database (tests/prepared.py); it must stand in a frozen file of the migrations as well.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
GROUPS = ["sql", "python", "javascript", "settings"]


@dataclass(frozen=True)
class Mutation:
    """One mistake in one file, and the tests that must fail by it."""

    group: str
    name: str
    file: str
    find: str
    replace: str
    tests: tuple

    @property
    def is_sql(self):
        return Path(self.file).parent.name == "sql"

    def changed(self, base=BASE_DIR):
        """Return the text of the file below `base` with the mistake in it.

        Raises ValueError where the text to be replaced does not stand exactly once.
        """
        path = base / self.file
        text = path.read_text()
        if text.count(self.find) != 1:
            raise ValueError(f"{self.name}: {text.count(self.find)} times in {self.file}.")
        if self.is_sql:
            frozen = (path.parent.parent / "migrations" / "sql").glob("*.up.sql")
            if not any(self.find in path.read_text() for path in frozen):
                raise ValueError(f"{self.name}: no migration has the text.")
        return text.replace(self.find, self.replace)


def load(group):
    """Return the mutations of one group."""
    files = sorted((Path(__file__).parent / group).glob("*.toml"))
    entries = [
        mutation for file in files for mutation in tomllib.loads(file.read_text())["mutation"]
    ]
    return [Mutation(group, **entry | {"tests": tuple(entry["tests"])}) for entry in entries]
