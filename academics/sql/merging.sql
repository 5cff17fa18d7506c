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
