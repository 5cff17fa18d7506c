"""enrollments.csv: students take their seats, teachers their classes."""

from collections import Counter, defaultdict

from academics.models import Enrollment
from oneroster.bundle.values import parse_flag
from oneroster.incoming.records import changed
from oneroster.incoming.report import SKIPPED
from oneroster.incoming.session import LeftOut

ACTIVE, DROPPED = Enrollment.Status.ACTIVE.value, Enrollment.Status.DROPPED.value


def plan(session):
    """Plan the enrollments, the classes' teachers and the seats that they need."""
    _Enrollments(session).plan()


def last_day(status, completion_date, class_end):
    """Return the last day of an enrollment for a bundle, or None: a completed one has one."""
    if status == Enrollment.Status.COMPLETED:
        return completion_date or class_end
    return completion_date


class _Enrollments:
    def __init__(self, session):
        self.session = session
        self.groups = defaultdict(list)  # (student, class) -> rows; together they are one seat
        self.teachers = defaultdict(list)  # class -> [(row, teacher)]
        self.people = {}
        self.classes = {}
        self.causes = {}  # class -> the row that changes its teachers
        self.fillers = {}  # class -> the first row that enrolls a student in it
        self.claimed = set()  # ids of enrollments that an active row stands for

    def plan(self):
        session = self.session
        session.each("enrollments", self._sort, deleted=False)
        self._load()
        for pair, rows in self.groups.items():
            if others := [row for row in rows if not self._keep_own(row, pair)]:
                self._seat(self.people[pair[0]], self.classes[pair[1]], others)
        self._drop_moved()
        news = self._record_teachers()
        session.each("enrollments", lambda row: self._remove(row, news), deleted=True)
        self._appoint(news)
        self._raise_capacities()

    def _sort(self, row):
        """Add a row to the group of its student and class, or to its class's teachers."""
        school_class = self.session.resolve("classes", row, "classSourcedId", "class")
        person = self.session.resolve("users", row, "userSourcedId", "person")
        role = row["role"].lower() or person.role
        if role not in ("student", "teacher"):
            reason = f"the role “{row['role']}” in a class has no counterpart here"
            raise LeftOut(reason, SKIPPED, "role")
        if (role == "student") != person.is_student:
            reason = f"enrolled as a {role}, but “{person.name}” is a {person.role} here"
            raise LeftOut(reason, column="role")
        # A wrong date rejects the row here, before anything is planned for it.
        self.session.date(row, "beginDate"), self.session.date(row, "endDate")
        self.people[person.pk] = person
        self.classes[school_class.pk] = school_class
        if role == "student":
            self.groups[person.pk, school_class.pk].append(row)
            self.fillers.setdefault(school_class.pk, row)
        else:
            self.teachers[school_class.pk].append((row, person))

    def _load(self):
        """Read the enrollments of the classes, and those that earlier imports linked to rows."""
        enrollments = Enrollment.objects.filter(school_class__in=list(self.classes))
        self.here = {enrollment.pk: enrollment for enrollment in enrollments}
        records = self.session.records.of("enrollments")
        linked = {
            records[row.sourced_id].resource_id
            for row in self.session.bundle.rows("enrollments")
            if row.sourced_id in records
        }
        linked |= set(self.session.own_ids("enrollments").values())
        self.here |= Enrollment.objects.in_bulk(linked - {None} - self.here.keys())
        self.seats = {_pair(e): e for e in self.here.values() if e.status == ACTIVE}
        self.by_id = {str(pk): enrollment for pk, enrollment in self.here.items()}
        self.moved = []

    # --- rows of this school's own export ---

    def _keep_own(self, row, pair):
        """Apply the changes of a row that this school exported; return whether it is such a row.

        It is if its sourcedId is the id of an enrollment here with the same student and class.
        """
        enrollment = self.by_id.get(row.sourced_id)
        if enrollment is None or _pair(enrollment) != pair:
            return False
        school_class = self.classes[enrollment.school_class_id]
        values = self._values(school_class, [row])
        dates = {
            "enrollment_date": enrollment.enrollment_date,
            "completion_date": last_day(
                enrollment.status, enrollment.completion_date, school_class.end_date
            ),
        }
        previous = self.session.baseline(row, enrollment, **dates)
        self._change(enrollment, values, previous, row)
        self.claimed.add(enrollment.pk)
        self._record(row, enrollment, values)
        return True

    # --- students ---

    def _seat(self, student, school_class, rows):
        """Keep one enrollment for all rows of a student in a class."""
        pair = (student.pk, school_class.pk)
        enrollment, previous = self.seats.get(pair), None
        for row in rows:
            record = self.session.records.get("enrollments", row.sourced_id)
            linked = self.here.get(record.resource_id) if record else None
            if linked is None:
                continue
            if _pair(linked) != pair:
                self.moved.append((linked, row))
            else:
                enrollment = enrollment or linked
                previous = previous or record.data["set"]
        values = self._values(school_class, rows)
        if enrollment is None:
            fields = {"enrollment_date": school_class.start_date} | values
            if fields["completion_date"] and fields["completion_date"] < fields["enrollment_date"]:
                fields["enrollment_date"] = fields["completion_date"]
            enrollment = Enrollment(student=student, school_class=school_class, **fields)
            self.session.writes.create(enrollment, rows[0])
            self.here[enrollment.pk] = self.seats[pair] = enrollment
        else:
            self._change(enrollment, values, previous, rows[0])
        self.claimed.add(enrollment.pk)
        for row in rows:
            if row is not rows[0]:
                self.session.report.note(
                    row, f"the same student and class as line {rows[0].line}; one enrollment"
                )
            self._record(row, enrollment, values)

    def _record(self, row, enrollment, values):
        student, school_class = _pair(enrollment)
        linked = {"role": "student", "student": student, "school_class": school_class}
        self.session.keep(row, enrollment.pk, linked | values)

    def _change(self, enrollment, values, previous, row):
        news = changed(values, previous)
        if news.keys() & {"enrollment_date", "completion_date"}:  # together, as in classes.py
            news |= {name: values[name] for name in values if name.endswith("_date")}
        end = news.get("completion_date")
        if end and end < news.get("enrollment_date", enrollment.enrollment_date):
            news["enrollment_date"] = end
        self.session.writes.update(enrollment, news, row)

    def _values(self, school_class, rows):
        """Return status and dates: from the earliest begin to the latest end of the rows."""
        begins = [b for b in (self.session.date(row, "beginDate") for row in rows) if b]
        ends = [self.session.date(row, "endDate") for row in rows]
        end = max(ends) if all(ends) else None
        if begins and end and end < min(begins):
            self.session.report.note(rows[0], "ends before it begins; no end")
            end = None
        values = {"status": ACTIVE, "completion_date": end}
        return values | ({"enrollment_date": min(begins)} if begins else {})

    def _drop_moved(self):
        """Drop the old seats of rows that are now about another student or class."""
        for enrollment, row in self.moved:
            if enrollment.pk not in self.claimed:
                self.session.writes.update(enrollment, {"status": DROPPED}, row)

    def _remove(self, row, news):
        record = self.session.known_or_left_out(row)
        previous = record.data["set"]
        if previous.get("role") == "teacher":
            if self.session.keep(row, None, previous | {"status": DROPPED}):
                news[previous["school_class"]].add(previous["user"])
                self.causes[previous["school_class"]] = row
            return
        enrollment = self.here.get(record.resource_id)
        if (
            enrollment is not None
            and enrollment.pk not in self.claimed
            and previous.get("status") != DROPPED
            and not self._stands_for_others(row, record)
        ):
            self.session.writes.update(enrollment, {"status": DROPPED}, row)
        self.session.keep(row, record.resource_id, previous | {"status": DROPPED})

    def _stands_for_others(self, row, record):
        """Return whether a row of an earlier import, not of this bundle, holds the same seat."""
        records = self.session.records
        if not hasattr(self, "sharing"):
            self.sharing = records.by_resource("enrollments")
            self.present = {r.sourced_id for r in self.session.bundle.rows("enrollments")}
        return any(
            other not in self.present
            and records.get("enrollments", other).data["set"].get("status") == ACTIVE
            for other in self.sharing[record.resource_id]
        )

    # --- teachers ---

    def _record_teachers(self):
        """Record the teachers' rows; return {changed class: people who no longer teach it}."""
        news = defaultdict(set)
        for school_class, entries in self.teachers.items():
            for row, person in entries:
                before = self.session.previous(row) or {}
                values = {
                    "role": "teacher",
                    "user": person.pk,
                    "school_class": school_class,
                    "primary": parse_flag(row["primary"], default=False),
                    "status": ACTIVE,
                }
                if self.session.keep(row, None, values):
                    news.setdefault(str(school_class), set())
                    self.causes.setdefault(str(school_class), row)
                    if "user" in before:
                        news[before["school_class"]].add(before["user"])
                        self.causes.setdefault(before["school_class"], row)
        return news

    def _appoint(self, news):
        """Give classes whose teachers changed in the bundle their primary (or first) teacher."""
        known = {str(school_class.pk): school_class for school_class in self._all_classes()}
        candidates = self._candidates(news) if news else {}
        for school_class_id, lost in news.items():
            school_class = known.get(school_class_id)
            if school_class is None:
                continue
            ranked, cause = candidates.get(school_class_id, []), self.causes[school_class_id]
            if ranked:
                self.session.writes.update(school_class, {"teacher_id": ranked[0][2]}, cause)
            elif str(school_class.teacher_id) in lost:
                self.session.writes.update(school_class, {"teacher_id": None}, cause)
            for _, _, _, row in ranked[1:]:
                if row is not None:
                    self.session.report.note(
                        row, "a further teacher of the class; kept in the records only"
                    )

    def _candidates(self, news):
        """Return {class: [(not primary, line, teacher's id, row)]} sorted, for changed classes.

        Teachers of earlier imports count as well, for bundles that list changes only.
        """
        candidates = defaultdict(list)
        for school_class, entries in self.teachers.items():
            for row, person in entries:
                primary = parse_flag(row["primary"], default=False)
                candidates[str(school_class)].append((not primary, row.line, person.pk, row))
        here = {str(pk): pk for pk in self._people_here()}
        listed = {row.sourced_id for row in self.session.bundle.rows("enrollments")}
        for sourced_id, record in self.session.records.of("enrollments").items():
            values = record.data["set"]
            if values.get("role") != "teacher" or values["school_class"] not in news:
                continue
            if sourced_id in listed or values["status"] != ACTIVE or values["user"] not in here:
                continue
            entry = (not values["primary"], float("inf"), here[values["user"]], None)
            candidates[values["school_class"]].append(entry)
        return {key: sorted(entries, key=lambda e: e[:2]) for key, entries in candidates.items()}

    def _all_classes(self):
        return self.session.objects("classes")

    def _people_here(self):
        return {person.pk for person in self.session.objects("users")}

    # --- seats ---

    def _raise_capacities(self):
        """No class has fewer seats than students: OneRoster knows no capacity."""
        taken = Counter(e.school_class_id for e in self.here.values() if e.status == ACTIVE)
        raised = 0
        for pk, school_class in self.classes.items():
            if taken[pk] > school_class.capacity:
                was_new = school_class._state.adding
                self.session.writes.update(school_class, {"capacity": taken[pk]}, self.fillers[pk])
                raised += not was_new
        if raised:
            self.session.report.remarks.append(
                f"The capacity of {raised} existing classes was raised to what the bundle enrolls."
            )


def _pair(enrollment):
    return enrollment.student_id, enrollment.school_class_id
