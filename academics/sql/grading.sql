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
