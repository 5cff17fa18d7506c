-- The only definition of "own classes". The policies of other tables read these views.
-- They run with their owner's rights, because with the reader's the policy of classes would read
-- enrollments, whose policy reads classes: "infinite recursion". So each names the tenant and the
-- person itself and can only ever show the reader's own ids. (A view rather than a SECURITY DEFINER
-- function, because the planner can look inside it.)

create or replace view app.taught_classes as
    select c.tenant_id, c.id from classes c
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

create or replace view app.taught_sessions as
    select s.tenant_id, s.id from class_sessions s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

create or replace view app.taught_assignments as
    select w.tenant_id, w.id from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

-- Students of own classes and, active or not, of the homerooms that one leads.
create or replace view app.taught_students as
    select e.tenant_id, e.student_id as id from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id()
     union all
    select u.tenant_id, u.id from homeroom_teachers t
      join users u on u.tenant_id = t.tenant_id and u.homeroom_id = t.homeroom_id
     where t.tenant_id = app.tenant_id() and t.teacher_id = app.teacher_id();

-- Classes of active and completed enrollments, not of dropped ones.
create or replace view app.attended_classes as
    select e.tenant_id, e.class_id as id from enrollments e
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and e.status in ('active', 'completed');

-- Assignments of the active classes that the student attends, from the day at the school on which
-- they are given. One that closes after its due date is closed from the next day on, even before the
-- periodic job has closed it.
create or replace view app.attended_assignments as
    select w.tenant_id, w.id,
           (case when w.closes_automatically and w.due_date < app.school_date(w.tenant_id)
                 then 'closed' else w.status end)::varchar(50) as status
      from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
      join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and w.assigned_date <= (select app.school_date(app.tenant_id()))
       and e.status = 'active' and c.status = 'active' and c.deleted_at is null;

-- Submissions of the student that were graded before anything was handed in: a zero for missing work,
-- or an answer in class. The student can still hand in after such a grade, until the work is graded.
create or replace view app.graded_early as
    select s.tenant_id, s.id from submissions s
      join grades g on g.tenant_id = s.tenant_id and g.submission_id = s.id
     where s.tenant_id = app.tenant_id() and s.student_id = app.student_id()
       and (s.submitted_at > g.graded_at
            or s.content is null and s.attachments is null
               and not exists (select from attachment_files f
                                where f.tenant_id = s.tenant_id and f.submission_id = s.id));

-- Classes and assignments of a guardian's children (core/sql/guardians.sql says who they are, and
-- why the planner is kept out of them).
create or replace function app.guarded_class_ids() returns setof uuid
    language plpgsql stable security definer rows 10
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.guardian_id() is not null then
        return query
        select e.class_id
          from enrollments e
         where e.tenant_id = app.tenant_id() and e.status in ('active', 'completed')
           and e.student_id in (select g.id from app.guarded_students g);
    end if;
end
$$;

create or replace function app.guarded_assignment_ids() returns setof uuid
    language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.guardian_id() is not null then
        return query
        select w.id
          from assignments w
          join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
          join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
         where e.tenant_id = app.tenant_id()
           and e.student_id in (select g.id from app.guarded_students g)
           and w.assigned_date <= (select app.school_date(app.tenant_id()))
           and e.status = 'active' and c.status = 'active' and c.deleted_at is null;
    end if;
end
$$;
revoke execute on function app.guarded_class_ids, app.guarded_assignment_ids from public;
grant execute on function app.guarded_class_ids, app.guarded_assignment_ids
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

create or replace view app.guarded_classes as
    select app.tenant_id() as tenant_id, g.id from app.guarded_class_ids() g(id);

create or replace view app.guarded_assignments as
    select app.tenant_id() as tenant_id, g.id from app.guarded_assignment_ids() g(id);

-- Names of the teachers of one's own or one's children's classes, for timetables. Students and
-- guardians may not read the teachers' rows.
create or replace view app.class_teachers as
    select c.tenant_id, c.id as class_id, t.name
      from classes c
      join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
     where c.tenant_id = app.tenant_id()
       and (c.id in (select o.id from app.attended_classes o)
            or c.id in (select o.id from app.guarded_classes o));

-- The guardians of the students one teaches, for phone calls.
create or replace view app.taught_guardians as
    select l.tenant_id, l.guardian_id as id
      from student_guardians l
      join app.taught_students s on s.tenant_id = l.tenant_id and s.id = l.student_id
     where l.tenant_id = app.tenant_id();

-- Names of the people who took attendance in the sessions one teaches, for "changed by ... at 10:02".
-- A teacher may not read the rows of colleagues and of the office.
create or replace view app.attendance_recorders as
    select a.tenant_id, a.id as attendance_id, u.name
      from attendance a
      join app.taught_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
      join users u on u.tenant_id = a.tenant_id and u.id = a.recorded_by
     where a.tenant_id = app.tenant_id();

revoke all on app.attended_assignments, app.graded_early, app.guarded_classes,
    app.guarded_assignments, app.class_teachers, app.taught_guardians, app.attendance_recorders
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on app.taught_classes, app.taught_sessions, app.taught_assignments,
    app.taught_students, app.attended_classes, app.attended_assignments, app.graded_early,
    app.guarded_classes, app.guarded_assignments, app.class_teachers, app.taught_guardians,
    app.attendance_recorders
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
