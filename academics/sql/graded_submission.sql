-- A submission is graded when, and as long as, it has a grade. SECURITY DEFINER so that the rule
-- holds whichever columns of submissions the grading person may write.

create or replace function app.mark_submission_graded() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op = 'DELETE' then
        update submissions set status = 'submitted'
         where tenant_id = old.tenant_id and id = old.submission_id and status = 'graded';
    else
        update submissions set status = 'graded'
         where tenant_id = new.tenant_id and id = new.submission_id and status <> 'graded';
    end if;
    return null;
end
$$;
create or replace trigger grades_mark_submission_trg after insert or delete or update of submission_id
    on grades for each row execute function app.mark_submission_graded();
