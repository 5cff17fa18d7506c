-- What is kept for a time only. A periodic job enters each school's own context and has its rows
-- removed; what may go is decided here and cannot be argued with. Procedures, because no expression
-- inside a query can call one; `number` is of the rows that went. Relied on by core.tasks.

-- Every school, and the platform: ids only. SECURITY DEFINER because a job that belongs to no school
-- sees none.
create or replace function app.every_school() returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select t.id from tenants t where app.is_nobody() order by t.id;
$$;

-- Sessions whose time is over. SECURITY DEFINER because a session is its person's alone; only in the
-- school of the context, and only for its office.
create or replace procedure app.forget_expired_sessions(inout number bigint)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    with gone as (
        delete from sessions s
         where s.tenant_id = app.tenant_id() and app.user_role() = 'admin' and s.expire_date < now()
        returning s.session_key)
    select count(*) from gone;
$$;

-- The trail is kept for two years, or the school's own time (app.audit_kept). SECURITY DEFINER because nobody of the application
-- may delete from it; only in the school of the context, and only for its office. Entries of no
-- school are the platform's.
create or replace procedure app.forget_old_audit_logs(inout number bigint)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    with gone as (
        delete from audit_logs l
         where app.user_role() = 'admin'
           and (l.tenant_id = app.tenant_id() or (l.tenant_id is null and app.is_operator()))
           and l.timestamp < now() - app.audit_kept(app.tenant_id())
        returning l.id)
    select count(*) from gone;
$$;

revoke execute on routine app.every_school, app.forget_expired_sessions, app.forget_old_audit_logs
    from public;
grant execute on routine app.every_school, app.forget_expired_sessions, app.forget_old_audit_logs
    to school_app;
grant execute on procedure app.forget_expired_sessions, app.forget_old_audit_logs to school_admin;
