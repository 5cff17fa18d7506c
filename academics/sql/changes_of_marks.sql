-- Who changed a grade or a mark, and from what to what, for the teacher of the class and the office.
-- The trail itself is the office's to read (core/sql/core_policies.sql); these two answer only for
-- one class or session of one's own, and without the rest of the entry (address, request).
-- SECURITY DEFINER for the trail and for the names of colleagues; each tests tenant and person itself.
-- Relied on by academics.selectors.marks_changed.
-- Creating a grade or mark counts as a change if somebody else than the teacher did it.

-- The deleted grades and marks of an assignment or session, which only the trail knows.
create index if not exists idx_audit_logs_deleted_grades
    on audit_logs (tenant_id, (changes -> 'assignment_id' ->> 'before'))
    where action = 'grade_deleted';
create index if not exists idx_audit_logs_deleted_attendance
    on audit_logs (tenant_id, (changes -> 'class_session_id' ->> 'before'))
    where action = 'attendance_deleted';

create or replace function app.grade_changes(class uuid, most integer)
    returns table (entry_id uuid, at timestamptz, action text, row_id uuid, student_id uuid,
                   student text, work text, who text, changes jsonb)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with own as (
        select c.tenant_id, c.id, c.teacher_id from classes c
         where c.tenant_id = app.tenant_id() and c.id = class
           and (app.is_people_office() or c.teacher_id = app.teacher_id())
    ), works as (
        select w.tenant_id, w.id, w.title, o.teacher_id
          from own o join assignments w on w.tenant_id = o.tenant_id and w.class_id = o.id
    ), entries as (
        select l.tenant_id, l.id, l.timestamp, l.action, l.resource_id, l.user_id, l.changes,
               g.student_id as of_student, w.title
          from works w
          join grades g on g.tenant_id = w.tenant_id and g.assignment_id = w.id
          join audit_logs l on l.tenant_id = g.tenant_id and l.resource_type = 'grade'
                           and l.resource_id = g.id
         where l.action <> 'grade_created' or l.user_id is distinct from w.teacher_id
        union all
        select l.tenant_id, l.id, l.timestamp, l.action, l.resource_id, l.user_id, l.changes,
               (l.changes -> 'student_id' ->> 'before')::uuid, w.title
          from works w
          join audit_logs l on l.tenant_id = w.tenant_id and l.action = 'grade_deleted'
                           and l.changes -> 'assignment_id' ->> 'before' = w.id::text
    )
    select e.id, e.timestamp, e.action::text, e.resource_id, e.of_student, s.name::text,
           e.title::text, u.name::text,
           e.changes - array['graded_by', 'graded_at', 'submission_id', 'student_id', 'assignment_id']
      from entries e
      left join users s on s.tenant_id = e.tenant_id and s.id = e.of_student
      left join users u on u.tenant_id = e.tenant_id and u.id = e.user_id
     order by e.timestamp desc, e.id desc
     limit most;
end;
revoke execute on function app.grade_changes from public;
grant execute on function app.grade_changes
    to school_app, school_admin, school_registrar, school_teacher;

create or replace function app.attendance_changes(session uuid, most integer)
    returns table (entry_id uuid, at timestamptz, action text, row_id uuid, student_id uuid,
                   student text, who text, changes jsonb)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with own as (
        select s.tenant_id, s.id, c.teacher_id
          from class_sessions s
          join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
         where s.tenant_id = app.tenant_id() and s.id = session
           and (app.is_people_office() or c.teacher_id = app.teacher_id())
    ), entries as (
        select l.tenant_id, l.id, l.timestamp, l.action, l.resource_id, l.user_id, l.changes,
               a.student_id as of_student
          from own o
          join attendance a on a.tenant_id = o.tenant_id and a.class_session_id = o.id
          join audit_logs l on l.tenant_id = a.tenant_id and l.resource_type = 'attendance'
                           and l.resource_id = a.id
         where l.action <> 'attendance_created' or l.user_id is distinct from o.teacher_id
        union all
        select l.tenant_id, l.id, l.timestamp, l.action, l.resource_id, l.user_id, l.changes,
               (l.changes -> 'student_id' ->> 'before')::uuid
          from own o
          join audit_logs l on l.tenant_id = o.tenant_id and l.action = 'attendance_deleted'
                           and l.changes -> 'class_session_id' ->> 'before' = o.id::text
    )
    select e.id, e.timestamp, e.action::text, e.resource_id, e.of_student, s.name::text,
           u.name::text,
           e.changes - array['recorded_by', 'recorded_at', 'student_id', 'class_session_id']
      from entries e
      left join users s on s.tenant_id = e.tenant_id and s.id = e.of_student
      left join users u on u.tenant_id = e.tenant_id and u.id = e.user_id
     order by e.timestamp desc, e.id desc
     limit most;
end;
revoke execute on function app.attendance_changes from public;
grant execute on function app.attendance_changes
    to school_app, school_admin, school_registrar, school_teacher;
