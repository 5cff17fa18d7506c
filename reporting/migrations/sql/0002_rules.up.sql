-- ==================== reporting_rules
-- Composite foreign keys and audit of saved filters and scheduled reports.

alter table saved_filters drop constraint if exists saved_filters_user_fk;
alter table saved_filters add constraint saved_filters_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);

alter table report_schedules drop constraint if exists report_schedules_owner_fk;
alter table report_schedules add constraint report_schedules_owner_fk
    foreign key (tenant_id, owner_id) references users (tenant_id, id);

alter table report_recipients drop constraint if exists report_recipients_schedule_fk;
alter table report_recipients add constraint report_recipients_schedule_fk
    foreign key (tenant_id, schedule_id) references report_schedules (tenant_id, id)
    on delete cascade;
alter table report_recipients drop constraint if exists report_recipients_user_fk;
alter table report_recipients add constraint report_recipients_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);

-- The audit trail names the owner of filters, not their content, which is private.
select app.watch('saved_filters', 'saved_filter', 'name', 'filters', 'sort');
select app.watch('report_schedules', 'report_schedule', 'next_run_at');
select app.watch('report_recipients', 'report_recipient');

-- ==================== due_schedules
-- Scheduled reports that are due, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, where
-- the policies apply as usual. People who are signed in get no rows.
-- Relied on by reporting.services.schedules.

create or replace function app.due_schedules() returns table (tenant_id uuid, row_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.tenant_id, s.id
      from report_schedules s join tenants t on t.id = s.tenant_id
     where app.is_nobody()
       and s.is_active and s.next_run_at <= now() and t.status = 'active';
$$;
revoke execute on function app.due_schedules from public;
grant execute on function app.due_schedules to school_app;

-- ==================== period
-- The period of a summarizing report: settings of the transaction that the report's query makes,
-- empty without a limit.
create or replace function app.period_from() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_from', true), '')::date;

create or replace function app.period_to() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_to', true), '')::date;

-- The classes of such a view (a term's), NULL for all of them.
create or replace function app.period_classes() returns uuid[]
    language sql stable parallel safe
    return nullif(current_setting('app.period_classes', true), '')::uuid[];

-- ==================== views
-- The specification's four report views: its names and columns, and tenant_id in all of them.
-- security_invoker, so that a view shows what its reader may see; without ORDER BY, which is the
-- reader's. Joins name the tenant. People and invoices are joined by LEFT JOIN although they always
-- exist: under row-level security the planner expects almost no rows from an inner join and then sorts
-- the whole school for one page (5 s for 200,000 payments); and a reader who may not see the teacher's
-- row still sees the line. Each selects from a keyed view for the application, which also has `id`,
-- the ids by which its list is searched, the names by which it is sorted (sort_name), student number
-- and class code.

create or replace view view_user_roster_keyed with (security_invoker = true) as
    select u.id, u.email, u.name, u.role, u.status, u.created_at, u.last_login, u.tenant_id,
           u.sort_name, u.student_number
      from users u
     where u.deleted_at is null;

create or replace view view_user_roster with (security_invoker = true) as
    select id, email, name, role, status, created_at, last_login, tenant_id
      from view_user_roster_keyed;

create or replace view view_class_enrollment_keyed with (security_invoker = true) as
    select c.id as class_id, c.name as class_name, c.level,
           u.id as student_id, u.name as student_name, u.email as student_email,
           e.enrollment_date, e.status as enrollment_status, e.attendance_rate, e.current_grade,
           t.name as teacher_name, e.tenant_id, e.id,
           c.sort_name as class_sort_name, u.sort_name as student_sort_name,
           c.code as class_code, u.student_number
      from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
      left join users u on u.tenant_id = e.tenant_id and u.id = e.student_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
     where c.deleted_at is null and u.deleted_at is null;

create or replace view view_class_enrollment with (security_invoker = true) as
    select class_id, class_name, level, student_id, student_name, student_email, enrollment_date,
           enrollment_status, attendance_rate, current_grade, teacher_name, tenant_id
      from view_class_enrollment_keyed;

create or replace view view_attendance_report_keyed with (security_invoker = true) as
    select s.session_date, c.name as class_name, c.id as class_id,
           u.name as student_name, u.id as student_id,
           a.status as attendance_status, a.notes, t.name as teacher_name, a.tenant_id, a.id,
           c.sort_name as class_sort_name, u.sort_name as student_sort_name,
           c.code as class_code, u.student_number
      from attendance a
      join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
      left join users u on u.tenant_id = a.tenant_id and u.id = a.student_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id;

create or replace view view_attendance_report with (security_invoker = true) as
    select session_date, class_name, class_id, student_name, student_id, attendance_status, notes,
           teacher_name, tenant_id
      from view_attendance_report_keyed;

create or replace view view_payment_ledger_keyed with (security_invoker = true) as
    select p.payment_date, u.name as student_name, u.email as student_email, p.amount, p.currency,
           p.payment_method, i.invoice_number,
           app.invoice_state(i.status, i.due_date, (select app.today(app.tenant_id())))::varchar(50)
               as invoice_status, p.transaction_id,
           p.tenant_id, p.id, p.student_id, p.invoice_id
      from payments p
      left join invoices i on i.tenant_id = p.tenant_id and i.id = p.invoice_id
      left join users u on u.tenant_id = p.tenant_id and u.id = p.student_id;

create or replace view view_payment_ledger with (security_invoker = true) as
    select payment_date, student_name, student_email, amount, currency, payment_method,
           invoice_number, invoice_status, transaction_id, tenant_id
      from view_payment_ledger_keyed;

-- Revoked first: by the default privileges a simple view would be writable.
revoke all on view_user_roster, view_user_roster_keyed,
    view_class_enrollment, view_class_enrollment_keyed,
    view_attendance_report, view_attendance_report_keyed, view_payment_ledger,
    view_payment_ledger_keyed
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_user_roster, view_user_roster_keyed,
    view_class_enrollment, view_class_enrollment_keyed,
    view_attendance_report, view_attendance_report_keyed, view_payment_ledger,
    view_payment_ledger_keyed
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- ==================== catalog_views
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

-- ==================== money_views
-- The views of the reports about money (reporting/catalog/money.py): what came in and went back, and month by
-- month what is owed, what was collected and what was earned. They read the entries that app.journal reads, so
-- that their sums are the journal's and those of view_invoice_balance. security_invoker; each with tenant_id
-- and an `id` that is unique among a reader's rows.

-- Payments, and what of them was reversed or refunded with its sign: the sum of all is what the school has.
create or replace view view_payment_entries with (security_invoker = true) as
    select e.payment_date, e.kind, u.name as student_name, u.email as student_email, e.amount, e.currency,
           e.payment_method, i.invoice_number,
           app.invoice_state(i.status, i.due_date, (select app.today(app.tenant_id())))::varchar(50)
               as invoice_status, e.transaction_id, e.reason,
           e.tenant_id, e.id, e.student_id, e.invoice_id
      from (select p.payment_date, 'payment'::varchar(20) as kind, p.amount, p.currency, p.payment_method,
                   p.transaction_id, null::text as reason, p.tenant_id, p.id, p.student_id, p.invoice_id
              from payments p
             union all
            select r.reversal_date, r.kind, -r.amount, p.currency, p.payment_method, p.transaction_id,
                   r.reason, r.tenant_id, r.id, p.student_id, p.invoice_id
              from payment_reversals r
              join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id) e
      left join invoices i on i.tenant_id = e.tenant_id and i.id = e.invoice_id
      left join users u on u.tenant_id = e.tenant_id and u.id = e.student_id;

-- What was owed at the beginning and the end of each month from app.period_from() to app.period_to(), and
-- what changed it; months in which nothing happened too. The end of a month is the sum of app.aging() of its
-- last day.
create or replace view view_receivables_monthly with (security_invoker = true) as
    with entries as (
        select i.issue_date as day, i.currency, i.amount as invoiced, 0 * i.amount as credited,
               0 * i.amount as paid
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null
         union all
        select i.cancelled_on, i.currency, 0 * i.amount, i.amount - i.credited, 0 * i.amount
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null and i.cancelled_on is not null
         union all
        select c.credit_date, i.currency, 0 * c.amount, c.amount, 0 * c.amount
          from credit_notes c
          join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
         where c.tenant_id = app.tenant_id()
         union all
        select a.allocation_date, i.currency, 0 * a.amount, 0 * a.amount, a.amount
          from payment_allocations a
          join invoices i on i.tenant_id = a.tenant_id and i.id = a.invoice_id
         where a.tenant_id = app.tenant_id()),
    -- What was before the period is in one row without a month.
    summed as (
        select e.currency,
               case when e.day >= coalesce(app.period_from(), '-infinity')
                    then date_trunc('month', e.day::timestamp)::date end as month,
               sum(e.invoiced) as invoiced, sum(e.credited) as credited, sum(e.paid) as paid
          from entries e
         where e.day <= coalesce(app.period_to(), 'infinity')
         group by 1, 2),
    months as (
        select s.currency, m.month::date as month
          from (select s.currency,
                       date_trunc('month', (case when bool_or(s.month is null) then app.period_from()
                                                 else min(s.month) end)::timestamp) as first,
                       date_trunc('month', greatest(
                           max(s.month),
                           least((select app.today(app.tenant_id())), app.period_to()))::timestamp) as last
                  from summed s group by 1) s
         cross join lateral generate_series(s.first, s.last, interval '1 month') m(month)),
    filled as (
        select currency, month, invoiced, credited, paid from summed
         union all
        select m.currency, m.month, null, null, null from months m
         where not exists (select from summed s where s.currency = m.currency and s.month = m.month)),
    running as (
        select f.*, sum(coalesce(f.invoiced - f.credited - f.paid, 0))
                        over (partition by f.currency order by f.month nulls first) as closing
          from filled f)
    select to_char(r.month, 'YYYY-MM') as month, r.currency,
           r.closing - coalesce(r.invoiced - r.credited - r.paid, 0) as opening,
           coalesce(r.invoiced, 0 * r.closing) as invoiced, coalesce(r.credited, 0 * r.closing) as credited,
           coalesce(r.paid, 0 * r.closing) as paid, r.closing,
           app.tenant_id() as tenant_id, md5(r.month || r.currency)::uuid as id
      from running r
     where r.month is not null;

-- What came in from app.period_from() to app.period_to(), less what was reversed or refunded, by method.
create or replace view view_collected_monthly with (security_invoker = true) as
    select e.month, e.currency, e.payment_method, sum(e.received) as received, sum(e.taken_back) as taken_back,
           sum(e.received - e.taken_back) as collected,
           app.tenant_id() as tenant_id, md5(e.month || e.currency || e.payment_method)::uuid as id
      from (select to_char(p.payment_date, 'YYYY-MM') as month, p.currency, p.payment_method,
                   p.amount as received, 0 * p.amount as taken_back
              from payments p
             where p.tenant_id = app.tenant_id()
               and p.payment_date between coalesce(app.period_from(), '-infinity')
                                      and coalesce(app.period_to(), 'infinity')
             union all
            select to_char(r.reversal_date, 'YYYY-MM'), p.currency, p.payment_method,
                   0 * r.amount, r.amount
              from payment_reversals r
              join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id
             where r.tenant_id = app.tenant_id()
               and r.reversal_date between coalesce(app.period_from(), '-infinity')
                                       and coalesce(app.period_to(), 'infinity')) e
     group by 1, 2, 3;

-- What was invoiced from app.period_from() to app.period_to() by fee, less what was credited or cancelled. A
-- credit note is for a whole invoice: each line gets its part, rounded so that the parts are the whole.
create or replace view view_revenue_monthly with (security_invoker = true) as
    with lines as (
        select i.id as invoice_id, i.currency, i.issue_date, f.name as fee, coalesce(l.amount, i.amount) as amount,
               i.amount as whole, app.currency_decimals(i.currency) as decimals,
               sum(coalesce(l.amount, i.amount)) over (partition by i.id order by l.position, l.id) as until
          from invoices i
          left join invoice_lines l on l.tenant_id = i.tenant_id and l.invoice_id = i.id
          left join fees f on f.tenant_id = l.tenant_id and f.id = l.fee_id
         where i.tenant_id = app.tenant_id() and i.issued_at is not null),
    credits as (
        select i.id as invoice_id, i.cancelled_on as day, i.amount - i.credited as amount
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null and i.cancelled_on is not null
         union all
        select c.invoice_id, c.credit_date, c.amount from credit_notes c
         where c.tenant_id = app.tenant_id()),
    entries as (
        select l.issue_date as day, l.currency, l.fee, l.amount as invoiced, 0 * l.amount as credited
          from lines l
         union all
        select c.day, l.currency, l.fee, 0 * c.amount,
               round(c.amount * l.until / l.whole, l.decimals)
                   - round(c.amount * (l.until - l.amount) / l.whole, l.decimals)
          from credits c
          join lines l on l.invoice_id = c.invoice_id
         where l.whole <> 0)
    select e.month, e.currency, e.fee, sum(e.invoiced) as invoiced, sum(e.credited) as credited,
           sum(e.invoiced - e.credited) as revenue,
           app.tenant_id() as tenant_id, md5(e.month || e.currency || coalesce(e.fee, ''))::uuid as id
      from (select to_char(x.day, 'YYYY-MM') as month, x.currency, coalesce(x.fee, '–') as fee, x.invoiced, x.credited
              from entries x
             where x.day between coalesce(app.period_from(), '-infinity')
                             and coalesce(app.period_to(), 'infinity')) e
     group by 1, 2, 3;

-- Revoked first: by the default privileges a simple view would be writable.
revoke all on view_payment_entries, view_receivables_monthly, view_collected_monthly, view_revenue_monthly
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_payment_entries, view_receivables_monthly, view_collected_monthly, view_revenue_monthly
    to school_app, school_admin, school_bursar;

-- ==================== reporting_policies
-- Row-level security and privileges of reporting; `manage.py policies` makes this file from
-- reporting/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- saved_filters
alter table saved_filters enable row level security;
revoke all on saved_filters
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on saved_filters
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists saved_filters_admin_all on saved_filters;
create policy saved_filters_admin_all on saved_filters for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists saved_filters_registrar_all on saved_filters;
create policy saved_filters_registrar_all on saved_filters for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_filters_bursar_all on saved_filters;
create policy saved_filters_bursar_all on saved_filters for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_filters_teacher_all on saved_filters;
create policy saved_filters_teacher_all on saved_filters for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());

-- report_schedules
alter table report_schedules enable row level security;
revoke all on report_schedules
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on report_schedules
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists report_schedules_admin_all on report_schedules;
create policy report_schedules_admin_all on report_schedules for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists report_schedules_registrar_all on report_schedules;
create policy report_schedules_registrar_all on report_schedules for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and owner_id = app.user_id());
drop policy if exists report_schedules_bursar_all on report_schedules;
create policy report_schedules_bursar_all on report_schedules for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and owner_id = app.user_id());
drop policy if exists report_schedules_teacher_all on report_schedules;
create policy report_schedules_teacher_all on report_schedules for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and owner_id = app.teacher_id());

-- report_recipients
alter table report_recipients enable row level security;
revoke all on report_recipients
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on report_recipients
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists report_recipients_admin_all on report_recipients;
create policy report_recipients_admin_all on report_recipients for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists report_recipients_registrar_all on report_recipients;
create policy report_recipients_registrar_all on report_recipients for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and schedule_id = any (array(select s.id from report_schedules s where s.tenant_id = app.tenant_id() and s.owner_id = app.user_id())));
drop policy if exists report_recipients_bursar_all on report_recipients;
create policy report_recipients_bursar_all on report_recipients for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and schedule_id = any (array(select s.id from report_schedules s where s.tenant_id = app.tenant_id() and s.owner_id = app.user_id())));
drop policy if exists report_recipients_teacher_all on report_recipients;
create policy report_recipients_teacher_all on report_recipients for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and schedule_id = any (array(select s.id from report_schedules s where s.tenant_id = app.tenant_id() and s.owner_id = app.teacher_id())));
