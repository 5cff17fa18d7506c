"""The texts of gradebook cells for the page and its script."""

from decimal import ROUND_DOWN, Decimal

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from academics.grading import cells as grammar
from academics.selectors.gradebook import MISSING, NEW_WORK, TO_GRADE
from academics.services import grades
from core import written
from core.defaults import today

TENTH = Decimal("0.1")


def final():
    """Return why a teacher cannot write in a completed class."""
    return _("The class is completed and its grades are final; ask an admin.")


def percent(value):
    """Return a percentage with at most one decimal place; "" for None.

    Rounded down: 83.96 is not yet the 84 that earns the next letter.
    """
    if value is None:
        return ""
    return f"{written.number(Decimal(value).quantize(TENTH, ROUND_DOWN), -1)}%"


def hints():
    """Return {what a cell waits for: its short label}."""
    return {
        MISSING: _("missing"),
        TO_GRADE: _("to grade"),
        NEW_WORK: _("new work"),  # handed in after grading; a cell is narrow
    }


def hint(cell):
    """Return the short label of what a cell waits for."""
    return hints().get(cell.hint, "")


def shown(cell, hints):
    """Return the data of a cell for the page and its script; `hints` are those of `hints()`."""
    known = {
        "text": cell.text,
        "letter": cell.letter,
        "hint": hints.get(cell.hint),
        "version": cell.version,
        "feedback": cell.feedback,
    }
    return {key: value for key, value in known.items() if value}


def grid_data(book, *, url, changes, may_write):
    """Return the data of the page's script."""
    waits = hints()
    return {
        "url": url,
        "changes": changes,
        "mayWrite": may_write,
        "students": [{"id": str(r.student.pk), "name": r.student.name} for r in book.rows],
        "assignments": [
            {"id": str(c.assignment.pk), "title": c.assignment.title} for c in book.columns
        ],
        "cells": [[shown(cell, waits) for cell in row.cells] for row in book.rows],
        "texts": words(),
    }


def answer(book, outcomes):
    """Return the outcome of each cell, and the new percentages and means of the class."""
    waits = hints()
    cells = {
        (cell.column.assignment.pk, cell.row.student.pk): cell
        for row in book.rows
        for cell in row.cells
    }
    return {
        "cells": [_outcome(outcome, cells.get(outcome.cell.key), waits) for outcome in outcomes],
        "students": {
            str(row.student.pk): {"percent": percent(row.percent), "letter": row.letter or ""}
            for row in book.rows
        },
        "assignments": {str(c.assignment.pk): mean(c) for c in book.columns},
    }


def _outcome(outcome, cell, hints):
    result = {
        "student": str(outcome.cell.student_id),
        "assignment": str(outcome.cell.assignment_id),
        "state": outcome.state,
        "message": outcome.message
        or (conflict(outcome) if outcome.state == grades.CONFLICT else ""),
    }
    if cell is not None:
        result |= {"text": "", "letter": "", "hint": "", "version": "", "feedback": ""} | shown(
            cell, hints
        )
    return result


def mean(column):
    """Return the mean of a column in points and percent; "" without grades."""
    if column.mean is None:
        return ""
    points = written.number(column.mean, -1)
    share = percent(column.mean_percent)
    return f"{points} ({share})" if share else points


def conflict(outcome):
    """Return who changed what meanwhile, in a sentence."""
    grade = outcome.grade
    if grade is None:
        return _("Somebody emptied this cell meanwhile.")
    text = grammar.write(grade.score, grade.grade, grade.excused) or _("no grade")
    words = {"text": text, "who": outcome.by or _("Somebody"), "when": _moment(outcome.at)}
    if outcome.cell.text is None:
        return _("%(who)s changed this cell at %(when)s.") % words
    return _("%(who)s changed this cell to %(text)s at %(when)s.") % words


def _moment(at):
    at = localtime(at)
    return date_format(at, "TIME_FORMAT" if at.date() == today() else "DATETIME_FORMAT")


class Line:
    """A student's cell on the plain page of one assignment, as a row of its form."""

    def __init__(self, cell):
        self.cell = cell
        self.student = cell.row.student
        self.text, self.feedback, self.version = cell.text, cell.feedback, cell.version
        self.hint = hint(cell)
        self.error = ""

    def entered(self, data):
        """Return the submitted `grades.Cell`, or None if nothing was changed."""
        text = data.get(f"text-{self.student.pk}")
        feedback = data.get(f"feedback-{self.student.pk}")
        if text is None:
            return None
        seen = data.get(f"version-{self.student.pk}", "")
        was = data.get(f"was-{self.student.pk}", "")
        new_text = text if text.strip() != was else None
        new_feedback = _lines(feedback) if feedback is not None else None
        if new_feedback == _lines(data.get(f"said-{self.student.pk}", "")):
            new_feedback = None
        self.text, self.feedback = text, feedback or ""
        if new_text is None and new_feedback is None:
            return None
        return grades.Cell(
            student_id=self.student.pk,
            assignment_id=self.cell.column.assignment.pk,
            text=new_text,
            feedback=new_feedback,
            version=seen,
        )

    def correct(self, submitted, outcome):
        """Show the input of the `submitted` line again, and why it was not saved."""
        if submitted is None or outcome is None:
            return
        self.text, self.feedback = submitted.text, submitted.feedback
        if outcome.state == grades.CONFLICT:
            again = _("Save again to put yours in its place.")
            self.error = f"{conflict(outcome)} {again}"
        else:
            self.error = outcome.message

    @property
    def was(self):
        return self.cell.text

    @property
    def said(self):
        return self.cell.feedback


def _lines(text):
    """Return a text with normalized line ends, as it compares with a form's."""
    return text.replace("\r\n", "\n").strip()


def words():
    """Return the sentences of the page's script."""
    return {
        "saving": _("Saving …"),
        "saved": _("Saved at {time}."),
        "cellSaving": _("saving"),
        "cellSaved": _("saved"),
        "cellFailed": _("not saved"),
        "cellRefused": _("refused"),
        "cellConflict": _("changed by somebody else"),
        "hasFeedback": _("has feedback"),
        "failed": _("No connection: {count} not saved yet. It is tried again by itself."),
        "signedOut": _("You are signed out. Sign in in another tab, then try again."),
        "forbidden": _("You may not change this."),
        "pasted": _(
            "Pasted: {saved} saved, {refused} refused, {changed} changed by somebody else."
        ),
        "replaces": _("Grades that are replaced: {count}. Ctrl+Z takes the paste back."),
        "takenBack": _("Taken back: {count}."),
        "nothingToUndo": _("There is nothing to take back."),
        "left": _("{count} empty or outside the grid: left as it was."),
        "keep": _("Keep {text}"),
        "mine": _("Save {text}"),
        "keepFeedback": _("Keep theirs"),
        "mineFeedback": _("Save mine"),
        "nothing": _("no grade"),
        "goTo": _("Go to the cell"),
        "undo": _("Undo"),
        "gradeFirst": _("Give a grade first; the feedback belongs to it."),
        "place": _("{student}, {assignment}"),
    }
