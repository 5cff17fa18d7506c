-- ==================== own_classes
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

-- NaN compares as greater than every number, so range checks do not refuse it.
alter table grades drop constraint if exists check_grade_score_number;
alter table grades add constraint check_grade_score_number check (score <> 'NaN');

select app.watch('classes', 'class', 'enrolled_count', 'sort_name');
select app.watch('schedules', 'schedule');
select app.watch('enrollments', 'enrollment', 'attendance_rate');
select app.watch('class_sessions', 'class_session');
select app.watch('attendance', 'attendance', 'absence_id');
select app.watch('assignments', 'assignment');
select app.watch('submissions', 'submission');
select app.watch('grades', 'grade');

-- A teacher grades and completes an enrollment; only the office decides who is enrolled.
create or replace trigger enrollments_allow_columns_trg before update on enrollments
    for each row execute function app.allow_columns(
        'teacher', 'current_grade', 'completion_date', 'status', 'attendance_rate');

-- Columns maintained by triggers: values from clients are ignored, so that a form with an old value
-- cannot undo a count. The owner (the triggers themselves) may write them.
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

-- A session or assignment never moves to another class: attendance and grades depend on it.
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

    -- A separate statement, which sees what others committed while this one waited for the lock.
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
--   current_grade   = the letter of the mean of 100 x score / max_score, by the class's scale
-- The scale is the class's own grading_scales.steps, else the school's default one, else
-- tenants.settings -> 'grading_scale': [["A", 94], ["A-", 90], ...], lower bounds in percent; without
-- any, Canvas's default. Where the class weighs its types of assignments, the mean is that of the
-- types' means. SECURITY DEFINER because the teacher who takes attendance
-- may not write enrollments' rate, nor see the school's settings of other roles.

-- The rule of every attendance rate: percent, not rounded; NULL where nothing counts.
create or replace function app.attendance_rate(present bigint, absent bigint, late bigint)
    returns numeric
    language sql immutable parallel safe
    return 100.0 * (present + late) / nullif(present + absent + late, 0);

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
-- A third value, grade points, is not negative. (NaN is above every number.)
create or replace function app.is_grading_scale(scale jsonb) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return scale is null or scale in ('null', '[]') or (
        select bool_and(coalesce(length(s ->> 0) between 1 and 10, false))
               and min((s ->> 1)::numeric) = 0
               and max((s ->> 1)::numeric) <> 'NaN'
               and bool_and(coalesce((s ->> 2)::numeric >= 0 and (s ->> 2)::numeric <> 'NaN', true))
               and count(*) = count(distinct (s ->> 1)::numeric)
          from jsonb_array_elements(scale) s);
exception when others then
    return false;
end
$$;
alter table tenants drop constraint if exists check_grading_scale;
alter table tenants add constraint check_grading_scale
    check (app.is_grading_scale(settings -> 'grading_scale'));

-- The scale of a class (see above); NULL means Canvas's default.
create or replace function app.class_scale(tenant uuid, class uuid) returns jsonb
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select coalesce(
        (select k.steps from classes c
           join grading_scales k on k.tenant_id = c.tenant_id and k.id = c.grading_scale_id
          where c.tenant_id = tenant and c.id = class),
        (select k.steps from grading_scales k where k.tenant_id = tenant and k.is_default),
        (select t.settings -> 'grading_scale' from tenants t where t.id = tenant));
end;

-- The mean percent of a student in a class; NULL without any. With weights: each type's mean by its
-- weight, over the types that have a grade and a weight. Assignments without a highest score and
-- excused grades do not count. It sees what its caller may see: the triggers below everything, the
-- gradebook what its teacher does.
create or replace function app.mean_percent(tenant uuid, student uuid, class uuid) returns numeric
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with percents as materialized (
        select w.type, 100.0 * g.score / w.max_score as percent
          from grades g
         -- By its key (so "offset 0"): in a school of which the statistics do not know yet, all
         -- its assignments would be gone through for each grade.
         cross join lateral (select a.class_id, a.max_score, a.type from assignments a
                              where a.tenant_id = tenant and a.id = g.assignment_id offset 0) w
         where g.tenant_id = tenant and g.student_id = student and w.class_id = class
           and g.score is not null and w.max_score is not null
    )
    -- Rounded, because thirds that add up to 94 are 93.999... in decimals.
    select round(
        case when exists (select from assignment_weights x
                           where x.tenant_id = tenant and x.class_id = class)
             then (select sum(m.mean * x.weight) / nullif(sum(x.weight), 0)
                     from (select p.type, avg(p.percent) as mean from percents p group by p.type) m
                     join assignment_weights x
                       on x.tenant_id = tenant and x.class_id = class and x.type = m.type)
             else (select avg(p.percent) from percents p) end, 6);
end;

-- The percent that the grade of one's own enrollment, or of one's child's, comes from; NULL for any
-- other. The letter stays theirs to read, but students do not see the assignments of a class that is
-- over, and so not the highest scores: SECURITY DEFINER for this one number.
create or replace function app.own_percent(enrollment uuid) returns numeric
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select app.mean_percent(e.tenant_id, e.student_id, e.class_id)
      from enrollments e
     where e.tenant_id = app.tenant_id() and e.id = enrollment
       and e.status in ('active', 'completed')
       and (e.student_id = app.student_id()
            or e.student_id in (select g.id from app.guarded_students g));
end;
revoke execute on function app.own_percent from public;
grant execute on function app.own_percent
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- Recompute the enrollments of these students in these classes (pairs by position).
create or replace function app.refresh_progress(tenant uuid, student_ids uuid[], class_ids uuid[],
                                                rates boolean, letters boolean) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan  -- one pair and fifty thousand are planned differently
as $$
begin
    if app.rebuilding() then
        return;
    end if;
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
               select round(app.attendance_rate(count(*) filter (where a.status = 'present'),
                                                count(*) filter (where a.status = 'absent'),
                                                count(*) filter (where a.status = 'late')),
                            2) as rate
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
          -- Once a class, not once a student.
          join (select c.class_id, app.class_scale(tenant, c.class_id) as scale
                  from (select distinct * from unnest(class_ids) u(class_id)) c offset 0) k
            on k.class_id = p.class_id
         cross join lateral (
               select app.letter_grade(app.mean_percent(tenant, p.student_id, p.class_id),
                                       k.scale) as letter) g
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

-- All of these classes anew: their weights or their scale changed.
create or replace function app.refresh_classes(tenant uuid, class_ids uuid[]) returns void
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select app.refresh_progress(tenant, array_agg(e.student_id), array_agg(e.class_id), false, true)
      from enrollments e
     where e.tenant_id = tenant and e.class_id = any (class_ids)
    having count(*) > 0;
end;
revoke execute on function app.refresh_classes from public;

-- An assignment that is out of more or fewer points than before, or of another type.
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
create or replace trigger assignments_progress_trg after update of max_score, type on assignments
    for each row
    when (old.max_score is distinct from new.max_score or old.type is distinct from new.type)
    execute function app.assignment_progress();

-- Another grading scale of the school. (The grades of completed classes are final: here and below.)
create or replace function app.scale_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refresh_progress(new.id, array_agg(e.student_id), array_agg(e.class_id), false, true)
       from enrollments e
       join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
      where e.tenant_id = new.id and c.status <> 'completed'
        and exists (select from grades g where g.tenant_id = new.id and g.student_id = e.student_id)
     having count(*) > 0;
    return null;
end
$$;
create or replace trigger tenants_scale_progress_trg after update of settings on tenants
    for each row
    when (old.settings -> 'grading_scale' is distinct from new.settings -> 'grading_scale')
    execute function app.scale_progress();

-- Other weights of a class.
create or replace function app.weight_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        perform app.refresh_classes(n.tenant_id, array_agg(distinct n.class_id))
           from new_rows n group by n.tenant_id;
    elsif tg_op = 'DELETE' then
        perform app.refresh_classes(o.tenant_id, array_agg(distinct o.class_id))
           from old_rows o group by o.tenant_id;
    else
        perform app.refresh_classes(b.tenant_id, array_agg(distinct b.class_id))
           from (select tenant_id, class_id from old_rows
                 union select tenant_id, class_id from new_rows) b group by b.tenant_id;
    end if;
    return null;
end
$$;
create or replace trigger assignment_weights_progress_insert_trg after insert on assignment_weights
    referencing new table as new_rows
    for each statement execute function app.weight_progress();
create or replace trigger assignment_weights_progress_update_trg after update on assignment_weights
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.weight_progress();
create or replace trigger assignment_weights_progress_delete_trg after delete on assignment_weights
    referencing old table as old_rows
    for each statement execute function app.weight_progress();

-- A scale that changed, or became (or is no more) the school's default: the classes that use it.
create or replace function app.grading_scale_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    scale record;
begin
    if tg_op = 'DELETE' then
        scale := old;
    else
        scale := new;
    end if;
    perform app.refresh_classes(scale.tenant_id, array_agg(c.id))
       from classes c
      where c.tenant_id = scale.tenant_id and c.status <> 'completed'
        and (c.grading_scale_id = scale.id
             or c.grading_scale_id is null
                and (scale.is_default or tg_op = 'UPDATE' and old.is_default))
        and exists (select from assignments a
                     where a.tenant_id = c.tenant_id and a.class_id = c.id)
     having count(*) > 0;
    return null;
end
$$;
create or replace trigger grading_scales_progress_insert_trg after insert on grading_scales
    for each row when (new.is_default) execute function app.grading_scale_progress();
create or replace trigger grading_scales_progress_update_trg
    after update of steps, is_default on grading_scales
    for each row
    when (old.steps is distinct from new.steps or old.is_default is distinct from new.is_default)
    execute function app.grading_scale_progress();
create or replace trigger grading_scales_progress_delete_trg after delete on grading_scales
    for each row when (old.is_default) execute function app.grading_scale_progress();

-- A class that is graded by another scale.
create or replace function app.class_scale_progress() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refresh_classes(new.tenant_id, array[new.id]);
    return null;
end
$$;
create or replace trigger classes_scale_progress_trg after update of grading_scale_id on classes
    for each row when (old.grading_scale_id is distinct from new.grading_scale_id)
    execute function app.class_scale_progress();

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
    if app.rebuilding() then
        return null;
    end if;
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

-- The server sets the time of a submission; a student may change the work itself and nothing else.
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

-- Files of a submission come and go as long as it is not graded. The policies decide that by what was
-- committed when the statement began; so the submission is locked, which waits for whoever is grading
-- it, and looked at again. A grade from before anything was handed in counts for nothing, as there
-- (app.graded_early). SECURITY DEFINER because a lock wants more rights than reading.
create or replace function app.keep_graded_files() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    work record;
begin
    if app.user_role() is distinct from 'student' then
        return null;
    end if;
    for work in
        select s.tenant_id, s.id, s.status, s.submitted_at, s.content, s.attachments
          from submissions s
         where s.tenant_id = app.tenant_id()
           and s.id in (select c.submission_id from changed_rows c)
         order by s.id for share
    loop
        if work.status = 'graded'
           and not exists (
               select from grades g
                where g.tenant_id = work.tenant_id and g.submission_id = work.id
                  and work.submitted_at > g.graded_at)
           and (tg_op = 'DELETE' or work.content is not null or work.attachments is not null
                or exists (select from attachment_files f
                            where f.tenant_id = work.tenant_id and f.submission_id = work.id
                              and f.id not in (select c.id from changed_rows c))) then
            raise exception 'the submission is graded'
                using errcode = 'check_violation', table = tg_table_name,
                      constraint = 'submission_is_graded';
        end if;
    end loop;
    return null;
end
$$;
create or replace trigger attachment_files_keep_graded_insert_trg after insert on attachment_files
    referencing new table as changed_rows
    for each statement execute function app.keep_graded_files();
create or replace trigger attachment_files_keep_graded_delete_trg after delete on attachment_files
    referencing old table as changed_rows
    for each statement execute function app.keep_graded_files();

-- ==================== authorship
-- Who graded, took the attendance or handed a file in: whoever is asking, whatever a client writes there.
-- Without a person (a command, a school rebuilt from its file) what is given stays. Relied on by whoever
-- reads a mark's author; the audit trail names the same person. (Other apps use stamp_recorded_by too.)

create or replace function app.stamp_graded_by() returns trigger
    language plpgsql
as $$
begin
    new.graded_by := app.user_id();
    return new;
end
$$;
create or replace trigger grades_stamp_insert_trg before insert on grades
    for each row when (app.user_id() is not null and new.graded_by is distinct from app.user_id())
    execute function app.stamp_graded_by();
-- A letter that is worked out anew from the same score is nobody's grading.
create or replace trigger grades_stamp_update_trg before update on grades
    for each row when (
        app.user_id() is not null and new.graded_by is distinct from app.user_id()
        and ((new.score, new.excused, new.feedback, new.graded_by)
                 is distinct from (old.score, old.excused, old.feedback, old.graded_by)
             or new.score is null and new.grade is distinct from old.grade))
    execute function app.stamp_graded_by();

create or replace function app.stamp_recorded_by() returns trigger
    language plpgsql
as $$
begin
    new.recorded_by := app.user_id();
    return new;
end
$$;
create or replace trigger attendance_stamp_insert_trg before insert on attendance
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger attendance_stamp_update_trg before update on attendance
    for each row when (
        app.user_id() is not null and new.recorded_by is distinct from app.user_id()
        and (new.status, new.notes, new.recorded_by)
            is distinct from (old.status, old.notes, old.recorded_by))
    execute function app.stamp_recorded_by();

-- A file is not changed, so only who hands it in is noted.
create or replace function app.stamp_uploaded_by() returns trigger
    language plpgsql
as $$
begin
    new.uploaded_by := app.user_id();
    return new;
end
$$;
create or replace trigger attachment_files_stamp_trg before insert on attachment_files
    for each row when (app.user_id() is not null and new.uploaded_by is distinct from app.user_id())
    execute function app.stamp_uploaded_by();

-- ==================== search_classes
-- Classes by part of a name or code; why two functions: see core/sql/search_users.sql.

create index if not exists idx_classes_sort_name_trgm on classes using gin (sort_name gin_trgm_ops);
create index if not exists idx_classes_code_trgm
    on classes using gin (app.folded(code) gin_trgm_ops);

-- The variant for the office, as explained there.
create or replace function app.search_all_classes(term text) returns setof uuid
    language sql stable security definer rows 50
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select c.id from classes c
     where c.tenant_id = app.tenant_id() and app.is_office()
       and (c.sort_name like app.contains_pattern(app.folded(term))
            or app.folded(c.code) like app.contains_pattern(app.folded(term)));
end;

create or replace function app.search_classes(term text) returns setof uuid
    language plpgsql stable rows 50
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_office() then
        return query select * from app.search_all_classes(term);
    else
        return query
        select c.id from classes c
         where c.tenant_id = app.tenant_id()
           and (c.sort_name like app.contains_pattern(app.folded(term))
                or app.folded(c.code) like app.contains_pattern(app.folded(term)));
    end if;
end
$$;

-- ==================== search_assignments
-- Assignments by part of their title; why through two functions: see core/sql/search_users.sql.

create index if not exists idx_assignments_folded_trgm
    on assignments using gin (app.folded(title) gin_trgm_ops);

-- The variant for the office, as explained there.
create or replace function app.search_all_assignments(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select w.id from assignments w
     where w.tenant_id = app.tenant_id() and app.is_people_office()
       and app.folded(w.title) like app.contains_pattern(app.folded(term));
end;

create or replace function app.search_assignments(term text) returns setof uuid
    language plpgsql stable rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_people_office() then
        return query select * from app.search_all_assignments(term);
    else
        return query
        select w.id from assignments w
         where w.tenant_id = app.tenant_id()
           and app.folded(w.title) like app.contains_pattern(app.folded(term));
    end if;
end
$$;

-- ==================== terms
-- Years of a school never share a day, nor do its terms, and a term lies within its year. So a date
-- has at most one year and one term.

alter table academic_years drop constraint if exists academic_years_overlap;
alter table academic_years add constraint academic_years_overlap
    exclude using gist (tenant_id with =, daterange(start_date, end_date, '[]') with &&);
-- Keeps every date away from the ends of the calendar, so that date arithmetic cannot overflow.
alter table academic_years drop constraint if exists check_academic_year_century;
alter table academic_years add constraint check_academic_year_century
    check (start_date >= '1900-01-01' and end_date < '9000-01-01');
alter table terms drop constraint if exists terms_overlap;
alter table terms add constraint terms_overlap
    exclude using gist (tenant_id with =, daterange(start_date, end_date, '[]') with &&);

-- The year is locked, so that it cannot shrink while a term is added. SECURITY DEFINER because a
-- lock needs more rights than reading.
create or replace function app.check_term_in_year() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    year record;
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    -- Locked first and compared afterwards: FOR SHARE locks only the rows that a query returns.
    select y.start_date, y.end_date into year
      from academic_years y
     where y.tenant_id = new.tenant_id and y.id = new.academic_year_id
       for share;
    if new.start_date < year.start_date or new.end_date > year.end_date then
        raise exception 'a term outside its year'
            using errcode = 'check_violation', table = 'terms', column = 'start_date',
                  constraint = 'term_outside_year';
    end if;
    return new;
end
$$;
create or replace trigger terms_in_year_trg before insert or update on terms
    for each row execute function app.check_term_in_year();

create or replace function app.check_year_holds_terms() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    perform from terms t
      where t.tenant_id = new.tenant_id and t.academic_year_id = new.id
        and (t.start_date < new.start_date or t.end_date > new.end_date);
    if found then
        raise exception 'a year without room for its terms'
            using errcode = 'check_violation', table = 'academic_years', column = 'start_date',
                  constraint = 'year_without_its_terms';
    end if;
    return new;
end
$$;
create or replace trigger academic_years_hold_terms_trg
    before update of start_date, end_date on academic_years
    for each row execute function app.check_year_holds_terms();

-- ==================== timetable
-- No teacher and no room is booked twice at the same time. The two exclusion constraints decide; the
-- trigger checks before them, to name the other class, which PostgreSQL hides under row-level
-- security. They compare two columns that the trigger maintains: the teacher of the class, and the
-- days of the slot (its own dates within those of its class, while the class is active). Clashing
-- slots from before these rules have no such days until they are saved again.

create or replace function app.book_slot() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    class record;
    other record;
    first_day date;
    last_day date;
begin
    if app.rebuilding() then
        return new;
    end if;
    -- Serializes the slots of a school: concurrent ones could not see each other, and the constraints
    -- would make both wait for each other.
    perform pg_advisory_xact_lock(hashtextextended('schedules ' || new.tenant_id::text, 0));
    -- Locked, so that neither its teacher nor its dates change meanwhile.
    select c.teacher_id, c.start_date, c.end_date, c.status, c.deleted_at into class
      from classes c where c.tenant_id = new.tenant_id and c.id = new.class_id for share;
    first_day := greatest(class.start_date, new.valid_from);
    last_day := least(class.end_date, new.valid_to);
    -- No upper bound for the last day of the calendar: the range would end with the day after it,
    -- which Python cannot represent.
    if last_day >= '9999-12-31' then
        last_day := null;
    end if;
    new.teacher_id := class.teacher_id;
    new.booked := case when class.status = 'active' and class.deleted_at is null
                        and (last_day is null or first_day <= last_day)
                       then daterange(first_day, last_day, '[]') end;
    if new.booked is null then
        return new;
    end if;
    select c.name, c.code, s.start_time, s.end_time,
           to_char(date '2024-01-01' + (s.weekday - 1), 'FMDay') as weekday,
           lower(trim(s.room)) = lower(trim(new.room)) as by_room into other
      from schedules s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
     where s.tenant_id = new.tenant_id and s.id <> new.id and s.weekday = new.weekday
       and s.start_time < new.end_time and new.start_time < s.end_time
       and s.booked && new.booked
       and (lower(trim(s.room)) = lower(trim(new.room)) or s.teacher_id = new.teacher_id)
     order by s.start_time, s.id limit 1;
    if found then
        raise exception 'a slot that is taken'
            using errcode = 'exclusion_violation', table = 'schedules',
                  column = case when other.by_room then 'room' else 'start_time' end,
                  constraint = case when other.by_room then 'schedules_room_booked'
                                    else 'schedules_teacher_booked' end,
                  detail = format('%s%s, %s %s–%s', other.name,
                                  coalesce(' (' || nullif(other.code, '') || ')', ''),
                                  other.weekday,
                                  to_char(other.start_time, 'HH24:MI'),
                                  to_char(other.end_time, 'HH24:MI'));
    end if;
    return new;
end
$$;
create or replace trigger schedules_book_trg before insert or update on schedules
    for each row execute function app.book_slot();

alter table schedules drop constraint if exists schedules_room_booked;
alter table schedules add constraint schedules_room_booked
    exclude using gist (
        tenant_id with =, lower(trim(room)) with =, weekday with =,
        int4range(extract(epoch from start_time)::int, extract(epoch from end_time)::int) with &&,
        booked with &&)
    where (trim(room) <> '');
alter table schedules drop constraint if exists schedules_teacher_booked;
alter table schedules add constraint schedules_teacher_booked
    exclude using gist (
        tenant_id with =, teacher_id with =, weekday with =,
        int4range(extract(epoch from start_time)::int, extract(epoch from end_time)::int) with &&,
        booked with &&);

-- When teacher, dates or status of a class change, its slots are booked again.
-- SECURITY DEFINER so that it works for everybody who may change the class.
create or replace function app.rebook_class() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if not app.rebuilding() then
        update schedules s set updated_at = now()
         where s.tenant_id = new.tenant_id and s.class_id = new.id;
    end if;
    return null;
end
$$;
create or replace trigger classes_rebook_trg
    after update of teacher_id, start_date, end_date, status, deleted_at on classes
    for each row
    when (old.teacher_id is distinct from new.teacher_id
          or old.start_date is distinct from new.start_date
          or old.end_date is distinct from new.end_date
          or old.status is distinct from new.status
          or old.deleted_at is distinct from new.deleted_at)
    execute function app.rebook_class();

-- A generated session that somebody moves to another day or time counts as added by hand.
create or replace function app.keep_moved_session() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    new.generated := false;
    return new;
end
$$;
create or replace trigger class_sessions_keep_moved_trg
    before update of session_date, start_time, end_time on class_sessions
    for each row
    when (new.generated and (old.session_date, old.start_time, old.end_time)
          is distinct from (new.session_date, new.start_time, new.end_time))
    execute function app.keep_moved_session();

-- ==================== teaching_day_rules
-- Composite foreign keys and simple triggers of the calendar, grading, files and waitlists.

alter table terms drop constraint if exists terms_academic_year_fk;
alter table terms add constraint terms_academic_year_fk
    foreign key (tenant_id, academic_year_id) references academic_years (tenant_id, id);
alter table classes drop constraint if exists classes_term_fk;
alter table classes add constraint classes_term_fk
    foreign key (tenant_id, term_id) references terms (tenant_id, id);
alter table classes drop constraint if exists classes_grading_scale_fk;
alter table classes add constraint classes_grading_scale_fk
    foreign key (tenant_id, grading_scale_id) references grading_scales (tenant_id, id);
alter table schedules drop constraint if exists schedules_teacher_fk;
alter table schedules add constraint schedules_teacher_fk
    foreign key (tenant_id, teacher_id) references users (tenant_id, id);
alter table assignment_weights drop constraint if exists assignment_weights_class_fk;
alter table assignment_weights add constraint assignment_weights_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id) on delete cascade;

alter table attachment_files drop constraint if exists attachment_files_assignment_fk;
alter table attachment_files add constraint attachment_files_assignment_fk
    foreign key (tenant_id, assignment_id) references assignments (tenant_id, id);
-- One key for all three, so that a file cannot contradict its submission.
alter table attachment_files drop constraint if exists attachment_files_submission_fk;
alter table attachment_files add constraint attachment_files_submission_fk
    foreign key (tenant_id, submission_id, student_id, assignment_id)
    references submissions (tenant_id, id, student_id, assignment_id);
alter table attachment_files drop constraint if exists attachment_files_uploaded_by_fk;
alter table attachment_files add constraint attachment_files_uploaded_by_fk
    foreign key (tenant_id, uploaded_by) references users (tenant_id, id);

-- A row is the right to read its file, and deleting the row deletes it: no other file of the school.
alter table attachment_files drop constraint if exists check_attachment_name;
alter table attachment_files add constraint check_attachment_name
    check (name ~ '^attachments/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)*$');
-- What a file is served as: never a page or a program (academics.services.file_types has the same).
alter table attachment_files drop constraint if exists check_attachment_type;
alter table attachment_files add constraint check_attachment_type
    check (content_type in (
        'application/msword', 'application/pdf', 'application/rtf', 'application/vnd.ms-excel',
        'application/vnd.ms-powerpoint', 'application/vnd.oasis.opendocument.presentation',
        'application/vnd.oasis.opendocument.spreadsheet',
        'application/vnd.oasis.opendocument.text',
        'application/vnd.openxmlformats-officedocument.presentationml.presentation',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        'application/zip', 'audio/mp4', 'audio/mpeg', 'audio/ogg', 'audio/wav', 'image/gif',
        'image/heic', 'image/jpeg', 'image/png', 'image/webp', 'text/csv', 'text/markdown',
        'text/plain', 'text/x-tex', 'video/mp4', 'video/quicktime', 'video/webm'));

alter table waitlist_entries drop constraint if exists waitlist_entries_class_fk;
alter table waitlist_entries add constraint waitlist_entries_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);
alter table waitlist_entries drop constraint if exists waitlist_entries_student_fk;
alter table waitlist_entries add constraint waitlist_entries_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);

alter table grading_scales drop constraint if exists check_grading_scale_steps;
alter table grading_scales add constraint check_grading_scale_steps
    check (jsonb_typeof(steps) = 'array' and steps <> '[]' and app.is_grading_scale(steps));
-- NaN compares as greater than every number.
alter table assignment_weights drop constraint if exists check_assignment_weight_number;
alter table assignment_weights add constraint check_assignment_weight_number check (weight <> 'NaN');

select app.watch('academic_years', 'academic_year');
select app.watch('terms', 'term');
select app.watch('closed_days', 'closed_day');
select app.watch('grading_scales', 'grading_scale');
select app.watch('assignment_weights', 'assignment_weight');
select app.watch('attachment_files', 'attachment_file');
select app.watch('waitlist_entries', 'waitlist_entry');
-- Columns that the timetable's trigger computes are left out of the audit trail.
select app.watch('schedules', 'schedule', 'teacher_id', 'booked');

-- A teacher grades, completes and comments an enrollment; only the office decides who is enrolled.
create or replace trigger enrollments_allow_columns_trg before update on enrollments
    for each row execute function app.allow_columns(
        'teacher', 'current_grade', 'completion_date', 'status', 'attendance_rate',
        'report_comment');

-- Only the office decides who is enrolled: a teacher can complete an active enrollment, but neither
-- drop one nor make one active again.
create or replace function app.keep_enrolled() returns trigger
    language plpgsql
as $$
begin
    if app.user_role() = 'teacher' and not (old.status = 'active' and new.status = 'completed') then
        raise exception 'who is enrolled is the office''s to decide'
            using errcode = 'insufficient_privilege', table = tg_table_name, column = 'status',
                  constraint = 'enrollments_keep_enrolled';
    end if;
    return new;
end
$$;
create or replace trigger enrollments_keep_enrolled_trg before update of status on enrollments
    for each row when (old.status is distinct from new.status)
    execute function app.keep_enrolled();

-- A teacher can read and grade submitted work, but not change it.
create or replace trigger submissions_teacher_columns_trg before update on submissions
    for each row execute function app.allow_columns('teacher', 'status');

-- Attendance is only taken for lessons that took place. A statement trigger, so that a register
-- needs one check. SECURITY DEFINER because the rule holds for every writer.
create or replace function app.refuse_attendance() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    wrong record;
begin
    if app.rebuilding() then
        return null;
    end if;
    select s.status, s.session_date into wrong
      from (select distinct n.tenant_id, n.class_session_id from new_rows n) n
      join class_sessions s on s.tenant_id = n.tenant_id and s.id = n.class_session_id
     where s.status = 'cancelled' or s.session_date > app.school_date(s.tenant_id)
     limit 1;
    if found and wrong.status = 'cancelled' then
        raise exception 'attendance at a cancelled session'
            using errcode = 'check_violation', table = 'attendance',
                  column = 'class_session_id', constraint = 'attendance_session_cancelled';
    elsif found then
        raise exception 'attendance at a session in the future'
            using errcode = 'check_violation', table = 'attendance',
                  column = 'class_session_id', constraint = 'attendance_session_future';
    end if;
    return null;
end
$$;
create or replace trigger attendance_refuse_insert_trg after insert on attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_attendance();
create or replace trigger attendance_refuse_update_trg after update on attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_attendance();

-- Attendance is only taken for students enrolled in the class on the day of the session. Only new
-- marks, and marks moved to another student or session, are checked: a mark can be corrected after
-- its enrollment ended. A statement trigger that looks up each mark by its keys ("offset 0"), so that
-- one mark and an import of fifty thousand both cost two look-ups a mark, whatever plan is cached.
-- SECURITY DEFINER because the rule holds for every writer.

-- Whether an enrollment with these dates and status is of that day, as in Enrollment.includes().
create or replace function app.is_enrolled(status text, first_day date, last_day date, day date)
    returns boolean
    language sql immutable parallel safe
    return first_day <= day
           and (status = 'active' or coalesce(last_day >= day, status = 'completed'));

create or replace function app.refuse_unenrolled() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    wrong boolean;
begin
    if app.rebuilding() then
        return null;
    end if;
    if tg_op = 'INSERT' then
        select true into wrong
          from new_rows n
         cross join lateral (select s.class_id, s.session_date from class_sessions s
                              where s.tenant_id = n.tenant_id and s.id = n.class_session_id
                             offset 0) s
         where not exists (
               select from enrollments e
                where e.tenant_id = n.tenant_id and e.student_id = n.student_id
                  and e.class_id = s.class_id
                  and app.is_enrolled(e.status, e.enrollment_date, e.completion_date, s.session_date)
               offset 0)
         limit 1;
    else
        select true into wrong
          from (select tenant_id, id, student_id, class_session_id from new_rows
                except select tenant_id, id, student_id, class_session_id from old_rows) n
         cross join lateral (select s.class_id, s.session_date from class_sessions s
                              where s.tenant_id = n.tenant_id and s.id = n.class_session_id
                             offset 0) s
         where not exists (
               select from enrollments e
                where e.tenant_id = n.tenant_id and e.student_id = n.student_id
                  and e.class_id = s.class_id
                  and app.is_enrolled(e.status, e.enrollment_date, e.completion_date, s.session_date)
               offset 0)
         limit 1;
    end if;
    if wrong then
        raise exception 'attendance of somebody who was not enrolled on that day'
            using errcode = 'check_violation', table = 'attendance', column = 'student_id',
                  constraint = 'attendance_not_enrolled';
    end if;
    return null;
end
$$;
create or replace trigger attendance_unenrolled_insert_trg after insert on attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_unenrolled();
create or replace trigger attendance_unenrolled_update_trg after update on attendance
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.refuse_unenrolled();

-- The reverse rule: a session with attendance took place, on a day on which all students with a mark
-- were enrolled. FOR UPDATE waits for people who are taking attendance (the foreign key's lock), and
-- makes later ones see the change.
-- SECURITY DEFINER because attendance counts whoever may see it.
create or replace function app.keep_attended_session() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office', 'teacher');
    if app.rebuilding() then
        return new;
    end if;
    perform from class_sessions s where s.tenant_id = old.tenant_id and s.id = old.id for update;
    if (new.status = 'cancelled' or new.session_date > app.school_date(old.tenant_id))
       and exists (select from attendance a
                    where a.tenant_id = old.tenant_id and a.class_session_id = old.id) then
        raise exception 'attendance was taken at the session'
            using errcode = 'check_violation', table = 'class_sessions',
                  column = 'status', constraint = 'class_session_attended';
    end if;
    if new.session_date <> old.session_date
       and exists (
           select from attendance a
            where a.tenant_id = old.tenant_id and a.class_session_id = old.id
              and not exists (
                  select from enrollments e
                   where e.tenant_id = a.tenant_id and e.student_id = a.student_id
                     and e.class_id = old.class_id  -- which it never leaves
                     and app.is_enrolled(e.status, e.enrollment_date, e.completion_date,
                                         new.session_date))) then
        raise exception 'attendance of somebody who was not enrolled on that day'
            using errcode = 'check_violation', table = 'class_sessions',
                  column = 'session_date', constraint = 'class_session_not_enrolled';
    end if;
    return new;
end
$$;
create or replace trigger class_sessions_attended_trg
    before update of status, session_date on class_sessions
    for each row when (old.status is distinct from new.status
                       or old.session_date is distinct from new.session_date)
    execute function app.keep_attended_session();

-- ==================== waitlist
-- Who waits for a seat in a full class, in order, and gets the next one that is freed, in the same
-- transaction. Everything happens under the lock of the class (as in enrolled_count.sql), so that no
-- seat is lost or given twice. SECURITY DEFINER because a freed seat goes to somebody whose rows the
-- caller may not see.

-- Give the free seats of these active classes to waiting students. Suspended and deleted people keep
-- their place and are skipped; students who were enrolled otherwise leave the queue.
create or replace function app.fill_seats(tenant uuid, class_ids uuid[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    class record;
    next record;
    taken integer;
begin
    if app.rebuilding() then
        return;
    end if;
    for class in
        select c.id, c.capacity from classes c
         where c.tenant_id = tenant and c.id = any (class_ids)
           and c.status = 'active' and c.deleted_at is null
           and exists (select from waitlist_entries w
                        where w.tenant_id = tenant and w.class_id = c.id and w.status = 'waiting')
         order by c.id for no key update of c
    loop
        loop
            select count(*) into taken from enrollments e
             where e.tenant_id = tenant and e.class_id = class.id and e.status = 'active';
            exit when taken >= class.capacity;
            select w.id, w.student_id into next
              from waitlist_entries w
              join users u on u.tenant_id = w.tenant_id and u.id = w.student_id
             where w.tenant_id = tenant and w.class_id = class.id and w.status = 'waiting'
               and u.status = 'active' and u.deleted_at is null
             order by w.queued_at, w.id limit 1;
            exit when not found;
            update waitlist_entries w set status = 'enrolled', decided_at = now()
             where w.tenant_id = tenant and w.id = next.id;
            -- The index of active enrollments decides whether the student is enrolled already.
            insert into enrollments (tenant_id, student_id, class_id, enrollment_date)
            values (tenant, next.student_id, class.id, app.school_date(tenant))
            on conflict (tenant_id, student_id, class_id) where status = 'active' do nothing;
        end loop;
    end loop;
end
$$;
revoke execute on function app.fill_seats from public;

-- The order of the queue is the order in which the class was locked.
create or replace function app.join_waitlist() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    if app.rebuilding() then
        return new;
    end if;
    perform from classes c where c.tenant_id = new.tenant_id and c.id = new.class_id
        for no key update;
    if exists (select from enrollments e
                where e.tenant_id = new.tenant_id and e.class_id = new.class_id
                  and e.student_id = new.student_id and e.status = 'active') then
        raise exception 'already enrolled'
            using errcode = 'check_violation', table = 'waitlist_entries', column = 'student_id',
                  constraint = 'waitlist_already_enrolled';
    end if;
    new.queued_at := greatest(
        clock_timestamp(),
        (select max(w.queued_at) + interval '1 microsecond' from waitlist_entries w
          where w.tenant_id = new.tenant_id and w.class_id = new.class_id));
    return new;
end
$$;
create or replace trigger waitlist_entries_join_trg before insert on waitlist_entries
    for each row when (new.status = 'waiting') execute function app.join_waitlist();

-- A seat may have become free while this entry was being added.
create or replace function app.waitlist_joined() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.fill_seats(n.tenant_id, array_agg(distinct n.class_id))
       from new_rows n where n.status = 'waiting' group by n.tenant_id;
    return null;
end
$$;
create or replace trigger waitlist_entries_joined_trg after insert on waitlist_entries
    referencing new table as new_rows
    for each statement execute function app.waitlist_joined();

-- An entry keeps its student and class, and the trigger sets its time.
create or replace function app.keep_waitlist_place() returns trigger
    language plpgsql
as $$
begin
    if (new.student_id, new.class_id, new.queued_at)
       is distinct from (old.student_id, old.class_id, old.queued_at) then
        raise exception 'a place on a waitlist moves to nobody else'
            using errcode = 'check_violation', table = 'waitlist_entries',
                  constraint = 'waitlist_entries_keep_place';
    end if;
    if old.status = 'waiting' and new.status = 'withdrawn' then
        new.decided_at := now();
    elsif old.status <> 'waiting' and new.status = 'waiting' then
        raise exception 'who comes back waits at the end'
            using errcode = 'check_violation', table = 'waitlist_entries', column = 'status',
                  constraint = 'waitlist_entries_keep_place';
    end if;
    return new;
end
$$;
create or replace trigger waitlist_entries_keep_place_trg before update on waitlist_entries
    for each row execute function app.keep_waitlist_place();

-- More seats, or a class that is active again.
create or replace function app.seats_added() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.fill_seats(new.tenant_id, array[new.id]);
    return null;
end
$$;
create or replace trigger classes_seats_added_trg
    after update of capacity, status, deleted_at on classes
    for each row
    when (new.capacity > old.capacity
          or new.status = 'active' and new.deleted_at is null
             and (old.status <> 'active' or old.deleted_at is not null))
    execute function app.seats_added();

-- Seats freed by dropped enrollments. Completing a class frees none: its enrollments are not dropped.
create or replace function app.seats_freed() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op = 'DELETE' then
        perform app.fill_seats(o.tenant_id, array_agg(distinct o.class_id))
           from old_rows o where o.status = 'active' group by o.tenant_id;
    else
        perform app.fill_seats(o.tenant_id, array_agg(distinct o.class_id))
           from old_rows o join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id
          where o.status = 'active' and (n.status = 'dropped' or n.class_id <> o.class_id)
          group by o.tenant_id;
    end if;
    return null;
end
$$;
-- Named to run after the counting triggers (PostgreSQL runs them by name).
create or replace trigger trg_waitlist_seats_freed_update after update on enrollments
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.seats_freed();
create or replace trigger trg_waitlist_seats_freed_delete after delete on enrollments
    referencing old table as old_rows
    for each statement execute function app.seats_freed();

-- The place in the queue, 1 for the next one; for the student, their guardians and staff.
create or replace function app.waitlist_place(entry uuid) returns integer
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select (select count(*)::integer from waitlist_entries w
             where w.tenant_id = e.tenant_id and w.class_id = e.class_id and w.status = 'waiting'
               and (w.queued_at, w.id) <= (e.queued_at, e.id))
      from waitlist_entries e
     where e.tenant_id = app.tenant_id() and e.id = entry and e.status = 'waiting'
       and (app.is_people_office() or e.student_id = app.student_id()
            or e.student_id in (select g.id from app.guarded_students g)
            or e.class_id in (select c.id from app.taught_classes c));
end;
revoke execute on function app.waitlist_place from public;
grant execute on function app.waitlist_place
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- ==================== grading
-- Grading: the submission that a grade needs, and the grades that are final.

-- A grade needs a submission, even if nothing was handed in (an oral examination, a test on paper).
-- SECURITY DEFINER because teachers may not write submissions: it only makes empty ones, for students
-- of a class that the caller may grade. Pairs by position; existing submissions stay. `made` are the
-- ids of the new ones. A procedure, because no expression inside a query can call one.
create or replace procedure app.submissions_to_grade(
        assignment_ids uuid[], student_ids uuid[], inout made uuid[])
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with new as (
        insert into submissions (tenant_id, assignment_id, student_id)
        select distinct w.tenant_id, w.id, e.student_id
          from unnest(assignment_ids, student_ids) p(assignment_id, student_id)
          join assignments w on w.tenant_id = app.tenant_id() and w.id = p.assignment_id
          join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
                            and e.student_id = p.student_id
         where app.is_people_office() or w.id in (select o.id from app.taught_assignments o)
         order by w.id, e.student_id
            on conflict (tenant_id, assignment_id, student_id) do nothing
        returning id)
    select coalesce(array_agg(id), '{}') from new;
end;

-- The reverse: deletes those of these submissions that have neither grade nor work.
create or replace procedure app.drop_empty_submissions(ids uuid[])
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    delete from submissions s
     where s.tenant_id = app.tenant_id() and s.id = any (ids)
       and s.content is null and s.attachments is null
       and (app.is_people_office()
            or s.assignment_id in (select o.id from app.taught_assignments o))
       and not exists (select from grades g
                        where g.tenant_id = s.tenant_id and g.submission_id = s.id)
       and not exists (select from attachment_files f
                        where f.tenant_id = s.tenant_id and f.submission_id = s.id);
end;

revoke execute on procedure app.submissions_to_grade, app.drop_empty_submissions from public;
grant execute on procedure app.submissions_to_grade, app.drop_empty_submissions
    to school_app, school_admin, school_registrar, school_teacher;

-- Names of the people who graded in the classes one teaches, for "changed by ... at 10:02". A teacher
-- may not read the rows of colleagues and of the office.
create or replace view app.grade_givers as
    select g.tenant_id, g.id as grade_id, u.name
      from grades g
      join app.taught_assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
      join users u on u.tenant_id = g.tenant_id and u.id = g.graded_by
     where g.tenant_id = app.tenant_id();
revoke all on app.grade_givers
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on app.grade_givers
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- When a class is completed its grades are final: a teacher can change neither them nor their
-- assignments; an admin can, or makes the class active again. A statement trigger, so that a column
-- of grades needs one check.
-- An advisory lock of the class keeps grading and completing apart: graders share it, completing needs
-- it alone. The lock of the row would deadlock: every enrollment needs it, and it is held while the
-- enrollments of a grade are updated.
create or replace function app.lock_final(class uuid, completes boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    key bigint := hashtextextended('final ' || class::text, 0);
begin
    if completes then
        perform pg_advisory_xact_lock(key);
    else
        perform pg_advisory_xact_lock_shared(key);
    end if;
end
$$;

create or replace function app.complete_class() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.lock_final(new.id, true);
    return new;
end
$$;
create or replace trigger classes_complete_trg before update of status on classes
    for each row when (new.status = 'completed' and old.status <> 'completed')
    execute function app.complete_class();

create or replace function app.keep_final_grades() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    works uuid[];
begin
    if app.user_role() is distinct from 'teacher' then
        return null;
    end if;
    if tg_op <> 'DELETE' then
        select array_agg(distinct n.assignment_id) into works from new_rows n;
    end if;
    if tg_op <> 'INSERT' then
        select works || array_agg(distinct o.assignment_id) into works from old_rows o;
    end if;
    perform app.lock_final(c.class_id, false)
       from (select distinct w.class_id from assignments w
              where w.tenant_id = app.tenant_id() and w.id = any (works) order by w.class_id) c;
    -- A separate statement, which sees what was committed while this one waited.
    if exists (select from assignments w
                 join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
                where w.tenant_id = app.tenant_id() and w.id = any (works)
                  and c.status = 'completed') then
        raise exception 'the class is completed'
            using errcode = 'check_violation', table = tg_table_name,
                  constraint = 'class_is_completed';
    end if;
    return null;
end
$$;
create or replace trigger grades_keep_final_insert_trg after insert on grades
    referencing new table as new_rows
    for each statement execute function app.keep_final_grades();
create or replace trigger grades_keep_final_update_trg after update on grades
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.keep_final_grades();
create or replace trigger grades_keep_final_delete_trg after delete on grades
    referencing old table as old_rows
    for each statement execute function app.keep_final_grades();

create or replace function app.keep_final_weights() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    held record;
begin
    if tg_op = 'DELETE' then
        held := old;
    else
        held := new;
    end if;
    if app.user_role() is distinct from 'teacher' then
        return held;
    end if;
    -- (Whoever completes a class may hold its enrollments: a letter does not wait for them.)
    if tg_table_name <> 'enrollments' then
        perform app.lock_final(held.class_id, false);
    end if;
    if exists (select from classes c where c.tenant_id = held.tenant_id
                                       and c.id = held.class_id and c.status = 'completed') then
        raise exception 'the class is completed'
            using errcode = 'check_violation', table = tg_table_name,
                  constraint = 'class_is_completed';
    end if;
    return held;
end
$$;
create or replace trigger assignment_weights_keep_final_trg
    before insert or update or delete on assignment_weights
    for each row execute function app.keep_final_weights();
create or replace trigger assignments_keep_final_trg before update of max_score, type on assignments
    for each row
    when (old.max_score is distinct from new.max_score or old.type is distinct from new.type)
    execute function app.keep_final_weights();
create or replace trigger enrollments_keep_final_trg before update of current_grade on enrollments
    for each row when (old.current_grade is distinct from new.current_grade)
    execute function app.keep_final_weights();

-- ==================== housekeeping
-- What the periodic jobs have to do, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, and
-- the policies apply there as usual. People who are signed in get no rows.
-- Relied on by academics.tasks.

-- Open assignments that close after their due date, which is past at the school.
create or replace function app.assignments_to_close()
    returns table (tenant_id uuid, assignment_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select w.tenant_id, w.id
      from assignments w join tenants t on t.id = w.tenant_id
     where app.is_nobody()
       and w.closes_automatically and w.status = 'active' and t.status = 'active'
       and w.due_date < current_date + 1
       and w.due_date < app.school_date(w.tenant_id)
     order by w.tenant_id, w.due_date, w.id;
$$;
revoke execute on function app.assignments_to_close from public;
grant execute on function app.assignments_to_close to school_app;

-- The folder of each school's uploaded files is called by its schema_name.
create or replace function app.school_folders()
    returns table (tenant_id uuid, schema_name text)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select t.id, t.schema_name from tenants t
     where app.is_nobody() and t.schema_name <> 'public' order by t.id;
$$;
revoke execute on function app.school_folders from public;
grant execute on function app.school_folders to school_app;

-- ==================== changes_of_marks
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

-- ==================== is_held
-- Whether a class is held on a date: active, begun and not over. `ends` is its last day, or its
-- term's, or NULL. The same in Python: academics.models.school_class.held. Used by reporting.
create or replace function app.is_held(status text, begins date, ends date, day date) returns boolean
    language sql immutable
    return status = 'active' and begins <= day and coalesce(ends, 'infinity') >= day;

-- ==================== absences
-- Absences: days on which a student is away, and what follows for the registers. A register offers the
-- days of an approved absence as excused (academics/selectors/register.py); a mark that says "absent"
-- already becomes "excused", and becomes "absent" again when the absence ends, is declined or deleted.
-- attendance.absence_id says which marks those are: whoever changes a mark by hand unties it.

-- The moments of an absence. A lesson that begins in it is excused by it.
create or replace function app.absence_span(first_day date, last_day date, begins time, ends time)
    returns tsrange
    language sql immutable parallel safe
    return tsrange(first_day + coalesce(begins, time '00:00'),
                   case when ends is null then (last_day + 1)::timestamp else last_day + ends end);

alter table absences drop constraint if exists absences_student_fk;
alter table absences add constraint absences_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table absences drop constraint if exists absences_reported_by_fk;
alter table absences add constraint absences_reported_by_fk
    foreign key (tenant_id, reported_by) references users (tenant_id, id);
alter table absences drop constraint if exists absences_decided_by_fk;
alter table absences add constraint absences_decided_by_fk
    foreign key (tenant_id, decided_by) references users (tenant_id, id);
alter table absence_calls drop constraint if exists absence_calls_student_fk;
alter table absence_calls add constraint absence_calls_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table absence_calls drop constraint if exists absence_calls_recorded_by_fk;
alter table absence_calls add constraint absence_calls_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);
alter table attendance drop constraint if exists attendance_absence_fk;
alter table attendance add constraint attendance_absence_fk
    foreign key (tenant_id, absence_id) references absences (tenant_id, id);

-- The dates first, since a range cannot be made of wrong ones: constraints are asked by their names,
-- exclusions last. (A year and its day: nobody is away for longer without leaving the school.)
alter table absences drop constraint if exists check_absence_length;
alter table absences add constraint check_absence_length
    check (ends_on - starts_on <= 366 and starts_on >= '1900-01-01' and ends_on < '9000-01-01');
alter table absences drop constraint if exists absences_overlap;
alter table absences add constraint absences_overlap
    exclude using gist (tenant_id with =, student_id with =,
                        app.absence_span(starts_on, ends_on, starts_at, ends_at) with &&)
    where (status = 'approved');
-- A row is the right to read its file, as of attachment_files.
alter table absences drop constraint if exists check_absence_file_name;
alter table absences add constraint check_absence_file_name
    check (stored_name ~ '^absences/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)*$');
-- Letters and pictures of letters, never a page or a program (academics.services.absence_files).
alter table absences drop constraint if exists check_absence_file_type;
alter table absences add constraint check_absence_file_type
    check (content_type in (
        'application/msword', 'application/pdf', 'application/vnd.oasis.opendocument.text',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'image/gif',
        'image/heic', 'image/jpeg', 'image/png', 'image/webp', 'text/plain'));

select app.watch('absences', 'absence');
select app.watch('absence_calls', 'absence_call');

-- Who reported it and who decided is whoever is asking, as in academics/sql/authorship.sql.
create or replace function app.stamp_absence() returns trigger
    language plpgsql
as $$
begin
    if tg_op = 'INSERT' and app.user_role() = 'guardian'
       and (select t.settings -> 'absence_reports' = 'false' from tenants t where t.id = new.tenant_id) then
        raise exception 'Families do not report absences here.'
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = 'absences_by_families';
    end if;
    if app.user_id() is not null and tg_op = 'INSERT' then
        new.reported_by := app.user_id();
        new.source := case when app.user_role() = 'guardian' then 'guardian' else 'office' end;
    elsif app.user_id() is not null then
        new.reported_by := old.reported_by;
        new.source := old.source;
    end if;
    if new.status = 'reported' then
        new.decided_by := null;
        new.decided_at := null;
    elsif tg_op = 'INSERT' or new.status <> old.status then
        new.decided_by := coalesce(app.user_id(), new.decided_by);
        new.decided_at := case when app.user_id() is null then coalesce(new.decided_at, now())
                               else now() end;
    elsif app.user_id() is not null then
        new.decided_by := old.decided_by;
        new.decided_at := old.decided_at;
    end if;
    return new;
end
$$;
create or replace trigger absences_stamp_trg before insert or update on absences
    for each row execute function app.stamp_absence();
create or replace trigger absence_calls_stamp_trg before insert on absence_calls
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();

-- The marks that an absence excuses, of lessons and of days, and those that it no longer does. SECURITY
-- DEFINER because the office's decision reaches every class's marks. AFTER the row, so that the policies
-- have been asked.
create or replace function app.apply_absence() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    past tsrange;  -- in which it has excused marks until now
    span tsrange;
    taken_at time := app.daily_register_time(new.tenant_id);  -- the moment of a day's mark
begin
    if app.rebuilding() then
        return null;
    end if;
    if new.status = 'approved' then
        span := app.absence_span(new.starts_on, new.ends_on, new.starts_at, new.ends_at);
    end if;
    if tg_op = 'UPDATE' then
        if old.status = 'approved' and old.student_id = new.student_id then
            past := app.absence_span(old.starts_on, old.ends_on, old.starts_at, old.ends_at);
        end if;
        update attendance a set status = 'absent', absence_id = null, recorded_at = now()
          from class_sessions s
         where a.tenant_id = new.tenant_id and a.absence_id = new.id
           and s.tenant_id = a.tenant_id and s.id = a.class_session_id
           and (a.student_id <> new.student_id
                or coalesce(not span @> (s.session_date + s.start_time), true));
        update daily_attendance a set status = 'absent', absence_id = null, recorded_at = now()
         where a.tenant_id = new.tenant_id and a.absence_id = new.id
           and (a.student_id <> new.student_id or coalesce(not span @> (a.day + taken_at), true));
    end if;
    if span is null then
        return null;
    end if;
    -- Not once more where somebody has put the mark back to "absent" by hand.
    update attendance a
       set status = 'excused', absence_id = new.id, code = null, recorded_at = now()
      from class_sessions s
     where a.tenant_id = new.tenant_id and a.student_id = new.student_id
       and a.status = 'absent'
       and s.tenant_id = a.tenant_id and s.id = a.class_session_id
       and s.session_date between new.starts_on and new.ends_on
       and span @> (s.session_date + s.start_time)
       and coalesce(not past @> (s.session_date + s.start_time), true);
    update daily_attendance a
       set status = 'excused', absence_id = new.id, code = null, recorded_at = now()
     where a.tenant_id = new.tenant_id and a.student_id = new.student_id
       and a.status = 'absent' and a.day between new.starts_on and new.ends_on
       and span @> (a.day + taken_at) and coalesce(not past @> (a.day + taken_at), true);
    return null;
end
$$;
create or replace trigger absences_apply_insert_trg after insert on absences
    for each row when (new.status = 'approved') execute function app.apply_absence();
create or replace trigger absences_apply_update_trg after update on absences
    for each row when (old.status = 'approved' or new.status = 'approved')
    execute function app.apply_absence();

-- Before a deletion, since the marks refer to the row. SECURITY DEFINER as above.
create or replace function app.untie_absence() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, old.tenant_id, 'people_office');
    update attendance a set status = 'absent', absence_id = null, recorded_at = now()
     where a.tenant_id = old.tenant_id and a.absence_id = old.id;
    update daily_attendance a set status = 'absent', absence_id = null, recorded_at = now()
     where a.tenant_id = old.tenant_id and a.absence_id = old.id;
    return old;
end
$$;
create or replace trigger absences_untie_trg before delete on absences
    for each row when (old.status = 'approved') execute function app.untie_absence();

-- The approved absence that a student has at a moment, or null.
create or replace function app.absence_at(tenant uuid, student uuid, moment timestamp) returns uuid
    language sql stable
    return (select x.id from absences x
             where x.tenant_id = tenant and x.student_id = student and x.status = 'approved'
               and moment::date between x.starts_on and x.ends_on
               and app.absence_span(x.starts_on, x.ends_on, x.starts_at, x.ends_at) @> moment
             limit 1);

-- A mark that is excused while an approved absence lasts belongs to it; any other mark to none. Only
-- the triggers above, which run as the owner, say it themselves.
create or replace function app.tie_absence() returns trigger
    language plpgsql
as $$
begin
    if current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    if tg_op = 'UPDATE' and new.status = old.status and new.student_id = old.student_id
       and new.class_session_id = old.class_session_id then
        new.absence_id := old.absence_id;
    elsif new.status = 'excused' then
        new.absence_id := app.absence_at(
            new.tenant_id, new.student_id,
            (select s.session_date + s.start_time from class_sessions s
              where s.tenant_id = new.tenant_id and s.id = new.class_session_id));
    else
        new.absence_id := null;
    end if;
    return new;
end
$$;
create or replace trigger attendance_tie_insert_trg before insert on attendance
    for each row when (new.status = 'excused' or new.absence_id is not null)
    execute function app.tie_absence();
create or replace trigger attendance_tie_update_trg before update on attendance
    for each row when ((new.status, new.student_id, new.class_session_id, new.absence_id)
        is distinct from (old.status, old.student_id, old.class_session_id, old.absence_id))
    execute function app.tie_absence();

-- ==================== attendance_codes
-- The school's own codes of attendance, each for one of the four statuses: tenants.settings ->
-- 'attendance_codes': [["U", "Unexplained", "absent"], ["M", "Medical", "excused"], ...].

-- Whether it is a list of [code of 1 to 10 characters, name, status], no code twice.
create or replace function app.is_attendance_codes(codes jsonb) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return codes is null or codes in ('null', '[]') or (
        select bool_and(coalesce(length(c ->> 0) between 1 and 10 and length(c ->> 1) between 1 and 100
                                 and c ->> 2 in ('present', 'absent', 'late', 'excused'), false))
               and count(*) = count(distinct lower(c ->> 0))
          from jsonb_array_elements(codes) c);
exception when others then
    return false;
end
$$;
alter table tenants drop constraint if exists check_attendance_codes;
alter table tenants add constraint check_attendance_codes
    check (app.is_attendance_codes(settings -> 'attendance_codes'));

-- A mark has a code that the school uses for its status. Marks keep a code that is given up later.
create or replace function app.check_attendance_code() returns trigger
    language plpgsql
as $$
begin
    if not app.rebuilding() and not exists (
        select from tenants t
          cross join jsonb_array_elements(coalesce(t.settings -> 'attendance_codes', '[]')) c
         where t.id = new.tenant_id and c ->> 0 = new.code and c ->> 2 = new.status) then
        raise exception 'a code that the school does not use for this status'
            using errcode = 'check_violation', table = tg_table_name, column = 'code',
                  constraint = 'attendance_code_of_school';
    end if;
    return new;
end
$$;
create or replace trigger attendance_code_insert_trg before insert on attendance
    for each row when (new.code is not null) execute function app.check_attendance_code();
create or replace trigger attendance_code_update_trg before update on attendance
    for each row when (new.code is not null
                       and (new.code, new.status) is distinct from (old.code, old.status))
    execute function app.check_attendance_code();

-- ==================== daily_attendance
-- Attendance of a whole day, for schools that take it once a day (docs/decisions/0014). The day's register
-- is taken at a moment (settings key `daily_register_time`; 08:30 without one): an approved absence that
-- covers this moment excuses the day's mark, as one excuses the lessons that begin in it (absences.sql).

-- Students of the homerooms that one leads: whose day's marks one takes. With its owner's rights, as
-- the views of own_classes.sql.
create or replace view app.led_students as
    select u.tenant_id, u.id from homeroom_teachers t
      join users u on u.tenant_id = t.tenant_id and u.homeroom_id = t.homeroom_id
     where t.tenant_id = app.tenant_id() and t.teacher_id = app.teacher_id();
-- Who took the day's marks of one's own students: their names, for "changed by ... at 10:02".
create or replace view app.daily_recorders as
    select a.tenant_id, a.id as daily_attendance_id, u.name
      from daily_attendance a
      join app.led_students s on s.tenant_id = a.tenant_id and s.id = a.student_id
      join users u on u.tenant_id = a.tenant_id and u.id = a.recorded_by
     where a.tenant_id = app.tenant_id();
revoke all on app.led_students, app.daily_recorders
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on app.led_students, app.daily_recorders
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

alter table daily_attendance drop constraint if exists daily_attendance_student_fk;
alter table daily_attendance add constraint daily_attendance_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table daily_attendance drop constraint if exists daily_attendance_recorded_by_fk;
alter table daily_attendance add constraint daily_attendance_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);
alter table daily_attendance drop constraint if exists daily_attendance_absence_fk;
alter table daily_attendance add constraint daily_attendance_absence_fk
    foreign key (tenant_id, absence_id) references absences (tenant_id, id);
alter table daily_attendance drop constraint if exists check_daily_attendance_day;
alter table daily_attendance add constraint check_daily_attendance_day
    check (day >= '1900-01-01' and day < '9000-01-01');

select app.watch('daily_attendance', 'daily_attendance');

create or replace trigger daily_attendance_stamp_insert_trg before insert on daily_attendance
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger daily_attendance_stamp_update_trg before update on daily_attendance
    for each row when (
        app.user_id() is not null and new.recorded_by is distinct from app.user_id()
        and (new.status, new.notes, new.recorded_by)
            is distinct from (old.status, old.notes, old.recorded_by))
    execute function app.stamp_recorded_by();
create or replace trigger daily_attendance_code_insert_trg before insert on daily_attendance
    for each row when (new.code is not null) execute function app.check_attendance_code();
create or replace trigger daily_attendance_code_update_trg before update on daily_attendance
    for each row when (new.code is not null
                       and (new.code, new.status) is distinct from (old.code, old.status))
    execute function app.check_attendance_code();

-- What the school's settings say: how attendance is taken, and when the day's register is.
alter table tenants drop constraint if exists check_attendance_taken;
alter table tenants add constraint check_attendance_taken
    check (coalesce(settings ->> 'attendance_taken', 'classes') in ('classes', 'daily', 'both'));
alter table tenants drop constraint if exists check_daily_register_time;
alter table tenants add constraint check_daily_register_time
    check (coalesce(settings ->> 'daily_register_time', '08:30') ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$');

create or replace function app.daily_register_time(tenant uuid) returns time
    language sql stable
    return (select coalesce(t.settings ->> 'daily_register_time', '08:30')::time
              from tenants t where t.id = tenant);

-- Only for students, and for no day to come. A statement trigger, so that a register needs one check.
-- SECURITY DEFINER because the rule holds for every writer.
create or replace function app.refuse_daily_attendance() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() then
        return null;
    end if;
    if exists (select from new_rows n where n.day > app.school_date(n.tenant_id)) then
        raise exception 'attendance of a day to come'
            using errcode = 'check_violation', table = 'daily_attendance', column = 'day',
                  constraint = 'daily_attendance_future';
    end if;
    if exists (select from new_rows n
                 join users u on u.tenant_id = n.tenant_id and u.id = n.student_id
                where u.role <> 'student') then
        raise exception 'attendance of somebody who is no student'
            using errcode = 'check_violation', table = 'daily_attendance', column = 'student_id',
                  constraint = 'daily_attendance_of_student';
    end if;
    return null;
end
$$;
create or replace trigger daily_attendance_refuse_insert_trg after insert on daily_attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_daily_attendance();
create or replace trigger daily_attendance_refuse_update_trg after update on daily_attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_daily_attendance();

-- As app.tie_absence(), for the moment of the day's register.
create or replace function app.tie_absence_to_day() returns trigger
    language plpgsql
as $$
begin
    if current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    if tg_op = 'UPDATE' and new.status = old.status and new.student_id = old.student_id
       and new.day = old.day then
        new.absence_id := old.absence_id;
    elsif new.status = 'excused' then
        new.absence_id := app.absence_at(
            new.tenant_id, new.student_id, new.day + app.daily_register_time(new.tenant_id));
    else
        new.absence_id := null;
    end if;
    return new;
end
$$;
create or replace trigger daily_attendance_tie_insert_trg before insert on daily_attendance
    for each row when (new.status = 'excused' or new.absence_id is not null)
    execute function app.tie_absence_to_day();
create or replace trigger daily_attendance_tie_update_trg before update on daily_attendance
    for each row when ((new.status, new.student_id, new.day, new.absence_id)
        is distinct from (old.status, old.student_id, old.day, old.absence_id))
    execute function app.tie_absence_to_day();

-- ==================== applications
-- Applications: children that would like to come to the school. An application goes from inquiry to applied,
-- accepted and enrolled, a step at a time; while it is open it may be declined or withdrawn, and such a one
-- may be taken up again. Enrolled means that there is a student, who stays the one.

alter table applications drop constraint if exists applications_entered_by_fk;
alter table applications add constraint applications_entered_by_fk
    foreign key (tenant_id, entered_by) references users (tenant_id, id);
alter table applications drop constraint if exists applications_decided_by_fk;
alter table applications add constraint applications_decided_by_fk
    foreign key (tenant_id, decided_by) references users (tenant_id, id);
alter table applications drop constraint if exists applications_student_fk;
alter table applications add constraint applications_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table application_documents drop constraint if exists application_documents_application_fk;
alter table application_documents add constraint application_documents_application_fk
    foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade;
alter table application_documents drop constraint if exists application_documents_uploaded_by_fk;
alter table application_documents add constraint application_documents_uploaded_by_fk
    foreign key (tenant_id, uploaded_by) references users (tenant_id, id);

alter table applications drop constraint if exists check_application_record;
alter table applications add constraint check_application_record
    check (jsonb_typeof(record) = 'object' and length(record::text) <= 50000);
-- Strangers write it.
alter table applications drop constraint if exists check_application_message;
alter table applications add constraint check_application_message check (length(message) <= 4000);
-- A row is the right to read its file, as of absences: letters and pictures, never a page or a program.
alter table application_documents drop constraint if exists check_application_document_name;
alter table application_documents add constraint check_application_document_name
    check (stored_name ~ '^applications/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)*$');
alter table application_documents drop constraint if exists check_application_document_type;
alter table application_documents add constraint check_application_document_type
    check (content_type in (
        'application/msword', 'application/pdf', 'application/vnd.oasis.opendocument.text',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'image/gif',
        'image/heic', 'image/jpeg', 'image/png', 'image/webp', 'text/plain'));

select app.watch('applications', 'application', 'form_key');
select app.watch('application_documents', 'application_document');

-- Whether an application of one status may get the other.
create or replace function app.may_follow(old_status text, new_status text) returns boolean
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return case old_status
        when 'inquiry' then new_status in ('applied', 'declined', 'withdrawn')
        when 'applied' then new_status in ('accepted', 'declined', 'withdrawn')
        when 'accepted' then new_status in ('enrolled', 'declined', 'withdrawn')
        when 'declined' then new_status = 'applied'
        when 'withdrawn' then new_status = 'applied'
        else false end;

-- Which step follows which; who entered it and who decided, which is whoever is asking.
create or replace function app.keep_application() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() then
        return new;
    end if;
    if tg_op = 'INSERT' then
        if new.status not in ('inquiry', 'applied') then
            raise exception 'An application begins as an inquiry or as applied.'
                using errcode = 'check_violation', table = tg_table_name, column = 'status',
                      constraint = 'application_begins';
        end if;
        if app.user_id() is not null then
            new.entered_by := app.user_id();
            new.source := 'office';
        end if;
        return new;
    end if;
    new.source := old.source;
    new.entered_by := old.entered_by;
    new.received_at := old.received_at;
    new.form_key := old.form_key;
    if old.status = 'enrolled' and new.student_id is distinct from old.student_id then
        raise exception 'The student of an application stays the one.'
            using errcode = 'check_violation', table = tg_table_name, column = 'student_id',
                  constraint = 'application_keeps_student';
    end if;
    if new.status = old.status then
        new.decided_by := old.decided_by;
        new.decided_at := old.decided_at;
        return new;
    end if;
    if not app.may_follow(old.status, new.status) then
        raise exception 'An application that is % does not become %.', old.status, new.status
            using errcode = 'check_violation', table = tg_table_name, column = 'status',
                  constraint = 'application_step';
    end if;
    if new.status = 'applied' then
        new.decided_by := null;
        new.decided_at := null;
        new.reason := null;
    else
        new.decided_by := coalesce(app.user_id(), new.decided_by);
        new.decided_at := case when app.user_id() is null then coalesce(new.decided_at, now())
                               else now() end;
    end if;
    return new;
end
$$;
create or replace trigger applications_keep_trg before insert or update on applications
    for each row execute function app.keep_application();

create or replace trigger application_documents_stamp_trg before insert on application_documents
    for each row when (app.user_id() is not null and new.uploaded_by is distinct from app.user_id())
    execute function app.stamp_uploaded_by();

-- The form on the web. Whoever fills it in is nobody: no policy lets nobody write, and nobody reads anything
-- back. Both are SECURITY DEFINER for that, answer in the school of the context only, only while the school has
-- the form switched on (settings key admission_open), and never to who is signed in: a person's queries are held
-- by the policies (core.rls.as_nobody steps back to nobody). Relied on by academics.services.applying.

create or replace function app.admission_is_open() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select app.is_nobody() and exists (
        select from tenants t where t.id = app.tenant_id() and t.status = 'active'
                                and t.settings -> 'admission_open' = 'true');
$$;

-- The fields of students that the form asks for: their labels and choices, no value of anybody.
create or replace function app.admission_fields() returns setof person_fields
    language sql stable security definer rows 10
    set search_path = pg_catalog, public, pg_temp
as $$
    select f.* from person_fields f join tenants t on t.id = f.tenant_id
     where t.id = app.tenant_id() and app.admission_is_open() and f.role = 'student' and not f.is_archived
       and jsonb_typeof(t.settings -> 'admission_fields') = 'array'
       and t.settings -> 'admission_fields' ? f.key
     order by f.position, f.key;
$$;

-- Take in one application; sent twice, it is one. What comes out are ids of mails to be queued, if any: to the
-- family, no more than one a day to an address, and to the office. A procedure, because no expression inside
-- a query can call one.
create or replace procedure app.apply_for_admission(key uuid, given jsonb, inout to_family uuid,
                                                    inout to_office uuid)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school tenants;
    made   uuid;
    email  text := nullif(btrim(given ->> 'guardian_email'), '');
begin
    to_family := null;
    to_office := null;
    if not app.admission_is_open() then
        raise exception 'This school takes no applications here.'
            using errcode = 'insufficient_privilege', table = 'applications',
                  constraint = 'admission_closed';
    end if;
    -- One after another in a school, so that the number holds.
    perform pg_advisory_xact_lock(hashtextextended('admission' || app.tenant_id()::text, 0));
    if (select count(*) from applications a
         where a.tenant_id = app.tenant_id() and a.received_at > now() - interval '1 day'
           and a.source = 'form') >= 300 then
        raise exception 'Too many applications today.'
            using errcode = 'check_violation', table = 'applications', constraint = 'admission_busy';
    end if;
    select t.* into school from tenants t where t.id = app.tenant_id();
    insert into applications (tenant_id, form_key, source, status, first_name, last_name, birth_date,
                              entry_date, level, record, guardian_name, guardian_email, guardian_phone,
                              guardian_relation, message)
    values (school.id, key, 'form', case when given ->> 'status' = 'inquiry' then 'inquiry' else 'applied' end,
            given ->> 'first_name', given ->> 'last_name', (given ->> 'birth_date')::date,
            (given ->> 'entry_date')::date, nullif(given ->> 'level', ''),
            (select coalesce(jsonb_object_agg(f.key, given -> 'record' -> f.key), '{}')
               from app.admission_fields() f
              where given -> 'record' ? f.key
                and app.record_problem(f.kind, f.choices, given -> 'record' -> f.key) is null),
            given ->> 'guardian_name', email, nullif(given ->> 'guardian_phone', ''),
            given ->> 'guardian_relation', nullif(given ->> 'message', ''))
    on conflict (tenant_id, form_key) do nothing
    returning id into made;
    if made is null then
        return;
    end if;
    if email is not null and not exists (
        select from mails m
         where m.tenant_id = school.id and m.kind = 'application_received'
           and lower(m.address) = lower(email) and m.created_at > now() - interval '1 day') then
        insert into mails (tenant_id, address, kind, params)
        values (school.id, email, 'application_received', jsonb_build_object('application_id', made))
        returning id into to_family;
    end if;
    if school.settings -> 'admission_notify' = 'true' and school.contact_email is not null then
        insert into mails (tenant_id, address, kind, params)
        values (school.id, school.contact_email, 'application_arrived',
                jsonb_build_object('application_id', made))
        returning id into to_office;
    end if;
end
$$;

revoke execute on routine app.admission_is_open, app.admission_fields, app.apply_for_admission from public;
grant execute on routine app.admission_is_open, app.admission_fields, app.apply_for_admission to school_app;

-- ==================== merging
-- Two records of one student become one: the rows of the one move to the other, and back while they are as
-- they were then (docs/decisions/0015). Procedures, since they write past the policies (docs/isolation.md);
-- each tests who is asking first. Money does not move: finance refuses a merge that would have to.

alter table student_merges drop constraint if exists student_merges_kept_fk;
alter table student_merges add constraint student_merges_kept_fk
    foreign key (tenant_id, kept_id) references users (tenant_id, id);
alter table student_merges drop constraint if exists student_merges_merged_fk;
alter table student_merges add constraint student_merges_merged_fk
    foreign key (tenant_id, merged_id) references users (tenant_id, id);
alter table student_merges drop constraint if exists student_merges_merged_by_fk;
alter table student_merges add constraint student_merges_merged_by_fk
    foreign key (tenant_id, merged_by) references users (tenant_id, id);
alter table student_merges drop constraint if exists student_merges_undone_by_fk;
alter table student_merges add constraint student_merges_undone_by_fk
    foreign key (tenant_id, undone_by) references users (tenant_id, id);
select app.watch('student_merges', 'student_merge', 'changes', 'moved', 'removed');

-- The rows of a student in one table that are there for the other, too: the ids of those to remove.
create or replace function app.doubled_rows(target text, keep uuid, gone uuid) returns setof uuid
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select a.id from attendance a
      join attendance k on k.tenant_id = a.tenant_id and k.class_session_id = a.class_session_id
     where target = 'attendance' and a.tenant_id = app.tenant_id() and a.student_id = gone
       and k.student_id = keep
     union all
    select a.id from daily_attendance a
      join daily_attendance k on k.tenant_id = a.tenant_id and k.day = a.day
     where target = 'daily_attendance' and a.tenant_id = app.tenant_id() and a.student_id = gone
       and k.student_id = keep
     union all
    select a.id from enrollments a
      join enrollments k on k.tenant_id = a.tenant_id and k.class_id = a.class_id
     where target = 'enrollments' and a.tenant_id = app.tenant_id() and a.student_id = gone
       and k.student_id = keep and a.status = 'active' and k.status = 'active'
     union all
    select a.id from student_guardians a
      join student_guardians k on k.tenant_id = a.tenant_id and k.guardian_id = a.guardian_id
     where target = 'student_guardians' and a.tenant_id = app.tenant_id() and a.student_id = gone
       and k.student_id = keep;
end;

-- Move rows from one student to another. What was handed in takes its grade and files along: one
-- statement, since each names the student. Marks before absences, which would else let go of theirs.
create or replace procedure app.move_rows(target text, ids uuid[], student uuid)
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if target = 'submissions' then
        with works as (
            update submissions set student_id = student
             where tenant_id = app.tenant_id() and id = any (ids)
        ), results as (
            update grades set student_id = student
             where tenant_id = app.tenant_id() and submission_id = any (ids)
        )
        update attachment_files set student_id = student
         where tenant_id = app.tenant_id() and submission_id = any (ids);
    else
        execute format('update %I set student_id = $1 where tenant_id = app.tenant_id() and id = any ($2)',
                       target) using student, ids;
    end if;
end
$$;

-- Delete the doubled rows of one table; return them as [{table, row}].
create or replace function app.remove_doubled(target text, keep uuid, gone uuid) returns jsonb
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    result jsonb;
begin
    execute format(
        'with away as (
             delete from %I t where t.tenant_id = app.tenant_id()
                and t.id in (select app.doubled_rows($1, $2, $3)) returning to_jsonb(t) as r
         )
         select jsonb_agg(jsonb_build_object(''table'', $1, ''row'', r)) from away', target)
        into result using target, keep, gone;
    return coalesce(result, '[]');
end
$$;

-- The ids of a student's rows in one table; null without any.
create or replace function app.rows_of_student(target text, student uuid) returns uuid[]
    language plpgsql stable
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    result uuid[];
begin
    execute format('select array_agg(t.id order by t.id) from %I t
                     where t.tenant_id = app.tenant_id() and t.student_id = $1', target)
        into result using student;
    return result;
end
$$;

-- What rows are like, but for what the database itself works out anew.
create or replace function app.print_of(target text, ids uuid[]) returns text
    language plpgsql stable
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    result text;
begin
    execute format(
        'select md5(string_agg((to_jsonb(t) - array[''updated_at'', ''recorded_at'', ''current_grade'',
                                                    ''attendance_rate''])::text, '','' order by t.id))
           from %I t where t.tenant_id = app.tenant_id() and t.id = any ($1)', target)
        into result using ids;
    return coalesce(result, '');
end
$$;

-- Refuse what nobody can decide but the office.
create or replace procedure app.refuse_merge(keep uuid, gone uuid)
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if keep = gone or (select count(*) from users u
                        where u.tenant_id = app.tenant_id() and u.id in (keep, gone)
                          and u.role = 'student' and u.deleted_at is null) < 2 then
        raise exception 'two students are merged' using errcode = 'check_violation',
            table = 'student_merges', column = 'merged_id', constraint = 'merge_two_students';
    end if;
    if exists (select from submissions a
                 join submissions k on k.tenant_id = a.tenant_id and k.assignment_id = a.assignment_id
                where a.tenant_id = app.tenant_id() and a.student_id = gone and k.student_id = keep) then
        raise exception 'both handed in one assignment' using errcode = 'check_violation',
            table = 'student_merges', column = 'merged_id', constraint = 'merge_same_assignment';
    end if;
    if exists (select from waitlist_entries w
                where w.tenant_id = app.tenant_id() and w.student_id = gone and w.status = 'waiting') then
        raise exception 'the merged one waits for a seat' using errcode = 'check_violation',
            table = 'student_merges', column = 'merged_id', constraint = 'merge_waiting';
    end if;
end
$$;
revoke execute on function app.doubled_rows, app.print_of, app.remove_doubled, app.rows_of_student
    from public;
revoke execute on procedure app.move_rows, app.refuse_merge from public;

create or replace procedure app.merge_students(merge uuid, keep uuid, gone uuid)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    target text;
    ids uuid[];
    away jsonb := '[]';
    gone_to jsonb := '[]';
begin
    perform app.refuse_stranger('student_merges', app.tenant_id(), 'people_office');
    perform from users u where u.tenant_id = app.tenant_id() and u.id in (keep, gone)
      order by u.id for update;
    call app.refuse_merge(keep, gone);
    foreach target in array array['attendance', 'daily_attendance', 'enrollments', 'student_guardians'] loop
        away := away || app.remove_doubled(target, keep, gone);
    end loop;
    foreach target in array array['enrollments', 'attendance', 'daily_attendance', 'submissions', 'absences',
                                  'absence_calls', 'student_guardians'] loop
        ids := app.rows_of_student(target, gone);
        continue when ids is null;
        call app.move_rows(target, ids, keep);
        gone_to := gone_to || jsonb_build_object('table', target, 'ids', to_jsonb(ids));
    end loop;
    update users set deleted_at = now() where tenant_id = app.tenant_id() and id = gone;
    insert into student_merges (id, tenant_id, kept_id, merged_id, merged_by, removed, moved)
    select merge, app.tenant_id(), keep, gone, app.user_id(), away,
           coalesce(jsonb_agg(m || jsonb_build_object('print', app.print_of(
               m ->> 'table', array(select jsonb_array_elements_text(m -> 'ids')::uuid)))), '[]')
      from jsonb_array_elements(gone_to) m;
end
$$;

-- Only while what moved is as it was then; the values of the kept record are the caller's to put back.
create or replace procedure app.undo_merge(merge uuid)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    made student_merges;
    part jsonb;
    ids uuid[];
begin
    perform app.refuse_stranger('student_merges', app.tenant_id(), 'people_office');
    select * into made from student_merges m
     where m.tenant_id = app.tenant_id() and m.id = merge and m.undone_at is null for update;
    if not found or not exists (select from users u
                                 where u.tenant_id = app.tenant_id() and u.id = made.merged_id
                                   and u.deleted_at is not null) then
        raise exception 'this merge is undone already' using errcode = 'check_violation',
            table = 'student_merges', column = 'undone_at', constraint = 'merge_undone';
    end if;
    for part in select jsonb_array_elements(made.moved) loop
        if part ->> 'print' <> app.print_of(
               part ->> 'table', array(select jsonb_array_elements_text(part -> 'ids')::uuid)) then
            raise exception 'what moved was changed since' using errcode = 'check_violation',
                table = 'student_merges', column = 'moved', constraint = 'merge_changed_since',
                detail = part ->> 'table';
        end if;
    end loop;
    update users set deleted_at = null where tenant_id = app.tenant_id() and id = made.merged_id;
    -- In the order in which they went, so that marks have an enrollment when they come back.
    call app.put_back(made.removed, array['enrollments']);
    for part in select jsonb_array_elements(made.moved) loop
        ids := array(select jsonb_array_elements_text(part -> 'ids')::uuid);
        call app.move_rows(part ->> 'table', ids, made.merged_id);
    end loop;
    call app.put_back(made.removed, array['attendance', 'daily_attendance', 'student_guardians']);
    update student_merges set undone_at = now(), undone_by = app.user_id()
     where tenant_id = app.tenant_id() and id = merge;
end
$$;

-- Rows that were there twice, as they were.
create or replace procedure app.put_back(removed jsonb, targets text[])
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    part jsonb;
begin
    for part in select e from jsonb_array_elements(removed) e where e ->> 'table' = any (targets) loop
        execute format('insert into %1$I select (jsonb_populate_record(null::%1$I, $1)).*',
                       part ->> 'table') using part -> 'row';
    end loop;
end
$$;
revoke execute on procedure app.merge_students, app.undo_merge, app.put_back from public;
grant execute on procedure app.merge_students, app.undo_merge
    to school_app, school_admin, school_registrar;

-- ==================== academics_policies
-- Row-level security and privileges of academics; `manage.py policies` makes this file from
-- academics/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- classes
alter table classes enable row level security;
revoke all on classes
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on classes
    to school_app, school_admin, school_registrar;
grant select on classes
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists classes_admin_all on classes;
create policy classes_admin_all on classes for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists classes_registrar_all on classes;
create policy classes_registrar_all on classes for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists classes_bursar_select on classes;
create policy classes_bursar_select on classes for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists classes_teacher_select on classes;
create policy classes_teacher_select on classes for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and teacher_id = app.teacher_id());
drop policy if exists classes_student_select on classes;
create policy classes_student_select on classes for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.attended_classes o)));
drop policy if exists classes_guardian_select on classes;
create policy classes_guardian_select on classes for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.guarded_classes o)));

-- schedules
alter table schedules enable row level security;
revoke all on schedules
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on schedules
    to school_app, school_admin, school_registrar;
grant select on schedules
    to school_teacher, school_student, school_guardian;

drop policy if exists schedules_admin_all on schedules;
create policy schedules_admin_all on schedules for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists schedules_registrar_all on schedules;
create policy schedules_registrar_all on schedules for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists schedules_teacher_select on schedules;
create policy schedules_teacher_select on schedules for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists schedules_student_select on schedules;
create policy schedules_student_select on schedules for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.attended_classes o)));
drop policy if exists schedules_guardian_select on schedules;
create policy schedules_guardian_select on schedules for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.guarded_classes o)));

-- enrollments
alter table enrollments enable row level security;
revoke all on enrollments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on enrollments
    to school_app, school_admin, school_registrar;
grant select (class_id, completion_date, created_at, enrollment_date, id, status, student_id,
        tenant_id, updated_at) on enrollments
    to school_bursar;
grant select, update (attendance_rate, completion_date, current_grade, report_comment, status,
        updated_at) on enrollments
    to school_teacher;
grant select on enrollments
    to school_student, school_guardian;

drop policy if exists enrollments_admin_all on enrollments;
create policy enrollments_admin_all on enrollments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists enrollments_registrar_all on enrollments;
create policy enrollments_registrar_all on enrollments for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists enrollments_bursar_select on enrollments;
create policy enrollments_bursar_select on enrollments for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists enrollments_teacher_select on enrollments;
create policy enrollments_teacher_select on enrollments for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists enrollments_teacher_update on enrollments;
create policy enrollments_teacher_update on enrollments for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists enrollments_student_select on enrollments;
create policy enrollments_student_select on enrollments for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists enrollments_guardian_select on enrollments;
create policy enrollments_guardian_select on enrollments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- waitlist_entries
alter table waitlist_entries enable row level security;
revoke all on waitlist_entries
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on waitlist_entries
    to school_app, school_admin, school_registrar;
grant select on waitlist_entries
    to school_teacher, school_student, school_guardian;

drop policy if exists waitlist_entries_admin_all on waitlist_entries;
create policy waitlist_entries_admin_all on waitlist_entries for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists waitlist_entries_registrar_all on waitlist_entries;
create policy waitlist_entries_registrar_all on waitlist_entries for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists waitlist_entries_teacher_select on waitlist_entries;
create policy waitlist_entries_teacher_select on waitlist_entries for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists waitlist_entries_student_select on waitlist_entries;
create policy waitlist_entries_student_select on waitlist_entries for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists waitlist_entries_guardian_select on waitlist_entries;
create policy waitlist_entries_guardian_select on waitlist_entries for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- academic_years
alter table academic_years enable row level security;
revoke all on academic_years
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on academic_years
    to school_app, school_admin, school_registrar;
grant select on academic_years
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists academic_years_admin_all on academic_years;
create policy academic_years_admin_all on academic_years for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists academic_years_registrar_all on academic_years;
create policy academic_years_registrar_all on academic_years for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists academic_years_bursar_select on academic_years;
create policy academic_years_bursar_select on academic_years for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists academic_years_teacher_select on academic_years;
create policy academic_years_teacher_select on academic_years for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists academic_years_student_select on academic_years;
create policy academic_years_student_select on academic_years for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists academic_years_guardian_select on academic_years;
create policy academic_years_guardian_select on academic_years for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- terms
alter table terms enable row level security;
revoke all on terms
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on terms
    to school_app, school_admin, school_registrar;
grant select on terms
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists terms_admin_all on terms;
create policy terms_admin_all on terms for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists terms_registrar_all on terms;
create policy terms_registrar_all on terms for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists terms_bursar_select on terms;
create policy terms_bursar_select on terms for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists terms_teacher_select on terms;
create policy terms_teacher_select on terms for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists terms_student_select on terms;
create policy terms_student_select on terms for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists terms_guardian_select on terms;
create policy terms_guardian_select on terms for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- closed_days
alter table closed_days enable row level security;
revoke all on closed_days
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on closed_days
    to school_app, school_admin, school_registrar;
grant select on closed_days
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists closed_days_admin_all on closed_days;
create policy closed_days_admin_all on closed_days for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_days_registrar_all on closed_days;
create policy closed_days_registrar_all on closed_days for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists closed_days_bursar_select on closed_days;
create policy closed_days_bursar_select on closed_days for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists closed_days_teacher_select on closed_days;
create policy closed_days_teacher_select on closed_days for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists closed_days_student_select on closed_days;
create policy closed_days_student_select on closed_days for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists closed_days_guardian_select on closed_days;
create policy closed_days_guardian_select on closed_days for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- grading_scales
alter table grading_scales enable row level security;
revoke all on grading_scales
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on grading_scales
    to school_app, school_admin, school_registrar;
grant select on grading_scales
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists grading_scales_admin_all on grading_scales;
create policy grading_scales_admin_all on grading_scales for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists grading_scales_registrar_all on grading_scales;
create policy grading_scales_registrar_all on grading_scales for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists grading_scales_bursar_select on grading_scales;
create policy grading_scales_bursar_select on grading_scales for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists grading_scales_teacher_select on grading_scales;
create policy grading_scales_teacher_select on grading_scales for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists grading_scales_student_select on grading_scales;
create policy grading_scales_student_select on grading_scales for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists grading_scales_guardian_select on grading_scales;
create policy grading_scales_guardian_select on grading_scales for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- assignment_weights
alter table assignment_weights enable row level security;
revoke all on assignment_weights
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on assignment_weights
    to school_app, school_admin, school_registrar, school_teacher;
grant select on assignment_weights
    to school_student, school_guardian;

drop policy if exists assignment_weights_admin_all on assignment_weights;
create policy assignment_weights_admin_all on assignment_weights for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists assignment_weights_registrar_all on assignment_weights;
create policy assignment_weights_registrar_all on assignment_weights for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists assignment_weights_teacher_all on assignment_weights;
create policy assignment_weights_teacher_all on assignment_weights for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists assignment_weights_student_select on assignment_weights;
create policy assignment_weights_student_select on assignment_weights for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.attended_classes o)));
drop policy if exists assignment_weights_guardian_select on assignment_weights;
create policy assignment_weights_guardian_select on assignment_weights for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.guarded_classes o)));

-- class_sessions
alter table class_sessions enable row level security;
revoke all on class_sessions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on class_sessions
    to school_app, school_admin, school_registrar, school_teacher;
grant select on class_sessions
    to school_student, school_guardian;

drop policy if exists class_sessions_admin_all on class_sessions;
create policy class_sessions_admin_all on class_sessions for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists class_sessions_registrar_all on class_sessions;
create policy class_sessions_registrar_all on class_sessions for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists class_sessions_teacher_all on class_sessions;
create policy class_sessions_teacher_all on class_sessions for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists class_sessions_student_select on class_sessions;
create policy class_sessions_student_select on class_sessions for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.attended_classes o)));
drop policy if exists class_sessions_guardian_select on class_sessions;
create policy class_sessions_guardian_select on class_sessions for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.guarded_classes o)));

-- attendance
alter table attendance enable row level security;
revoke all on attendance
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on attendance
    to school_app, school_admin, school_registrar, school_teacher;
grant select on attendance
    to school_student, school_guardian;

drop policy if exists attendance_admin_all on attendance;
create policy attendance_admin_all on attendance for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attendance_registrar_all on attendance;
create policy attendance_registrar_all on attendance for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attendance_teacher_all on attendance;
create policy attendance_teacher_all on attendance for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_session_id = any (array(select o.id from app.taught_sessions o)));
drop policy if exists attendance_student_select on attendance;
create policy attendance_student_select on attendance for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists attendance_guardian_select on attendance;
create policy attendance_guardian_select on attendance for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- daily_attendance
alter table daily_attendance enable row level security;
revoke all on daily_attendance
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on daily_attendance
    to school_app, school_admin, school_registrar, school_teacher;
grant select on daily_attendance
    to school_student, school_guardian;

drop policy if exists daily_attendance_admin_all on daily_attendance;
create policy daily_attendance_admin_all on daily_attendance for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists daily_attendance_registrar_all on daily_attendance;
create policy daily_attendance_registrar_all on daily_attendance for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists daily_attendance_teacher_select on daily_attendance;
create policy daily_attendance_teacher_select on daily_attendance for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.taught_students o)));
drop policy if exists daily_attendance_teacher_insert on daily_attendance;
create policy daily_attendance_teacher_insert on daily_attendance for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.led_students o)));
drop policy if exists daily_attendance_teacher_update on daily_attendance;
create policy daily_attendance_teacher_update on daily_attendance for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.led_students o)));
drop policy if exists daily_attendance_teacher_delete on daily_attendance;
create policy daily_attendance_teacher_delete on daily_attendance for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.led_students o)));
drop policy if exists daily_attendance_student_select on daily_attendance;
create policy daily_attendance_student_select on daily_attendance for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists daily_attendance_guardian_select on daily_attendance;
create policy daily_attendance_guardian_select on daily_attendance for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- absences
alter table absences enable row level security;
revoke all on absences
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on absences
    to school_app, school_admin, school_registrar;
grant select (created_at, decided_at, decided_by, ends_at, ends_on, id, reason, reported_by, source,
        starts_at, starts_on, status, student_id, tenant_id, updated_at) on absences
    to school_teacher;
grant select on absences
    to school_student;
grant select, insert, delete on absences
    to school_guardian;

drop policy if exists absences_admin_all on absences;
create policy absences_admin_all on absences for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absences_registrar_all on absences;
create policy absences_registrar_all on absences for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists absences_teacher_select on absences;
create policy absences_teacher_select on absences for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.taught_students o)));
drop policy if exists absences_student_select on absences;
create policy absences_student_select on absences for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists absences_guardian_select on absences;
create policy absences_guardian_select on absences for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));
drop policy if exists absences_guardian_insert on absences;
create policy absences_guardian_insert on absences for insert
    to school_app, school_guardian
    with check (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o))
           and status = 'reported'
           and source = 'guardian'
           and reported_by = app.user_id());
drop policy if exists absences_guardian_delete on absences;
create policy absences_guardian_delete on absences for delete
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o))
           and status = 'reported'
           and source = 'guardian'
           and reported_by = app.user_id());

-- absence_calls
alter table absence_calls enable row level security;
revoke all on absence_calls
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on absence_calls
    to school_app, school_admin, school_registrar;

drop policy if exists absence_calls_admin_select on absence_calls;
create policy absence_calls_admin_select on absence_calls for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absence_calls_admin_insert on absence_calls;
create policy absence_calls_admin_insert on absence_calls for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absence_calls_admin_delete on absence_calls;
create policy absence_calls_admin_delete on absence_calls for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absence_calls_registrar_select on absence_calls;
create policy absence_calls_registrar_select on absence_calls for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists absence_calls_registrar_insert on absence_calls;
create policy absence_calls_registrar_insert on absence_calls for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists absence_calls_registrar_delete on absence_calls;
create policy absence_calls_registrar_delete on absence_calls for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- student_merges
alter table student_merges enable row level security;
revoke all on student_merges
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, update (changes, updated_at), delete on student_merges
    to school_app, school_admin, school_registrar;

drop policy if exists student_merges_admin_select on student_merges;
create policy student_merges_admin_select on student_merges for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_merges_admin_update on student_merges;
create policy student_merges_admin_update on student_merges for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_merges_admin_delete on student_merges;
create policy student_merges_admin_delete on student_merges for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_merges_registrar_select on student_merges;
create policy student_merges_registrar_select on student_merges for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists student_merges_registrar_update on student_merges;
create policy student_merges_registrar_update on student_merges for update
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists student_merges_registrar_delete on student_merges;
create policy student_merges_registrar_delete on student_merges for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- applications
alter table applications enable row level security;
revoke all on applications
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on applications
    to school_app, school_admin, school_registrar;

drop policy if exists applications_admin_all on applications;
create policy applications_admin_all on applications for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists applications_registrar_all on applications;
create policy applications_registrar_all on applications for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- application_documents
alter table application_documents enable row level security;
revoke all on application_documents
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on application_documents
    to school_app, school_admin, school_registrar;

drop policy if exists application_documents_admin_select on application_documents;
create policy application_documents_admin_select on application_documents for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists application_documents_admin_insert on application_documents;
create policy application_documents_admin_insert on application_documents for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists application_documents_admin_delete on application_documents;
create policy application_documents_admin_delete on application_documents for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists application_documents_registrar_select on application_documents;
create policy application_documents_registrar_select on application_documents for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists application_documents_registrar_insert on application_documents;
create policy application_documents_registrar_insert on application_documents for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists application_documents_registrar_delete on application_documents;
create policy application_documents_registrar_delete on application_documents for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- assignments
alter table assignments enable row level security;
revoke all on assignments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on assignments
    to school_app, school_admin, school_registrar, school_teacher;
grant select on assignments
    to school_student, school_guardian;

drop policy if exists assignments_admin_all on assignments;
create policy assignments_admin_all on assignments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists assignments_registrar_all on assignments;
create policy assignments_registrar_all on assignments for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists assignments_teacher_all on assignments;
create policy assignments_teacher_all on assignments for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists assignments_student_select on assignments;
create policy assignments_student_select on assignments for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.attended_assignments o)));
drop policy if exists assignments_guardian_select on assignments;
create policy assignments_guardian_select on assignments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.guarded_assignments o)));

-- submissions
alter table submissions enable row level security;
revoke all on submissions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on submissions
    to school_app, school_admin, school_registrar;
grant select, update (status, updated_at) on submissions
    to school_teacher;
grant select, insert, update (attachments, content, submitted_at, updated_at) on submissions
    to school_student;
grant select on submissions
    to school_guardian;

drop policy if exists submissions_admin_all on submissions;
create policy submissions_admin_all on submissions for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists submissions_registrar_all on submissions;
create policy submissions_registrar_all on submissions for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists submissions_teacher_select on submissions;
create policy submissions_teacher_select on submissions for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists submissions_teacher_update on submissions;
create policy submissions_teacher_update on submissions for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists submissions_student_select on submissions;
create policy submissions_student_select on submissions for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists submissions_student_insert on submissions;
create policy submissions_student_insert on submissions for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and status = 'submitted'
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active')));
drop policy if exists submissions_student_update on submissions;
create policy submissions_student_update on submissions for update
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and (status = 'submitted' or id in (select o.id from app.graded_early o))
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active')));
drop policy if exists submissions_guardian_select on submissions;
create policy submissions_guardian_select on submissions for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- grades
alter table grades enable row level security;
revoke all on grades
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on grades
    to school_app, school_admin, school_registrar, school_teacher;
grant select on grades
    to school_student, school_guardian;

drop policy if exists grades_admin_all on grades;
create policy grades_admin_all on grades for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists grades_registrar_all on grades;
create policy grades_registrar_all on grades for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists grades_teacher_all on grades;
create policy grades_teacher_all on grades for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists grades_student_select on grades;
create policy grades_student_select on grades for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists grades_guardian_select on grades;
create policy grades_guardian_select on grades for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- attachment_files
alter table attachment_files enable row level security;
revoke all on attachment_files
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on attachment_files
    to school_app, school_admin, school_registrar, school_teacher, school_student;
grant select on attachment_files
    to school_guardian;

drop policy if exists attachment_files_admin_select on attachment_files;
create policy attachment_files_admin_select on attachment_files for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attachment_files_admin_insert on attachment_files;
create policy attachment_files_admin_insert on attachment_files for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attachment_files_admin_delete on attachment_files;
create policy attachment_files_admin_delete on attachment_files for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attachment_files_registrar_select on attachment_files;
create policy attachment_files_registrar_select on attachment_files for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attachment_files_registrar_insert on attachment_files;
create policy attachment_files_registrar_insert on attachment_files for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attachment_files_registrar_delete on attachment_files;
create policy attachment_files_registrar_delete on attachment_files for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attachment_files_teacher_select on attachment_files;
create policy attachment_files_teacher_select on attachment_files for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists attachment_files_teacher_insert on attachment_files;
create policy attachment_files_teacher_insert on attachment_files for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and submission_id is null
           and assignment_id = any (array(select o.id from app.taught_assignments o))
           and coalesce(uploaded_by, app.user_id()) = app.user_id());
drop policy if exists attachment_files_teacher_delete on attachment_files;
create policy attachment_files_teacher_delete on attachment_files for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and submission_id is null
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists attachment_files_student_select on attachment_files;
create policy attachment_files_student_select on attachment_files for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and (student_id = app.student_id() or submission_id is null and assignment_id = any (array(select o.id from app.attended_assignments o))));
drop policy if exists attachment_files_student_insert on attachment_files;
create policy attachment_files_student_insert on attachment_files for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active'))
           and submission_id in (select s.id from submissions s where s.tenant_id = app.tenant_id() and (s.status = 'submitted' or s.id in (select g.id from app.graded_early g)))
           and coalesce(uploaded_by, app.user_id()) = app.user_id());
drop policy if exists attachment_files_student_delete on attachment_files;
create policy attachment_files_student_delete on attachment_files for delete
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active'))
           and submission_id in (select s.id from submissions s where s.tenant_id = app.tenant_id() and (s.status = 'submitted' or s.id in (select g.id from app.graded_early g))));
drop policy if exists attachment_files_guardian_select on attachment_files;
create policy attachment_files_guardian_select on attachment_files for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and (student_id = any (array(select o.id from app.guarded_students o)) or submission_id is null and assignment_id = any (array(select o.id from app.guarded_assignments o))));

-- users
grant select (avatar_url, birth_date, created_at, deleted_at, email, email_verified, family_record,
        homeroom_id, id, last_login, name, password_version, phone, photo, preferences, role,
        sort_name, status, student_number, teacher_record, tenant_id, updated_at, year_group_id) on
        users
    to school_app, school_teacher;

drop policy if exists users_teacher_taught_select on users;
create policy users_teacher_taught_select on users for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.taught_students o)));

-- guardians
grant select on guardians
    to school_app, school_teacher;

drop policy if exists guardians_teacher_select on guardians;
create policy guardians_teacher_select on guardians for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.taught_guardians o)));

-- student_guardians
grant select on student_guardians
    to school_app, school_teacher;

drop policy if exists student_guardians_teacher_select on student_guardians;
create policy student_guardians_teacher_select on student_guardians for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.taught_students o)));
