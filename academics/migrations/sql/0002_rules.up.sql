-- ==================== own_classes
-- "Own classes", decided here and nowhere else. The policies of other tables read these views.
-- They have the rights of their owner, because with the reader's own the policy of classes would
-- ask enrollments, whose policy asks classes: "infinite recursion". So each names the tenant and the
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

create or replace view app.taught_students as
    select e.tenant_id, e.student_id as id from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

-- Enrolled in, now or to the end; not those that were dropped.
create or replace view app.attended_classes as
    select e.tenant_id, e.class_id as id from enrollments e
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and e.status in ('active', 'completed');

-- Assignments of the active classes that the student attends.
create or replace view app.attended_assignments as
    select w.tenant_id, w.id, w.status from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
      join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and e.status = 'active' and c.status = 'active' and c.deleted_at is null;

grant select on app.taught_classes, app.taught_sessions, app.taught_assignments,
    app.taught_students, app.attended_classes, app.attended_assignments to school_app;

-- ==================== academics_rules
-- Composite foreign keys and simple triggers of the academic tables.

alter table classes drop constraint if exists classes_teacher_fk;
alter table classes add constraint classes_teacher_fk
    foreign key (tenant_id, teacher_id) references users (tenant_id, id);

alter table schedules drop constraint if exists schedules_class_fk;
alter table schedules add constraint schedules_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id) on delete cascade;

alter table enrollments drop constraint if exists enrollments_student_fk;
alter table enrollments add constraint enrollments_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table enrollments drop constraint if exists enrollments_class_fk;
alter table enrollments add constraint enrollments_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);

alter table class_sessions drop constraint if exists class_sessions_class_fk;
alter table class_sessions add constraint class_sessions_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);

alter table attendance drop constraint if exists attendance_session_fk;
alter table attendance add constraint attendance_session_fk
    foreign key (tenant_id, class_session_id) references class_sessions (tenant_id, id);
alter table attendance drop constraint if exists attendance_student_fk;
alter table attendance add constraint attendance_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table attendance drop constraint if exists attendance_recorded_by_fk;
alter table attendance add constraint attendance_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table assignments drop constraint if exists assignments_class_fk;
alter table assignments add constraint assignments_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);

alter table submissions drop constraint if exists submissions_assignment_fk;
alter table submissions add constraint submissions_assignment_fk
    foreign key (tenant_id, assignment_id) references assignments (tenant_id, id);
alter table submissions drop constraint if exists submissions_student_fk;
alter table submissions add constraint submissions_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);

-- One key for all three references, so that a grade cannot contradict its submission.
alter table grades drop constraint if exists grades_submission_fk;
alter table grades add constraint grades_submission_fk
    foreign key (tenant_id, submission_id, student_id, assignment_id)
    references submissions (tenant_id, id, student_id, assignment_id);
alter table grades drop constraint if exists grades_graded_by_fk;
alter table grades add constraint grades_graded_by_fk
    foreign key (tenant_id, graded_by) references users (tenant_id, id);

-- NaN is a numeric above every number, so that no other check refuses it.
alter table grades drop constraint if exists check_grade_score_number;
alter table grades add constraint check_grade_score_number check (score <> 'NaN');

select app.watch('classes', 'class', 'enrolled_count');
select app.watch('schedules', 'schedule');
select app.watch('enrollments', 'enrollment', 'attendance_rate');
select app.watch('class_sessions', 'class_session');
select app.watch('attendance', 'attendance');
select app.watch('assignments', 'assignment');
select app.watch('submissions', 'submission');
select app.watch('grades', 'grade');

-- A teacher grades and completes an enrollment; who is enrolled is the office's.
create or replace trigger enrollments_allow_columns_trg before update on enrollments
    for each row execute function app.allow_columns(
        'teacher', 'current_grade', 'completion_date', 'status', 'attendance_rate');

-- Columns that triggers keep: what a client writes into them is ignored, so that a form saved with
-- an old value cannot undo a count. The owner (the triggers themselves) may write them.
create or replace function app.keep_enrolled_count() returns trigger
    language plpgsql
as $$
begin
    if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        new.enrolled_count := case when tg_op = 'UPDATE' then old.enrolled_count else 0 end;
    end if;
    return new;
end
$$;
create or replace trigger classes_keep_enrolled_count_trg before insert or update on classes
    for each row execute function app.keep_enrolled_count();

create or replace function app.keep_attendance_rate() returns trigger
    language plpgsql
as $$
begin
    if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        new.attendance_rate := case when tg_op = 'UPDATE' then old.attendance_rate end;
    end if;
    return new;
end
$$;
create or replace trigger enrollments_keep_attendance_rate_trg before insert or update on enrollments
    for each row execute function app.keep_attendance_rate();

-- Attendance and assignments hang on their class: a session or assignment never moves to another.
create or replace function app.keep_class() returns trigger
    language plpgsql
as $$
begin
    raise exception 'This belongs to its class and cannot move to another one.'
        using errcode = 'check_violation', table = tg_table_name, column = 'class_id',
              constraint = tg_table_name || '_keep_class';
end
$$;
create or replace trigger class_sessions_keep_class_trg before update on class_sessions
    for each row when (old.class_id <> new.class_id) execute function app.keep_class();
create or replace trigger assignments_keep_class_trg before update on assignments
    for each row when (old.class_id <> new.class_id) execute function app.keep_class();

-- ==================== enrolled_count
-- classes.enrolled_count is the number of active enrollments, and never above capacity.
-- By statement, so that a bulk change counts once; the classes are locked in the order of their
-- ids, so that two bulk changes cannot deadlock. FOR NO KEY UPDATE, because every insert already
-- holds a KEY SHARE lock from its foreign key and two upgrades would wait for each other.
-- SECURITY DEFINER because the count must see all enrollments, whoever changes one.

create or replace function app.count_enrolled(pairs_tenant uuid[], pairs_class uuid[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    full_class record;
begin
    perform from classes c
       join (select distinct * from unnest(pairs_tenant, pairs_class) p(tenant_id, class_id)) p
         on c.tenant_id = p.tenant_id and c.id = p.class_id
      order by c.id for no key update of c;

    -- A statement of its own: it sees what others committed while we waited for the lock.
    select c.name, c.capacity, n.enrolled into full_class
      from classes c
      join (select distinct * from unnest(pairs_tenant, pairs_class) p(tenant_id, class_id)) p
        on c.tenant_id = p.tenant_id and c.id = p.class_id
     cross join lateral (select count(*) as enrolled from enrollments e
                          where e.tenant_id = c.tenant_id and e.class_id = c.id
                            and e.status = 'active') n
     where n.enrolled > c.capacity and n.enrolled > c.enrolled_count
     order by c.id limit 1;
    if found then
        raise exception 'class is full: % has % seats', full_class.name, full_class.capacity
            using errcode = 'check_violation', table = 'enrollments', column = 'class_id',
                  constraint = 'class_is_full';
    end if;

    update classes c set enrolled_count = n.enrolled
      from (select distinct * from unnest(pairs_tenant, pairs_class) p(tenant_id, class_id)) p
     cross join lateral (select count(*) as enrolled from enrollments e
                          where e.tenant_id = p.tenant_id and e.class_id = p.class_id
                            and e.status = 'active') n
     where c.tenant_id = p.tenant_id and c.id = p.class_id
       and c.enrolled_count <> n.enrolled;
end
$$;
revoke execute on function app.count_enrolled from public;

create or replace function update_class_enrolled_count() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    tenants uuid[];
    class_ids uuid[];
begin
    if tg_op = 'INSERT' then
        select array_agg(tenant_id), array_agg(class_id) into tenants, class_ids
          from new_rows where status = 'active';
    elsif tg_op = 'DELETE' then
        select array_agg(tenant_id), array_agg(class_id) into tenants, class_ids
          from old_rows where status = 'active';
    else
        select array_agg(tenant_id), array_agg(class_id) into tenants, class_ids
          from (select tenant_id, class_id, id, status from old_rows
                except select tenant_id, class_id, id, status from new_rows
                union all
                (select tenant_id, class_id, id, status from new_rows
                 except select tenant_id, class_id, id, status from old_rows)) changed;
    end if;
    if tenants is not null then
        perform app.count_enrolled(tenants, class_ids);
    end if;
    return null;
end
$$;

create or replace trigger trg_update_enrolled_count after insert on enrollments
    referencing new table as new_rows
    for each statement execute function update_class_enrolled_count();
create or replace trigger trg_update_enrolled_count_update after update on enrollments
    referencing old table as old_rows new table as new_rows
    for each statement execute function update_class_enrolled_count();
create or replace trigger trg_update_enrolled_count_delete after delete on enrollments
    referencing old table as old_rows
    for each statement execute function update_class_enrolled_count();

-- ==================== enrollment_progress
-- enrollments.attendance_rate and current_grade, kept by what happens to attendance and grades.
--   attendance_rate = 100 x (present + late) / (all but excused), 2 decimals; NULL without any
--   current_grade   = the letter of the mean of 100 x score / max_score, by the school's scale
-- The scale is tenants.settings -> 'grading_scale': [["A", 94], ["A-", 90], ...], lower bounds in
-- percent; without one, Canvas's default. SECURITY DEFINER because the teacher who takes attendance
-- may not write enrollments' rate, nor see the school's settings of other roles.

create or replace function app.letter_grade(percent numeric, scale jsonb) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select step ->> 0
      from jsonb_array_elements(
               case when jsonb_typeof(scale) = 'array' and jsonb_array_length(scale) > 0 then scale
                    else '[["A", 94], ["A-", 90], ["B+", 87], ["B", 84], ["B-", 80], ["C+", 77],
                           ["C", 74], ["C-", 70], ["D+", 67], ["D", 64], ["D-", 61], ["F", 0]]'::jsonb
               end) step
     where (step ->> 1)::numeric <= percent
     order by (step ->> 1)::numeric desc limit 1;
end;

-- Whether it is a list of [letter of 1 to 10 characters, lower bound]: no bound negative or twice,
-- the lowest 0, so that every percentage has its letter. None, or an empty list, is the default's.
create or replace function app.is_grading_scale(scale jsonb) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return scale is null or scale in ('null', '[]') or (
        select bool_and(coalesce(length(s ->> 0) between 1 and 10, false))
               and min((s ->> 1)::numeric) = 0
               and count(*) = count(distinct (s ->> 1)::numeric)
          from jsonb_array_elements(scale) s);
exception when others then
    return false;
end
$$;
alter table tenants drop constraint if exists check_grading_scale;
alter table tenants add constraint check_grading_scale
    check (app.is_grading_scale(settings -> 'grading_scale'));

-- Recompute the enrollments of these students in these classes (pairs by position).
create or replace function app.refresh_progress(tenant uuid, student_ids uuid[], class_ids uuid[],
                                                rates boolean, letters boolean) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    scale jsonb := (select settings -> 'grading_scale' from tenants where id = tenant);
begin
    -- Locked in order first; the next statement then sees what others committed meanwhile.
    perform from enrollments e
       join (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         on e.student_id = p.student_id and e.class_id = p.class_id
      where e.tenant_id = tenant
      order by e.id for no key update of e;

    if rates then
        update enrollments e set attendance_rate = r.rate
          from (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         cross join lateral (
               select round(100.0 * count(*) filter (where a.status in ('present', 'late'))
                            / nullif(count(*) filter (where a.status <> 'excused'), 0), 2) as rate
                 from attendance a
                 join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
                where a.tenant_id = tenant and a.student_id = p.student_id
                  and s.tenant_id = tenant and s.class_id = p.class_id) r
         where e.tenant_id = tenant and e.student_id = p.student_id and e.class_id = p.class_id
           and e.attendance_rate is distinct from r.rate;
    end if;

    if letters then
        update enrollments e set current_grade = g.letter
          from (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         cross join lateral (
               -- Rounded, because thirds that add up to 94 are 93.999... in decimals.
               select app.letter_grade(round(avg(100.0 * g.score / w.max_score), 6), scale) as letter
                 from grades g
                 join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
                where g.tenant_id = tenant and g.student_id = p.student_id
                  and w.tenant_id = tenant and w.class_id = p.class_id) g
         where e.tenant_id = tenant and e.student_id = p.student_id and e.class_id = p.class_id
           and e.current_grade is distinct from g.letter;
    end if;
end
$$;
revoke execute on function app.refresh_progress from public;

-- The pairs that a statement touched, one call a tenant (a statement of the owner may span several).
-- Transition tables have the same names in every trigger, so one function a source table serves
-- its three events; a branch is only planned when it runs.
create or replace function app.attendance_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    tenants uuid[];
    students uuid[];
    sessions uuid[];
    school record;
begin
    if tg_op <> 'DELETE' then
        select array_agg(n.tenant_id), array_agg(n.student_id), array_agg(n.class_session_id)
          into tenants, students, sessions from new_rows n;
    end if;
    if tg_op <> 'INSERT' then
        select tenants || array_agg(o.tenant_id), students || array_agg(o.student_id),
               sessions || array_agg(o.class_session_id)
          into tenants, students, sessions from old_rows o;
    end if;
    for school in
        select t.tenant_id, array_agg(t.student_id) as students, array_agg(s.class_id) as classes
          from unnest(tenants, students, sessions) t(tenant_id, student_id, class_session_id)
          join class_sessions s on s.tenant_id = t.tenant_id and s.id = t.class_session_id
         group by t.tenant_id
    loop
        perform app.refresh_progress(school.tenant_id, school.students, school.classes, true, false);
    end loop;
    return null;
end
$$;
create or replace trigger attendance_progress_insert_trg after insert on attendance
    referencing new table as new_rows
    for each statement execute function app.attendance_progress();
create or replace trigger attendance_progress_update_trg after update on attendance
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.attendance_progress();
create or replace trigger attendance_progress_delete_trg after delete on attendance
    referencing old table as old_rows
    for each statement execute function app.attendance_progress();

create or replace function app.grade_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    tenants uuid[];
    students uuid[];
    works uuid[];
    school record;
begin
    if tg_op <> 'DELETE' then
        select array_agg(n.tenant_id), array_agg(n.student_id), array_agg(n.assignment_id)
          into tenants, students, works from new_rows n;
    end if;
    if tg_op <> 'INSERT' then
        select tenants || array_agg(o.tenant_id), students || array_agg(o.student_id),
               works || array_agg(o.assignment_id)
          into tenants, students, works from old_rows o;
    end if;
    for school in
        select t.tenant_id, array_agg(t.student_id) as students, array_agg(w.class_id) as classes
          from unnest(tenants, students, works) t(tenant_id, student_id, assignment_id)
          join assignments w on w.tenant_id = t.tenant_id and w.id = t.assignment_id
         group by t.tenant_id
    loop
        perform app.refresh_progress(school.tenant_id, school.students, school.classes, false, true);
    end loop;
    return null;
end
$$;
create or replace trigger grades_progress_insert_trg after insert on grades
    referencing new table as new_rows
    for each statement execute function app.grade_progress();
create or replace trigger grades_progress_update_trg after update on grades
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.grade_progress();
create or replace trigger grades_progress_delete_trg after delete on grades
    referencing old table as old_rows
    for each statement execute function app.grade_progress();

-- An assignment that is out of more or fewer points than before.
create or replace function app.assignment_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refresh_progress(new.tenant_id, array_agg(e.student_id), array_agg(e.class_id),
                                 false, true)
       from enrollments e
      where e.tenant_id = new.tenant_id and e.class_id = new.class_id
     having count(*) > 0;
    return null;
end
$$;
create or replace trigger assignments_progress_trg after update of max_score on assignments
    for each row when (old.max_score is distinct from new.max_score)
    execute function app.assignment_progress();

-- Another grading scale of the school.
create or replace function app.scale_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refresh_progress(new.id, array_agg(e.student_id), array_agg(e.class_id), false, true)
       from enrollments e
      where e.tenant_id = new.id
        and exists (select from grades g where g.tenant_id = new.id and g.student_id = e.student_id)
     having count(*) > 0;
    return null;
end
$$;
create or replace trigger tenants_scale_progress_trg after update of settings on tenants
    for each row
    when (old.settings -> 'grading_scale' is distinct from new.settings -> 'grading_scale')
    execute function app.scale_progress();

-- Someone who comes back to a class brings what they did there before.
create or replace function app.enrollment_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school record;
begin
    for school in
        select n.tenant_id, array_agg(n.student_id) as students, array_agg(n.class_id) as classes
          from new_rows n
         where exists (select from attendance a where a.tenant_id = n.tenant_id
                                                  and a.student_id = n.student_id)
            or exists (select from grades g where g.tenant_id = n.tenant_id
                                              and g.student_id = n.student_id)
         group by n.tenant_id
    loop
        perform app.refresh_progress(school.tenant_id, school.students, school.classes, true, true);
    end loop;
    return null;
end
$$;
create or replace trigger enrollments_progress_trg after insert on enrollments
    referencing new table as new_rows
    for each statement execute function app.enrollment_progress();

-- ==================== graded_submission
-- A submission is graded when, and as long as, it has a grade. By statement, so that a column of
-- grades costs one update. SECURITY DEFINER so that the rule holds whichever columns of submissions
-- the grading person may write.

create or replace function app.mark_submission_graded() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op <> 'INSERT' then
        update submissions s set status = 'submitted'
          from old_rows o
         where s.tenant_id = o.tenant_id and s.id = o.submission_id and s.status = 'graded'
           and not exists (select from grades g
                            where g.tenant_id = s.tenant_id and g.submission_id = s.id);
    end if;
    if tg_op <> 'DELETE' then
        update submissions s set status = 'graded'
          from new_rows n
         where s.tenant_id = n.tenant_id and s.id = n.submission_id and s.status <> 'graded';
    end if;
    return null;
end
$$;
create or replace trigger grades_mark_submission_insert_trg after insert on grades
    referencing new table as new_rows
    for each statement execute function app.mark_submission_graded();
create or replace trigger grades_mark_submission_update_trg after update on grades
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.mark_submission_graded();
create or replace trigger grades_mark_submission_delete_trg after delete on grades
    referencing old table as old_rows
    for each statement execute function app.mark_submission_graded();

-- When work was handed in is the server's word, not the student's; and the work is all that a
-- student may change of it.
create or replace function app.stamp_submission() returns trigger
    language plpgsql
as $$
begin
    if app.user_role() = 'student' then
        new.submitted_at := now();
    end if;
    return new;
end
$$;
create or replace trigger submissions_stamp_trg before insert or update on submissions
    for each row execute function app.stamp_submission();
create or replace trigger submissions_allow_columns_trg before update on submissions
    for each row execute function app.allow_columns('student', 'content', 'attachments', 'submitted_at');

-- ==================== academics_policies
-- Row-level security of the academic tables, by the policy table of the design: PERMISSIVE only, and
-- every policy starts with the tenant test. Whose classes are "own" stands in own_classes.sql, with
-- the test of the role: app.teacher_id() and app.student_id() are NULL in any other role.

-- Teachers see the students of their own classes (core has the policies for oneself).
drop policy if exists users_teacher_select on users;
create policy users_teacher_select on users for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.taught_students o));

alter table classes enable row level security;
drop policy if exists classes_admin_all on classes;
create policy classes_admin_all on classes for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists classes_teacher_select on classes;
create policy classes_teacher_select on classes for select
    using (tenant_id = app.tenant_id() and teacher_id = app.teacher_id());
drop policy if exists classes_student_select on classes;
create policy classes_student_select on classes for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.attended_classes o));

alter table schedules enable row level security;
drop policy if exists schedules_admin_all on schedules;
create policy schedules_admin_all on schedules for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists schedules_teacher_select on schedules;
create policy schedules_teacher_select on schedules for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists schedules_student_select on schedules;
create policy schedules_student_select on schedules for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.attended_classes o));

alter table enrollments enable row level security;
drop policy if exists enrollments_admin_all on enrollments;
create policy enrollments_admin_all on enrollments for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists enrollments_teacher_select on enrollments;
create policy enrollments_teacher_select on enrollments for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists enrollments_teacher_update on enrollments;
create policy enrollments_teacher_update on enrollments for update
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists enrollments_student_select on enrollments;
create policy enrollments_student_select on enrollments for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());

alter table class_sessions enable row level security;
drop policy if exists class_sessions_admin_all on class_sessions;
create policy class_sessions_admin_all on class_sessions for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists class_sessions_teacher_all on class_sessions;
create policy class_sessions_teacher_all on class_sessions for all
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists class_sessions_student_select on class_sessions;
create policy class_sessions_student_select on class_sessions for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.attended_classes o));

alter table attendance enable row level security;
drop policy if exists attendance_admin_all on attendance;
create policy attendance_admin_all on attendance for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists attendance_teacher_all on attendance;
create policy attendance_teacher_all on attendance for all
    using (tenant_id = app.tenant_id() and class_session_id in (select o.id from app.taught_sessions o))
    with check (tenant_id = app.tenant_id() and class_session_id in (select o.id from app.taught_sessions o));
drop policy if exists attendance_student_select on attendance;
create policy attendance_student_select on attendance for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());

alter table assignments enable row level security;
drop policy if exists assignments_admin_all on assignments;
create policy assignments_admin_all on assignments for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists assignments_teacher_all on assignments;
create policy assignments_teacher_all on assignments for all
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists assignments_student_select on assignments;
create policy assignments_student_select on assignments for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.attended_assignments o));

alter table submissions enable row level security;
drop policy if exists submissions_admin_all on submissions;
create policy submissions_admin_all on submissions for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists submissions_teacher_select on submissions;
create policy submissions_teacher_select on submissions for select
    using (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists submissions_teacher_update on submissions;
create policy submissions_teacher_update on submissions for update
    using (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o))
    with check (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists submissions_student_select on submissions;
create policy submissions_student_select on submissions for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
-- Until it is graded, or the assignment is closed.
drop policy if exists submissions_student_insert on submissions;
create policy submissions_student_insert on submissions for insert
    with check (tenant_id = app.tenant_id() and student_id = app.student_id() and status = 'submitted'
           and assignment_id in (select o.id from app.attended_assignments o where o.status = 'active'));
drop policy if exists submissions_student_update on submissions;
create policy submissions_student_update on submissions for update
    using (tenant_id = app.tenant_id() and student_id = app.student_id() and status = 'submitted'
           and assignment_id in (select o.id from app.attended_assignments o where o.status = 'active'))
    with check (tenant_id = app.tenant_id() and student_id = app.student_id() and status = 'submitted'
           and assignment_id in (select o.id from app.attended_assignments o where o.status = 'active'));

alter table grades enable row level security;
drop policy if exists grades_admin_all on grades;
create policy grades_admin_all on grades for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists grades_teacher_all on grades;
create policy grades_teacher_all on grades for all
    using (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o))
    with check (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists grades_student_select on grades;
create policy grades_student_select on grades for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());

grant select, insert, update, delete on classes, schedules, enrollments, class_sessions, attendance,
    assignments, submissions, grades to school_app;

-- ==================== search_classes
-- Classes by part of a name or code; why a function: see core/sql/search_users.sql.

create index if not exists idx_classes_name_trgm on classes using gin (name gin_trgm_ops);

create or replace function app.search_classes(term text) returns setof uuid
    language sql stable security definer rows 50
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select c.id from classes c
     where c.tenant_id = app.tenant_id() and app.user_role() in ('admin', 'teacher')
       and (c.name ilike app.contains_pattern(term) or c.code ilike app.contains_pattern(term));
end;
