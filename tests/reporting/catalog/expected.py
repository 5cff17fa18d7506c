"""What each report must hold, written out: as the owner of the tables, who has no policies.

Every query names the school, and for a teacher the conditions of the policy table: {mine} for rows
of a class `c`, {known} for a person `u`, {leads} for a person `t`. The columns are the files'.
"""

ADMIN = {"mine": "true", "known": "true", "leads": "true", "self": "true"}
STUDENTS = (
    "select e9.student_id from enrollments e9 join classes c9 on c9.id = e9.class_id"
    " where c9.teacher_id = %(user)s and c9.tenant_id = %(tenant)s"
)
TEACHER = {
    "mine": "c.teacher_id = %(user)s",
    "known": f"(u.id = %(user)s or u.id in ({STUDENTS}))",
    "leads": f"(t.id = %(user)s or t.id in ({STUDENTS}))",
    "self": "u.id = %(user)s",
}
TODAY = "(now() at time zone %(zone)s)"

QUERIES = {
    "user_roster": """
        select u.metadata ->> 'student_number', u.email, u.name, u.role, u.status, u.created_at,
               u.last_login from users u
         where u.tenant_id = %(tenant)s and u.deleted_at is null and {known}""",
    "class_enrollment": """
        select c.code, c.name, c.level, u.metadata ->> 'student_number', u.name, u.email,
               e.enrollment_date, e.status,
               e.attendance_rate, e.current_grade, t.name
          from enrollments e join classes c on c.id = e.class_id
          join users u on u.id = e.student_id
          left join users t on t.id = c.teacher_id and {leads}
         where e.tenant_id = %(tenant)s and c.deleted_at is null and u.deleted_at is null
           and {mine}""",
    "attendance_report": """
        select s.session_date, c.name, c.code, u.name, u.metadata ->> 'student_number', a.status,
               a.notes, t.name
          from attendance a join class_sessions s on s.id = a.class_session_id
          join classes c on c.id = s.class_id
          left join users u on u.id = a.student_id and {known}
          left join users t on t.id = c.teacher_id and {leads}
         where a.tenant_id = %(tenant)s and {mine}""",
    "attendance_summary": """
        select min(u.metadata ->> 'student_number'), min(u.name), min(u.email), count(*),
               sum((a.status = 'present')::int), sum((a.status = 'absent')::int),
               sum((a.status = 'late')::int), sum((a.status = 'excused')::int),
               round(100.0 * sum((a.status in ('present', 'late'))::int)
                     / nullif(sum((a.status <> 'excused')::int), 0), 2),
               round(100.0 * sum((a.status in ('absent', 'excused'))::int) / count(*), 2),
               sum((a.status in ('absent', 'excused'))::int) / count(*)::numeric >= 0.1
          from attendance a join class_sessions s on s.id = a.class_session_id
          join classes c on c.id = s.class_id
          left join users u on u.id = a.student_id and {known}
         where a.tenant_id = %(tenant)s and {mine} and u.deleted_at is null
         group by a.student_id""",
    "attendance_days": """
        with days as (
            select d.student_id, d.day, d.status from daily_attendance d
              join users u on u.id = d.student_id and {known}
             where d.tenant_id = %(tenant)s
            union all
            select a.student_id, s.session_date,
                   case when sum((a.status in ('present', 'late'))::int) > 0 then 'present'
                        when count(*) = sum((a.status = 'excused')::int) then 'excused'
                        else 'absent' end
              from attendance a join class_sessions s on s.id = a.class_session_id
              join classes c on c.id = s.class_id
             where a.tenant_id = %(tenant)s and {mine}
               and (a.student_id, s.session_date) not in (
                   select student_id, day from daily_attendance)
             group by 1, 2)
        select min(u.metadata ->> 'student_number'), min(u.name), min(u.email), count(*),
               sum((a.status = 'present')::int), sum((a.status = 'absent')::int),
               sum((a.status = 'late')::int), sum((a.status = 'excused')::int),
               round(100.0 * sum((a.status in ('present', 'late'))::int)
                     / nullif(sum((a.status <> 'excused')::int), 0), 2),
               round(100.0 * sum((a.status in ('absent', 'excused'))::int) / count(*), 2),
               sum((a.status in ('absent', 'excused'))::int) / count(*)::numeric >= 0.1
          from days a
          left join users u on u.id = a.student_id and {known}
         where u.deleted_at is null
         group by a.student_id""",
    "missing_registers": f"""
        select s.session_date, s.start_time, s.end_time, c.name, c.code, t.name,
               c.enrolled_count, {TODAY}::date - s.session_date
          from class_sessions s join classes c on c.id = s.class_id
          left join users t on t.id = c.teacher_id and {{leads}}
         where s.tenant_id = %(tenant)s and {{mine}} and c.deleted_at is null
           and s.status in ('scheduled', 'completed') and c.status in ('active', 'completed')
           and s.session_date + s.start_time <= {TODAY}
           and s.id not in (select class_session_id from attendance)
           and (select count(*) from enrollments e
                 where e.class_id = c.id and e.enrollment_date <= s.session_date
                   and (e.status = 'active' or e.completion_date >= s.session_date)) > 0""",
    "grade_distribution": """
        select w.due_date, c.code, c.name, w.title, w.type, min(t.name), count(*),
               round(avg(100.0 * g.score / w.max_score), 2),
               round(min(100.0 * g.score / w.max_score), 2),
               round(max(100.0 * g.score / w.max_score), 2),
               count(*) filter (where 100.0 * g.score / w.max_score >= 90),
               count(*) filter (where floor(10 * g.score / w.max_score) = 8),
               count(*) filter (where floor(10 * g.score / w.max_score) = 7),
               count(*) filter (where floor(10 * g.score / w.max_score) = 6),
               count(*) filter (where 100.0 * g.score / w.max_score < 60),
               case when w.title = 'Drawing' then 'Pass 1'
                    when w.title = 'Quiz' then 'A 1, D 1'
                    when w.max_score = 20 then 'A 1, B+ 1, F 2'
                    else 'F 2' end
          from grades g join assignments w on w.id = g.assignment_id
          join classes c on c.id = w.class_id
          left join users t on t.id = c.teacher_id and {leads}
         where w.tenant_id = %(tenant)s and {mine} and c.deleted_at is null
         group by w.id, c.id""",
    "class_fill": """
        select c.name, c.code, c.level, c.subject, t.name,
               (select count(*) from enrollments e where e.class_id = c.id
                                                     and e.status = 'active'),
               c.capacity,
               c.capacity - (select count(*) from enrollments e where e.class_id = c.id
                                                                  and e.status = 'active'),
               round(100.0 * (select count(*) from enrollments e where e.class_id = c.id
                                                                   and e.status = 'active')
                     / c.capacity, 1),
               c.start_date, c.end_date, 'now'
          from classes c left join users t on t.id = c.teacher_id and {leads}
         where c.tenant_id = %(tenant)s and {mine} and c.deleted_at is null
           and c.status = 'active'""",
    "teacher_load": """
        select u.name, u.email,
               (select count(*) from classes c where c.teacher_id = u.id and c.status = 'active'
                                                 and c.deleted_at is null),
               (select count(distinct e.student_id) from enrollments e
                  join classes c on c.id = e.class_id
                 where c.teacher_id = u.id and c.status = 'active' and c.deleted_at is null
                   and e.status = 'active'),
               case u.name when 'Teacher' then 2.25 when 'Outsider' then 2 end,
               (select count(*) from class_sessions s join classes c on c.id = s.class_id
                 where c.teacher_id = u.id and s.status <> 'cancelled' and c.deleted_at is null),
               (select round(count(*) * 0.75, 2) from class_sessions s
                  join classes c on c.id = s.class_id
                 where c.teacher_id = u.id and s.status <> 'cancelled' and c.deleted_at is null)
          from users u
         where u.tenant_id = %(tenant)s and u.role = 'teacher' and {self}""",
    "enrollment_changes": f"""
        with told as (
            select e.*, 'enrolled' as event, e.enrollment_date as event_date from enrollments e
            union all
            select e.*, 'dropped', coalesce(e.completion_date, {TODAY}::date)
              from enrollments e where e.status = 'dropped')
        select e.event_date, e.event, c.name, c.code, u.metadata ->> 'student_number', u.name,
               u.email, t.name, e.enrollment_date
          from told e join classes c on c.id = e.class_id join users u on u.id = e.student_id
          left join users t on t.id = c.teacher_id and {{leads}}
         where e.tenant_id = %(tenant)s and {{mine}} and c.deleted_at is null
           and u.deleted_at is null""",
    "payment_ledger": """
        select p.payment_date, 'payment', u.name, u.email, p.amount, p.currency, p.payment_method,
               i.invoice_number, i.status, p.transaction_id, null
          from payments p join invoices i on i.id = p.invoice_id join users u on u.id = p.student_id
         where p.tenant_id = %(tenant)s
        union all
        select r.reversal_date, r.kind, u.name, u.email, -r.amount, p.currency, p.payment_method,
               i.invoice_number, i.status, p.transaction_id, r.reason
          from payment_reversals r join payments p on p.id = r.payment_id
          join invoices i on i.id = p.invoice_id join users u on u.id = p.student_id
         where r.tenant_id = %(tenant)s""",
    "receivables": f"""
        with moves as (
            select issue_date::timestamp as day, 'i' as kind, amount from invoices
             where tenant_id = %(tenant)s
            union all
            select credit_date, 'c', -amount from credit_notes where tenant_id = %(tenant)s
            union all
            select allocation_date, 'a', -amount from payment_allocations
             where tenant_id = %(tenant)s),
        months as (
            select generate_series(date_trunc('month', min(day)),
                                   date_trunc('month', greatest(max(day), {TODAY})),
                                   interval '1 month') as m from moves)
        select to_char(m, 'YYYY-MM'), 'USD',
               coalesce(sum(amount) filter (where day < m), 0.00),
               coalesce(sum(amount) filter (where kind = 'i' and day >= m), 0.00),
               coalesce(-sum(amount) filter (where kind = 'c' and day >= m), 0.00),
               coalesce(-sum(amount) filter (where kind = 'a' and day >= m), 0.00),
               sum(amount)
          from months join moves on day < m + interval '1 month'
         group by m""",
    "collected": """
        select to_char(d.day, 'YYYY-MM'), 'USD', d.method, sum(d.amount), sum(d.back),
               sum(d.amount) - sum(d.back)
          from (select payment_date as day, payment_method as method, amount, 0.00 as back
                  from payments where tenant_id = %(tenant)s
                union all
                select r.reversal_date, p.payment_method, 0.00, r.amount
                  from payment_reversals r join payments p on p.id = r.payment_id
                 where r.tenant_id = %(tenant)s) d
         group by 1, 3""",
    "revenue": """
        select to_char(d.day, 'YYYY-MM'), 'USD', '–', sum(d.amount), sum(d.back),
               sum(d.amount) - sum(d.back)
          from (select issue_date as day, amount, 0.00 as back
                  from invoices where tenant_id = %(tenant)s
                union all
                select credit_date, 0.00, amount from credit_notes where tenant_id = %(tenant)s) d
         group by 1""",
}


def rows(world, school, user, name):
    """Return the rows of a report for a person, by the owner."""
    scope = TEACHER if user.role == "teacher" else ADMIN
    return world.rows(
        QUERIES[name].format(**scope),
        tenant=school.tenant.pk,
        user=user.pk,
        zone=school.tenant.settings["timezone"],
    )
