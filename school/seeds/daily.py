"""The registers of the last weeks' days; today's are not taken yet."""

from datetime import timedelta

WEEKS = 4

# As at the first lesson of the day, present without one; taken by whoever leads the homeroom.
MARKS = """
    with firsts as (
        select distinct on (s.session_date, a.student_id)
               s.session_date as day, a.student_id, a.status, a.notes
          from attendance a
          join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
         where a.tenant_id = %(tenant)s and s.session_date >= %(first)s
         order by s.session_date, a.student_id, s.start_time, s.id
    )
    insert into daily_attendance (tenant_id, id, student_id, day, status, notes, recorded_by,
                                  recorded_at, created_at, updated_at)
    select u.tenant_id, md5(u.id::text || d.day)::uuid, u.id, d.day, coalesce(f.status, 'present'),
           f.notes, t.teacher_id, d.at, d.at, d.at
      from (select distinct day, (day + time '08:35') at time zone %(zone)s as at from firsts) d
      join users u on u.tenant_id = %(tenant)s and u.role = 'student' and u.status = 'active'
      join (select distinct on (l.homeroom_id) l.homeroom_id, l.teacher_id
              from homeroom_teachers l where l.tenant_id = %(tenant)s
             order by l.homeroom_id, l.id) t on t.homeroom_id = u.homeroom_id
      left join firsts f on f.day = d.day and f.student_id = u.id
     order by d.day, u.id
"""


def build(builder):
    """Add the marks of days, after those of lessons."""
    values = {
        "tenant": builder.tenant_id,
        "zone": builder.profile.settings["timezone"],
        "first": builder.today - timedelta(weeks=WEEKS),
    }
    builder.cursor.execute(MARKS, values)
    builder.cursor.execute("analyze daily_attendance")
