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
