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
