-- The views of the other reports of the catalog (reporting/catalog/), each with tenant_id and an `id`
-- that is unique among a reader's rows. security_invoker, so that each shows and counts what its
-- reader may see. People by LEFT JOIN, as in views.sql. Aggregates for one row of the list are LATERAL,
-- so that a page reads only what belongs to its rows; a LEFT JOIN of an aggregate would read the whole
-- school.

-- The day on which an enrollment was dropped: completion_date, or the date in the audit trail.
-- SECURITY DEFINER because teachers may not read the trail: it returns this date only, for the office
-- and for the teacher's own classes. NULL if the entry is gone (it is kept for two years).
create or replace function app.dropped_at(enrollment uuid) returns timestamptz
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select l.timestamp from audit_logs l
      join enrollments e on e.tenant_id = l.tenant_id and e.id = l.resource_id
     where l.tenant_id = app.tenant_id() and l.resource_type = 'enrollment'
       and l.resource_id = dropped_at.enrollment
       and l.changes -> 'status' ->> 'after' = 'dropped'
       and (app.is_people_office() or e.class_id in (select o.id from app.taught_classes o))
     order by l.timestamp desc limit 1;
$$;
revoke execute on function app.dropped_at from public;
grant execute on function app.dropped_at
    to school_app, school_admin, school_registrar, school_teacher;

-- The school's time zone (settings key timezone); UTC if it is missing or unknown, as in app.today().
-- Called once for a query: the views put it into a scalar subquery.
create or replace function app.time_zone() returns text
    language plpgsql stable
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    zone text := (select t.settings ->> 'timezone' from tenants t where t.id = app.tenant_id());
begin
    perform now() at time zone zone;
    return coalesce(zone, 'UTC');
exception when invalid_parameter_value then
    return 'UTC';
end
$$;

-- Attendance of each student from app.period_from() to app.period_to(), in the classes of
-- app.period_classes(). A chronic absentee missed 10% or more of all sessions, excused or not.
create or replace view view_attendance_summary with (security_invoker = true) as
    select u.name as student_name, u.email as student_email, n.sessions, n.present, n.absent,
           n.late, n.excused,
           round(app.attendance_rate(n.present, n.absent, n.late), 2) as attendance_rate,
           round(100.0 * (n.absent + n.excused) / n.sessions, 2) as missed_rate,
           10 * (n.absent + n.excused) >= n.sessions as is_chronic,
           n.student_id, n.tenant_id, n.student_id as id,
           u.sort_name as student_sort_name, u.student_number
      from (select a.tenant_id, a.student_id, count(*)::int as sessions,
                   (count(*) filter (where a.status = 'present'))::int as present,
                   (count(*) filter (where a.status = 'absent'))::int as absent,
                   (count(*) filter (where a.status = 'late'))::int as late,
                   (count(*) filter (where a.status = 'excused'))::int as excused
              from attendance a
              join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
             where s.session_date >= case when app.period_from() is null then '-infinity'
                                          else app.period_from() end
               and s.session_date <= case when app.period_to() is null then 'infinity'
                                          else app.period_to() end
               and ((select app.period_classes()) is null
                    or s.class_id in (select unnest(app.period_classes())))
             group by a.tenant_id, a.student_id) n
      left join users u on u.tenant_id = n.tenant_id and u.id = n.student_id
     where u.deleted_at is null;

-- Which days a student was at school. The day's register says it where there is one; else the lessons of
-- the day, all together: present for who came to any, excused for who was excused from all. So no day
-- counts twice, however a school takes attendance (docs/decisions/0014).
create or replace view view_student_days with (security_invoker = true) as
    select d.tenant_id, d.student_id, d.day, d.status
      from daily_attendance d
     where d.day >= case when app.period_from() is null then '-infinity' else app.period_from() end
       and d.day <= case when app.period_to() is null then 'infinity' else app.period_to() end
     union all
    select l.tenant_id, l.student_id, l.day, l.status
      from (select a.tenant_id, a.student_id, s.session_date as day,
                   case when bool_or(a.status in ('present', 'late')) then 'present'
                        when bool_and(a.status = 'excused') then 'excused'
                        else 'absent' end::varchar(50) as status
              from attendance a
              join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
             where s.session_date >= case when app.period_from() is null then '-infinity'
                                          else app.period_from() end
               and s.session_date <= case when app.period_to() is null then 'infinity'
                                          else app.period_to() end
             group by a.tenant_id, a.student_id, s.session_date) l
     where not exists (select from daily_attendance d
                        where d.tenant_id = l.tenant_id and d.student_id = l.student_id
                          and d.day = l.day);

create or replace view view_days_summary with (security_invoker = true) as
    select u.name as student_name, u.email as student_email, n.days, n.present, n.absent, n.late,
           n.excused, round(app.attendance_rate(n.present, n.absent, n.late), 2) as attendance_rate,
           round(100.0 * (n.absent + n.excused) / n.days, 2) as missed_rate,
           10 * (n.absent + n.excused) >= n.days as is_chronic,
           n.student_id, n.tenant_id, n.student_id as id,
           u.sort_name as student_sort_name, u.student_number
      from (select v.tenant_id, v.student_id, count(*)::int as days,
                   (count(*) filter (where v.status = 'present'))::int as present,
                   (count(*) filter (where v.status = 'absent'))::int as absent,
                   (count(*) filter (where v.status = 'late'))::int as late,
                   (count(*) filter (where v.status = 'excused'))::int as excused
              from view_student_days v
             group by v.tenant_id, v.student_id) n
      left join users u on u.tenant_id = n.tenant_id and u.id = n.student_id
     where u.deleted_at is null;

-- Sessions without attendance, except sessions that are cancelled or still to begin at the school,
-- of cancelled or deleted classes, and those without enrolled students on their day. None at a school
-- that takes attendance once a day.
create or replace view view_missing_registers with (security_invoker = true) as
    select s.session_date, s.start_time, s.end_time, c.name as class_name, c.code as class_code,
           t.name as teacher_name, c.enrolled_count,
           (select (now() at time zone app.time_zone())::date) - s.session_date as days_ago,
           s.class_id, c.teacher_id, s.tenant_id, s.id,
           c.sort_name as class_sort_name
      from class_sessions s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
     where s.status <> 'cancelled' and c.status <> 'cancelled' and c.deleted_at is null
       and s.session_date <= (select (now() at time zone app.time_zone())::date)
       and (s.session_date < (select (now() at time zone app.time_zone())::date)
            or s.start_time <= (select (now() at time zone app.time_zone())::time))
       and not exists (select from attendance a
                        where a.tenant_id = s.tenant_id and a.class_session_id = s.id)
       and (select coalesce(o.settings ->> 'attendance_taken', 'classes') <> 'daily'
              from tenants o where o.id = app.tenant_id())
       and exists (select from enrollments e
                    where e.tenant_id = s.tenant_id and e.class_id = s.class_id
                      and e.enrollment_date <= s.session_date
                      and (e.status = 'active' or e.completion_date >= s.session_date));

-- The distribution of an assignment's grades: by bands of the percentage, and by letter (the given
-- one, or the scale's letter of the percentage). Only assignments with a grade. The letters are a
-- subquery in a column, which PostgreSQL computes after sorting and limiting; whether a grade exists
-- is a separate condition, so that counting the rows needs no aggregation.
create or replace view view_grade_distribution with (security_invoker = true) as
    select w.due_date, c.name as class_name, w.title as assignment_title, w.type as assignment_type,
           t.name as teacher_name, n.grades, n.mean, n.lowest, n.highest,
           n.band_90, n.band_80, n.band_70, n.band_60, n.band_0,
           (select string_agg(x.letter || ' ' || x.number, ', ' order by x.best desc nulls last,
                              x.letter)
              from (select p.letter, count(*) as number, max(p.percent) as best
                      from (select coalesce(g.grade, app.letter_grade(
                                       round(100.0 * g.score / w.max_score, 6),
                                       (select k.settings -> 'grading_scale' from tenants k
                                         where k.id = app.tenant_id()))) as letter,
                                   100.0 * g.score / w.max_score as percent
                              from grades g
                             where g.tenant_id = w.tenant_id and g.assignment_id = w.id) p
                     where p.letter is not null
                     group by p.letter) x) as letters,
           w.class_id, w.tenant_id, w.id, c.sort_name as class_sort_name,
           c.code as class_code
      from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
      left join lateral (
           select count(*)::int as grades, round(avg(p.percent), 2) as mean,
                  round(min(p.percent), 2) as lowest, round(max(p.percent), 2) as highest,
                  (count(*) filter (where p.percent >= 90))::int as band_90,
                  (count(*) filter (where p.percent >= 80 and p.percent < 90))::int as band_80,
                  (count(*) filter (where p.percent >= 70 and p.percent < 80))::int as band_70,
                  (count(*) filter (where p.percent >= 60 and p.percent < 70))::int as band_60,
                  (count(*) filter (where p.percent < 60))::int as band_0
             from (select 100.0 * g.score / w.max_score as percent from grades g
                    where g.tenant_id = w.tenant_id and g.assignment_id = w.id
                      and (g.score is not null or g.grade is not null)) p) n on true
     where c.deleted_at is null
       and exists (select from grades g
                    where g.tenant_id = w.tenant_id and g.assignment_id = w.id
                      and (g.score is not null or g.grade is not null));

-- Seats of the active classes, with whether each is held today (app.is_held), to come or over.
create or replace view view_class_fill with (security_invoker = true) as
    select c.name as class_name, c.code as class_code, c.level, c.subject, t.name as teacher_name,
           c.enrolled_count as enrolled, c.capacity, c.capacity - c.enrolled_count as seats_left,
           round(100.0 * c.enrolled_count / c.capacity, 1) as fill_rate,
           c.start_date, c.end_date, c.id as class_id, c.teacher_id, c.tenant_id, c.id,
           case when c.start_date > (select app.today(app.tenant_id())) then 'coming'
                when app.is_held(c.status, c.start_date, coalesce(c.end_date, m.end_date),
                                 (select app.today(app.tenant_id()))) then 'now'
                else 'over' end as state,
           c.sort_name as class_sort_name, t.sort_name as teacher_sort_name
      from classes c
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
      left join terms m on m.tenant_id = c.tenant_id and m.id = c.term_id
     where c.status = 'active' and c.deleted_at is null;

-- The load of teachers: the classes that are held today (app.is_held), and the sessions held or
-- planned from app.period_from() to app.period_to(), in the classes of app.period_classes().
create or replace view view_teacher_load with (security_invoker = true) as
    select u.name as teacher_name, u.email as teacher_email, n.classes, n.students,
           h.weekly_hours, s.sessions, s.session_hours, u.id as teacher_id, u.tenant_id, u.id,
           u.sort_name as teacher_sort_name
      from users u
     cross join lateral (
           select count(distinct c.id)::int as classes,
                  count(distinct e.student_id)::int as students
             from classes c
             left join terms t on t.tenant_id = c.tenant_id and t.id = c.term_id
             left join enrollments e on e.tenant_id = c.tenant_id and e.class_id = c.id
                                    and e.status = 'active'
            where c.tenant_id = u.tenant_id and c.teacher_id = u.id and c.deleted_at is null
              and app.is_held(c.status, c.start_date, coalesce(c.end_date, t.end_date),
                              (select app.today(app.tenant_id())))
              and ((select app.period_classes()) is null
                   or c.id in (select unnest(app.period_classes())))) n
     cross join lateral (
           select coalesce(round(sum(extract(epoch from w.end_time - w.start_time) / 3600), 2), 0)
                      as weekly_hours
             from classes c
             left join terms t on t.tenant_id = c.tenant_id and t.id = c.term_id
             join schedules w on w.tenant_id = c.tenant_id and w.class_id = c.id
            where c.tenant_id = u.tenant_id and c.teacher_id = u.id and c.deleted_at is null
              and app.is_held(c.status, c.start_date, coalesce(c.end_date, t.end_date),
                              (select app.today(app.tenant_id())))
              and ((select app.period_classes()) is null
                   or c.id in (select unnest(app.period_classes())))
              and (select app.today(app.tenant_id())) between coalesce(w.valid_from, '-infinity')
                                             and coalesce(w.valid_to, 'infinity')) h
     cross join lateral (
           select count(*)::int as sessions,
                  coalesce(round(sum(extract(epoch from m.end_time - m.start_time) / 3600), 2), 0)
                      as session_hours
             from classes c
             join class_sessions m on m.tenant_id = c.tenant_id and m.class_id = c.id
            where c.tenant_id = u.tenant_id and c.teacher_id = u.id and c.deleted_at is null
              and ((select app.period_classes()) is null
                   or c.id in (select unnest(app.period_classes())))
              and m.status <> 'cancelled'
              and m.session_date >= case when app.period_from() is null then '-infinity'
                                          else app.period_from() end
              and m.session_date <= case when app.period_to() is null then 'infinity'
                                          else app.period_to() end) s
     where u.deleted_at is null
       and (u.role = 'teacher' or n.classes > 0 or s.sessions > 0);

-- One row for every enrollment, and one more when it was dropped: on completion_date, else on the
-- day of the status change in the trail, else on the day of the row's last update.
create or replace view view_enrollment_changes with (security_invoker = true) as
    select x.event_date, x.event, c.name as class_name, c.code as class_code,
           u.name as student_name, u.email as student_email, t.name as teacher_name,
           x.enrollment_date, x.class_id, x.student_id, x.tenant_id, x.id,
           c.sort_name as class_sort_name, u.sort_name as student_sort_name,
           u.student_number
      from (select e.enrollment_date as event_date, 'enrolled' as event, e.enrollment_date,
                   e.class_id, e.student_id, e.tenant_id, e.id
              from enrollments e
            union all
            select coalesce(e.completion_date,
                            (coalesce(app.dropped_at(e.id), e.updated_at)
                                 at time zone (select app.time_zone()))::date),
                   'dropped', e.enrollment_date, e.class_id, e.student_id, e.tenant_id,
                   md5(e.id || ' dropped')::uuid
              from enrollments e where e.status = 'dropped') x
      join classes c on c.tenant_id = x.tenant_id and c.id = x.class_id
      left join users u on u.tenant_id = x.tenant_id and u.id = x.student_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
     where c.deleted_at is null and u.deleted_at is null;

-- The audit trail with the changes in words: column: before → after.
create or replace view view_audit_trail with (security_invoker = true) as
    select a.timestamp, u.name as user_name, u.email as user_email, a.action, a.resource_type,
           -- The school's own id is left out, even if the school was changed.
           nullif(a.resource_id, a.tenant_id) as resource_id,
           (select string_agg(concat(k.key, ': ', k.value ->> 'before', ' → ',
                                     k.value ->> 'after'), '; ' order by k.key)
              from jsonb_each(case when jsonb_typeof(a.changes) = 'object' then a.changes end) k)
               as changes,
           a.metadata ->> 'ip_address' as ip_address, a.user_id, a.tenant_id, a.id
      from audit_logs a
      left join users u on u.tenant_id = a.tenant_id and u.id = a.user_id;

-- Revoked first: by the default privileges a simple view would be writable.
revoke all on view_attendance_summary, view_student_days, view_days_summary,
    view_missing_registers, view_grade_distribution,
    view_class_fill, view_teacher_load, view_enrollment_changes, view_audit_trail
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_attendance_summary, view_student_days, view_days_summary,
    view_missing_registers, view_grade_distribution,
    view_class_fill, view_teacher_load, view_enrollment_changes, view_audit_trail
    to school_app, school_admin, school_registrar, school_teacher;
