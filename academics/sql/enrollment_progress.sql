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
    set plan_cache_mode = force_custom_plan  -- one pair and fifty thousand are planned differently
as $$
declare
    scale jsonb := (select settings -> 'grading_scale' from tenants where id = tenant);
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
                -- By its key (so "offset 0"): in a school of which the statistics do not know yet,
                -- all its assignments would be gone through for each grade.
                cross join lateral (select a.class_id, a.max_score from assignments a
                                     where a.id = g.assignment_id offset 0) w
                where g.tenant_id = tenant and g.student_id = p.student_id
                  and w.class_id = p.class_id) g
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
