-- What is summed up by student and by teacher can be narrowed to the classes of a term.

-- The classes of such a view (a term's), NULL for all of them.
create or replace function app.period_classes() returns uuid[]
    language sql stable parallel safe
    return nullif(current_setting('app.period_classes', true), '')::uuid[];

-- How often each student was there, over app.period_from() to app.period_to(), in the classes of
-- app.period_classes(). The rate leaves excused sessions out, as enrollments.attendance_rate does; a
-- chronic absentee missed 10% or more of all sessions, excused or not.
create or replace view view_attendance_summary with (security_invoker = true) as
    select u.name as student_name, u.email as student_email, n.sessions, n.present, n.absent,
           n.late, n.excused,
           round(100.0 * (n.present + n.late) / nullif(n.sessions - n.excused, 0), 2)
               as attendance_rate,
           round(100.0 * (n.absent + n.excused) / n.sessions, 2) as missed_rate,
           10 * (n.absent + n.excused) >= n.sessions as is_chronic,
           n.student_id, n.tenant_id, n.student_id as id
      from (select a.tenant_id, a.student_id, count(*)::int as sessions,
                   (count(*) filter (where a.status = 'present'))::int as present,
                   (count(*) filter (where a.status = 'absent'))::int as absent,
                   (count(*) filter (where a.status = 'late'))::int as late,
                   (count(*) filter (where a.status = 'excused'))::int as excused
              from attendance a
              join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
             where s.session_date >= coalesce(app.period_from(), '-infinity')
               and s.session_date <= coalesce(app.period_to(), 'infinity')
               and ((select app.period_classes()) is null
                    or s.class_id in (select unnest(app.period_classes())))
             group by a.tenant_id, a.student_id) n
      left join users u on u.tenant_id = n.tenant_id and u.id = n.student_id
     where u.deleted_at is null;

-- What teachers carry: their active classes as they are today, and the sessions that took place or
-- are planned over app.period_from() to app.period_to(); those of app.period_classes().
create or replace view view_teacher_load with (security_invoker = true) as
    select u.name as teacher_name, u.email as teacher_email, n.classes, n.students,
           h.weekly_hours, s.sessions, s.session_hours, u.id as teacher_id, u.tenant_id, u.id
      from users u
     cross join lateral (
           select count(distinct c.id)::int as classes,
                  count(distinct e.student_id)::int as students
             from classes c
             left join enrollments e on e.tenant_id = c.tenant_id and e.class_id = c.id
                                    and e.status = 'active'
            where c.tenant_id = u.tenant_id and c.teacher_id = u.id and c.status = 'active'
              and c.deleted_at is null
              and ((select app.period_classes()) is null
                   or c.id in (select unnest(app.period_classes())))) n
     cross join lateral (
           select coalesce(round(sum(extract(epoch from w.end_time - w.start_time) / 3600), 2), 0)
                      as weekly_hours
             from classes c
             join schedules w on w.tenant_id = c.tenant_id and w.class_id = c.id
            where c.tenant_id = u.tenant_id and c.teacher_id = u.id and c.status = 'active'
              and c.deleted_at is null
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
              and m.session_date >= coalesce(app.period_from(), '-infinity')
              and m.session_date <= coalesce(app.period_to(), 'infinity')) s
     where u.deleted_at is null
       and (u.role = 'teacher' or n.classes > 0 or s.sessions > 0);
