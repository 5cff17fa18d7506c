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
