-- Exports whose time is over, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, and
-- what it may do there is decided by the policies as always. Nobody who is signed in is told anything.
-- Relied on by exchange.exports.cleanup.

create or replace function app.expired_exports() returns table (tenant_id uuid, row_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select e.tenant_id, e.id from exports e
     where app.is_nobody() and e.expires_at <= now();
$$;
revoke execute on function app.expired_exports from public;
grant execute on function app.expired_exports to school_app;
