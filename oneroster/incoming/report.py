"""What an import did, and why it left rows out: counts per file, and one issue per row."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.cells import neutralise

REJECTED = "rejected"  # the row is wrong: with --strict nothing is imported
SKIPPED = "skipped"  # the row is right, but has no place here (a guardian, another school)
NOTE = "note"  # imported, with something a person should know

OUTCOMES = ["created", "updated", "unchanged", "archived", SKIPPED, REJECTED]


class Issue(NamedTuple):
    """One sentence about one row; `file` without ".csv", `line` as a text editor counts."""

    level: str
    file: str
    line: int
    sourced_id: str
    reason: str
    column: str = ""


@dataclass
class Report:
    """The outcome of one import; `counts[file][outcome]` are numbers of the file's rows.

    Every row of a file has exactly one outcome.
    """

    bundle: str
    version: str = ""
    school: str = ""
    org: str = ""
    dry_run: bool = False
    kept: bool = False  # False: rolled back
    rows: dict = field(default_factory=dict)
    counts: dict = field(default_factory=lambda: defaultdict(Counter))
    issues: list = field(default_factory=list)
    remarks: list = field(default_factory=list)  # sentences about the bundle as a whole

    def count(self, file, outcome):
        self.counts[file][outcome] += 1

    def note(self, row, reason):
        self.issues.append(Issue(NOTE, row.file, row.line, row.sourced_id, reason))

    def skip(self, row, reason, column=""):
        self._leave_out(SKIPPED, row.file, row.line, row.sourced_id, reason, column)

    def reject(self, row, reason, column=""):
        self._leave_out(REJECTED, row.file, row.line, row.sourced_id, reason, column)

    def fault(self, level, file, line, sourced_id, reason):
        """Record what the reading of the bundle found."""
        if level == NOTE:
            self.issues.append(Issue(NOTE, file, line, sourced_id, reason))
        else:
            self._leave_out(level, file, line, sourced_id, reason)

    def _leave_out(self, level, file, line, sourced_id, reason, column=""):
        self.issues.append(Issue(level, file, line, sourced_id, reason, column))
        self.count(file, level)

    def of_level(self, level):
        return [issue for issue in self.issues if issue.level == level]

    @property
    def rejected(self):
        """The number of rejected rows."""
        return sum(counter[REJECTED] for counter in self.counts.values())

    def total(self, outcome):
        return sum(counter[outcome] for counter in self.counts.values())

    def write_csv(self, stream):
        """Write every issue as CSV to a text stream opened with newline=""."""
        writer = csv.writer(stream)
        writer.writerow(["level", "file", "line", "sourcedId", "column", "reason"])
        for issue in self.issues:
            level, file, line, sourced_id, reason, column = issue
            cells = [level, f"{file}.csv", line, sourced_id, column, reason]
            writer.writerow([neutralise(cell) for cell in cells])


def lines(report, all_notes=False):
    """Yield the report as lines of text: table, rejected rows, then the rest by reason."""
    yield f"OneRoster {report.version} bundle {report.bundle} for {report.school}"
    if report.org:
        yield f"School in the bundle: {report.org}"
    yield from report.remarks
    yield ""
    yield from _table(["file", "rows", *OUTCOMES], _count_rows(report))
    rejected = report.of_level(REJECTED)
    if rejected:
        yield ""
        yield "Rejected rows:"
        yield from _table(
            ["file", "line", "sourcedId", "reason"],
            [[f"{i.file}.csv", str(i.line), i.sourced_id, i.reason] for i in rejected],
        )
    for level, title in ((SKIPPED, "Skipped rows"), (NOTE, "Notes")):
        issues = report.of_level(level)
        if issues:
            yield ""
            yield f"{title}:"
            yield from _each(issues) if all_notes else (f"  {line}" for line in grouped(issues))


def _count_rows(report):
    for file, rows in report.rows.items():
        counts = report.counts[file]
        yield [f"{file}.csv", str(rows), *(str(counts[outcome]) for outcome in OUTCOMES)]


def _each(issues):
    for issue in issues:
        yield f"  {issue.file}.csv:{issue.line} {_plain(issue.sourced_id)}: {_plain(issue.reason)}"


def grouped(issues):
    """Yield one line a file and reason; what stands in “quotes” differs from row to row."""
    groups = defaultdict(list)
    for issue in issues:
        groups[issue.file, _pattern(issue.reason)].append(issue)
    for (file, _), group in groups.items():
        first = group[0]
        more = f" ({len(group)} rows, first: line {first.line})" if len(group) > 1 else ""
        where = f"{file}.csv" if more else f"{file}.csv:{first.line}"
        yield f"{where}: {_plain(first.reason)}{more}"


def _pattern(reason):
    inside, kept = False, []
    for character in reason:
        inside = character == "“" or (inside and character != "”")
        if not inside:
            kept.append(character)
    return "".join(kept)


def _plain(text):
    """Text of the bundle must not move the terminal's cursor."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _table(header, rows):
    """Yield aligned lines; numbers to the right, the last column as long as it is."""
    table = [header, *([_plain(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        cells = [
            cell.rjust(width) if cell.isdigit() or (row is header and i and width < 10)
            else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]  # fmt: skip
        yield ("  " + "  ".join(cells)).rstrip()
