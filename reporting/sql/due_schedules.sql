-- Scheduled reports that are due, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, where
-- the policies apply as usual. People who are signed in get no rows.
-- Relied on by reporting.services.schedules.

create or replace function app.due_schedules() returns table (tenant_id uuid, row_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.tenant_id, s.id
      from report_schedules s join tenants t on t.id = s.tenant_id
     where app.is_nobody()
       and s.is_active and s.next_run_at <= now() and t.status = 'active';
$$;
revoke execute on function app.due_schedules from public;
grant execute on function app.due_schedules to school_app;
