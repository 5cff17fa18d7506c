"""The lines of report cards, one for each class, for all students in one query."""

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import connection

from academics.attendance_rate import attendance_rate

# For a student who came back to a class, the present enrollment.
QUERY = """
select distinct on (e.student_id, c.id)
       e.student_id, c.id, c.name, c.code, coalesce(u.name, t.name), e.current_grade,
       coalesce(app.mean_percent(e.tenant_id, e.student_id, e.class_id), app.own_percent(e.id)),
       k.steps,
       e.report_comment, m.id, m.name, y.name, coalesce(m.start_date, c.start_date), m.end_date,
       e.status = 'completed' or c.status = 'completed'
           or coalesce(m.end_date < app.school_date(e.tenant_id), false),
       a.present, a.absent, a.late, a.excused, c.sort_name
  from enrollments e
  join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
  left join terms m on m.tenant_id = c.tenant_id and m.id = c.term_id
  left join academic_years y on y.tenant_id = m.tenant_id and y.id = m.academic_year_id
  left join users u on u.tenant_id = c.tenant_id and u.id = c.teacher_id
  left join app.class_teachers t on t.tenant_id = c.tenant_id and t.class_id = c.id
 cross join lateral (select app.class_scale(c.tenant_id, c.id) as steps) k
 cross join lateral (
       select count(*) filter (where x.status = 'present') as present,
              count(*) filter (where x.status = 'absent') as absent,
              count(*) filter (where x.status = 'late') as late,
              count(*) filter (where x.status = 'excused') as excused
         from attendance x
         join class_sessions s on s.tenant_id = x.tenant_id and s.id = x.class_session_id
        where x.tenant_id = e.tenant_id and x.student_id = e.student_id and s.class_id = c.id
          and (c.term_id is not null
               or s.session_date between coalesce(%(first)s::date, '-infinity')
                                     and coalesce(%(last)s::date, 'infinity'))) a
 where e.tenant_id = app.tenant_id() and e.student_id = any(%(students)s)
   and e.status in ('active', 'completed')
   and c.deleted_at is null and c.status <> 'cancelled'
   and (%(term)s::uuid is null or c.term_id = %(term)s
        or c.term_id is null and c.start_date <= %(last)s
           and (c.end_date is null or c.end_date >= %(first)s))
 order by e.student_id, c.id, e.status, e.enrollment_date desc
"""


@dataclass(frozen=True)
class Line:
    """One class of one student. `steps` is the class's grading scale, None: the usual one."""

    student_id: object
    class_id: object
    name: str
    code: str | None
    teacher: str | None
    letter: str | None
    percent: Decimal | None
    steps: list | None
    comment: str | None
    term_id: object
    term: str | None
    year: str | None
    begins: date
    ends: date | None
    is_over: bool
    present: int
    absent: int
    late: int
    excused: int

    @property
    def rate(self):
        """Percent of the sessions attended, by the rule of enrollments.attendance_rate."""
        return attendance_rate(self.present, self.absent, self.late)

    @property
    def points(self):
        """The grade points that the scale gives for the letter; None without any."""
        for step in self.steps or []:
            if step[0] == self.letter and len(step) > 2 and step[2] is not None:
                return Decimal(str(step[2]))
        return None


def of_students(student_ids, term=None):
    """Return {student's id: [Line]} in the current context, by the beginning and the name.

    `term` None: of all terms. A class that belongs to no term is in those that it overlaps, with
    the attendance of the term's days.
    """
    params = {
        "students": list(student_ids),
        "term": term and term.pk,
        "first": term and term.start_date,
        "last": term and term.end_date,
    }
    lines_of = {student_id: [] for student_id in student_ids}
    sort_names = {}
    with connection.cursor() as cursor:
        cursor.execute(QUERY, params)
        for *row, sort_name in cursor.fetchall():
            line = _line(row)
            lines_of[line.student_id].append(line)
            sort_names[line.class_id] = sort_name
    for lines in lines_of.values():
        lines.sort(
            key=lambda line: (
                line.begins if term is None else date.min,
                sort_names[line.class_id],
            )
        )
    return lines_of


def _line(row):
    line = Line(*row)
    if not isinstance(line.steps, str):
        return line
    return replace(line, steps=json.loads(line.steps, parse_float=Decimal))
