-- What periodic jobs have to do, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, and
-- what it may do there is decided by the policies as always. Relied on by reporting.tasks.

create or replace function app.due_work()
    returns table (tenant_id uuid, work text, row_id uuid, user_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.tenant_id, 'schedule', s.id, s.owner_id
      from report_schedules s join tenants t on t.id = s.tenant_id
     where s.is_active and s.next_run_at <= now() and t.status = 'active'
    union all
    select e.tenant_id, 'expired_export', e.id, e.requested_by
      from exports e where e.expires_at <= now();
$$;
revoke execute on function app.due_work from public;
grant execute on function app.due_work to school_app;

-- The period of a report, for views that summarize: set for one transaction by the report's query,
-- empty without a limit.
create or replace function app.period_from() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_from', true), '')::date;

create or replace function app.period_to() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_to', true), '')::date;

-- The classes of such a view (a term's), NULL for all of them.
create or replace function app.period_classes() returns uuid[]
    language sql stable parallel safe
    return nullif(current_setting('app.period_classes', true), '')::uuid[];
