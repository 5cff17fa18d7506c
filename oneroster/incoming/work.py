"""lineItems.csv and results.csv: assignments, what students handed in, and its grades."""

import re
from collections import defaultdict
from datetime import datetime, time
from uuid import UUID

from academics.models import Assignment, Grade, Submission
from oneroster.bundle.values import parse_flag, parse_number, to_cents
from oneroster.incoming import reference
from oneroster.incoming.records import changed
from oneroster.incoming.report import SKIPPED
from oneroster.incoming.session import LeftOut

ACTIVE, CLOSED = Assignment.Status.ACTIVE.value, Assignment.Status.CLOSED.value
HOMEWORK = Assignment.Type.HOMEWORK.value
# Words in a category's title, or else in the line item's, in the order they are looked for.
TYPES = [
    (Assignment.Type.QUIZ.value, ["quiz"]),
    (Assignment.Type.PROJECT.value, ["project", "portfolio", "presentation"]),
    (Assignment.Type.EXAM.value, ["exam", "test", "midterm", "final", "assessment"]),
    (HOMEWORK, ["homework", "classwork", "assignment", "practice"]),
]
MAX_POINTS = 2**31 - 1
SCORE_LIMIT = 10_000  # numeric(6, 2)
MAX_LETTERS = 10

# What a result says about a student's work.
NONE, SUBMITTED, GRADED, EXCUSED = "none", "submitted", "graded", "excused"
WITH_GRADE = {GRADED, EXCUSED}


def type_of(title):
    """Return the type of assignment that a title's words speak of, or None."""
    for kind, words in TYPES:
        if re.search(rf"\b({'|'.join(words)})", title.lower()):
            return kind
    return None


def plan_assignments(session):
    """Plan the line items; afterwards session.resolve("lineItems", ...) answers."""
    _Assignments(session).plan()


def plan_results(session):
    """Plan submissions and grades."""
    if session.bundle.rows("results"):
        _Results(session).plan()


class _Assignments:
    def __init__(self, session):
        self.session = session
        records = session.records.of("lineItems")
        own = session.own_ids("lineItems")
        ids = own | {sourced_id: record.resource_id for sourced_id, record in records.items()}
        here = Assignment.objects.in_bulk(set(ids.values()) - {None})
        for sourced_id, pk in ids.items():
            if pk in here:
                session.remember("lineItems", sourced_id, here[pk])

    def plan(self):
        self.session.each("lineItems", self._keep, deleted=False)
        self.session.each("lineItems", self._close, deleted=True)

    def _keep(self, row):
        school_class = self.session.resolve("classes", row, "classSourcedId", "class")
        assignment = self.session.get("lineItems", row.sourced_id)
        if assignment is not None and assignment.school_class_id != school_class.pk:
            raise LeftOut(
                "was given to another class before, and cannot move", column="classSourcedId"
            )
        values = self._values(row)
        if assignment is None:
            start = school_class.start_date
            fields = {"assigned_date": start, "due_date": start} | values
            assignment = Assignment(school_class=school_class, **fields)
            self.session.writes.create(assignment, row)
        else:
            news = changed(values, self.session.baseline(row, assignment))
            if news.keys() & {"assigned_date", "due_date"}:  # together, as in classes.py
                news |= {name: values[name] for name in ("assigned_date", "due_date")}
            self.session.writes.update(assignment, news, row)
        self.session.remember("lineItems", row.sourced_id, assignment)
        self.session.keep(row, assignment.pk, values)

    def _values(self, row):
        if not row["title"]:
            raise LeftOut("no title", column="title")
        return {
            "title": self.session.cut(row, row["title"], 255, "title"),
            "description": row["description"] or None,
            "type": self._type(row),
            "max_score": self._max_score(row),
            "status": ACTIVE,
        } | self._dates(row)

    def _type(self, row):
        category = reference.columns(self.session, "categories", row["categorySourcedId"])
        return type_of(category.get("title", "")) or type_of(row["title"]) or HOMEWORK

    def _max_score(self, row):
        try:
            points = parse_number(row["resultValueMax"])
        except ValueError as error:
            raise LeftOut(f"resultValueMax: {error}", column="resultValueMax") from None
        if points is None:
            return None
        if not 0 < points <= MAX_POINTS:
            self.session.report.note(row, "a highest score that no score can reach; left empty")
            return None
        if points != int(points):
            # Rounding would give every student another percentage.
            self.session.report.note(
                row, f"the highest score “{points}” is no whole number; left empty"
            )
            return None
        return int(points)

    def _dates(self, row):
        assigned = self.session.date(row, "assignDate")
        due = self.session.date(row, "dueDate")
        if not (assigned or due):
            self.session.report.note(row, "no date; a new assignment is due when the class begins")
            return {}
        assigned, due = assigned or due, due or assigned
        if due < assigned:
            self.session.report.note(row, "due before it is given; given on the day it is due")
            assigned = due
        return {"assigned_date": assigned, "due_date": due}

    def _close(self, row):
        record = self.session.known_or_left_out(row)
        assignment = self.session.get("lineItems", row.sourced_id)
        if assignment is not None and record.data["set"].get("status") != CLOSED:
            self.session.writes.update(assignment, {"status": CLOSED}, row)
        self.session.keep(row, record.resource_id, record.data["set"] | {"status": CLOSED})


class _Results:
    def __init__(self, session):
        self.session = session
        self.groups = defaultdict(list)  # (assignment, student) -> [(row, what it says)]
        self.assignments = {}
        self.people = {}
        self.counted = set()  # the (assignment, student) that an active row speaks of

    def plan(self):
        self.session.each("results", self._sort, deleted=False)
        self._load()
        for pair, entries in self.groups.items():
            # Of several attempts the latest counts.
            entries.sort(key=lambda entry: (entry[1]["date"] or "", entry[0].line))
            for row, _ in entries[:-1]:
                reason = f"an earlier result of the same work; line {entries[-1][0].line} counts"
                self.session.leave_out(row, LeftOut(reason, SKIPPED))
            self.counted.add(pair)
            self._keep(pair, *entries[-1])
        self.session.each("results", self._remove, deleted=True)

    def _sort(self, row):
        assignment = self.session.resolve("lineItems", row, "lineItemSourcedId", "line item")
        student = self.session.resolve("users", row, "studentSourcedId", "person")
        if not student.is_student:
            raise LeftOut(
                f"“{student.name}” is a {student.role} here, not a student",
                column="studentSourcedId",
            )
        self.assignments[assignment.pk] = assignment
        self.people[student.pk] = student
        said = self._said(row)
        self.groups[assignment.pk, student.pk].append((row, said))

    def _load(self):
        assignments = set(self.assignments) | {
            assignment.pk
            for row in self.session.bundle.rows("results")
            if row.deleted and (assignment := self.session.get("lineItems", self._item_of(row)))
        }
        of_assignments = {"assignment__in": list(assignments)}
        self.submissions = {
            (s.assignment_id, s.student_id): s for s in Submission.objects.filter(**of_assignments)
        }
        self.grades = {
            (g.assignment_id, g.student_id): g for g in Grade.objects.filter(**of_assignments)
        }

    def _item_of(self, row):
        """Return the line item of a row; one to be deleted may leave it out, the record has it."""
        columns = reference.columns(self.session, "results", row.sourced_id)
        return row["lineItemSourcedId"] or columns.get("lineItemSourcedId", "")

    # --- what a row says ---

    def _said(self, row):
        """Return {state, date, score, grade, feedback} of a row; raises LeftOut."""
        score = self._score(row)
        status = row["scoreStatus"].lower()
        letters, feedback = row["textScore"] or None, row["comment"] or None
        if letters and len(letters) > MAX_LETTERS:
            self.session.report.note(
                row, f"the text score “{letters}” is too long for a grade; kept as feedback"
            )
            letters, feedback = None, "\n".join(filter(None, [letters, feedback]))
        state = SUBMITTED
        if status == "exempt":
            state, score, letters = EXCUSED, None, None
        elif score is not None or letters:
            state = GRADED
        elif status == "not submitted":
            state = NONE
        elif status == "fully graded":
            self.session.report.note(row, "graded, but without a score; kept as handed in")
        day = self.session.date(row, "scoreDate")
        return {
            "state": state,
            "date": day.isoformat() if day else None,
            "score": score,
            "grade": letters,
            "feedback": feedback,
        }

    def _score(self, row):
        try:
            score = parse_number(row["score"])
        except ValueError as error:
            raise LeftOut(f"score: {error}", column="score") from None
        if score is None:
            return None
        if score < 0:
            raise LeftOut(f"the score “{row['score']}” is negative", column="score")
        if score >= SCORE_LIMIT or to_cents(score) >= SCORE_LIMIT:
            raise LeftOut(
                f"the score “{row['score'][:40]}” is {SCORE_LIMIT} or more", column="score"
            )
        if to_cents(score) != score:
            self.session.report.note(row, f"the score “{row['score']}” was rounded to hundredths")
        return to_cents(score)

    # --- its submission and grade ---

    def _keep(self, pair, row, said):
        assignment, student = self.assignments[pair[0]], self.people[pair[1]]
        previous = self.session.previous(row)
        values = {"assignment": assignment.pk, "student": student.pk} | said
        self._take_back(pair, (previous or {}).get("state"), said["state"], row)
        if said["state"] == NONE:
            self.session.keep(row, None, values)
            return
        submission = self.submissions.get(pair) or self._submission(row, assignment, student, said)
        self.submissions[pair] = submission
        if said["state"] in WITH_GRADE:
            self._grade(row, submission, said, previous)
            if assignment.max_score is not None and (said["score"] or 0) > assignment.max_score:
                self.session.report.note(row, "the score is above the highest score; kept")
        grade = self.grades.get(pair)
        self.session.keep(row, grade.pk if grade else submission.pk, values)

    def _submission(self, row, assignment, student, said):
        """Hand the work in on the day of the score, but never late unless the bundle says so."""
        is_graded = said["state"] in WITH_GRADE
        status = Submission.Status.GRADED if is_graded else Submission.Status.SUBMITTED
        times = {}
        if said["date"]:
            day = said["date"]
            if not parse_flag(row["late"], default=False):
                day = min(day, assignment.due_date.isoformat())
            times = {"submitted_at": self._noon(day)}
        return self.session.writes.create(
            Submission(assignment=assignment, student=student, status=status.value, **times), row
        )

    def _grade(self, row, submission, said, previous):
        pair = (submission.assignment_id, submission.student_id)
        fields = {name: said[name] for name in ("score", "grade", "feedback")}
        fields["excused"] = said["state"] == EXCUSED
        grade = self.grades.get(pair)
        if grade is None:
            times = {"graded_at": self._noon(said["date"])} if said["date"] else {}
            self.grades[pair] = self.session.writes.create(
                Grade(
                    submission=submission,
                    student_id=submission.student_id,
                    assignment_id=submission.assignment_id,
                    **fields,
                    **times,
                ),
                row,
            )
            return
        baseline = previous and previous | {"excused": previous["state"] == EXCUSED}
        news = changed(fields, baseline)
        if news.get("excused"):
            news |= {"score": None, "grade": None}  # a grade is one or the other
        elif news.get("score") is not None or news.get("grade"):
            news["excused"] = False
        if self.session.writes.update(grade, news, row) and previous is None:
            self.session.report.note(row, "was graded here before; the bundle's grade replaces it")

    def _noon(self, day):
        """Return noon at the school on a result's day: a grade needs a time."""
        moment = datetime.combine(datetime.fromisoformat(day), time(12))
        return moment.replace(tzinfo=self.session.tenant.timezone)

    def _take_back(self, pair, was, now, row):
        """Undo what an earlier import made and the bundle no longer says; others' grades stay."""
        if was in WITH_GRADE and now not in WITH_GRADE and (grade := self.grades.pop(pair, None)):
            self.session.writes.delete(grade, row)
        if now != NONE or was in (None, NONE) or pair in self.grades:
            return
        submission = self.submissions.get(pair)
        if submission and submission.content is None and submission.attachments is None:
            self.session.writes.delete(self.submissions.pop(pair), row)

    def _remove(self, row):
        record = self.session.known_or_left_out(row)
        previous = record.data["set"]
        if previous:
            pair = (UUID(previous["assignment"]), UUID(previous["student"]))
            if pair not in self.counted:
                self._take_back(pair, previous["state"], NONE, row)
        self.session.keep(row, None, previous | {"state": NONE})
