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
