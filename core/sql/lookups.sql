-- The questions that must be answered before a context exists. SECURITY DEFINER because no policy
-- opens these tables to a stranger; each wants the exact host, or tenant and e-mail, and returns at
-- most one row, and none to who is signed in already: a query of theirs is held by the policies. Their
-- bodies are strings, so that they follow a table that gains a column.

create or replace function app.is_nobody() returns boolean
    language sql stable parallel safe
    return app.user_id() is null and app.user_role() is null;

-- Relied on by core.hosts: which school answers to this host name.
create or replace function app.tenant_for_host(host text) returns setof tenants
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select t.* from tenants t join tenant_domains d on d.tenant_id = t.id
     where d.domain = tenant_for_host.host and app.is_nobody();
$$;

-- Relied on by core.auth: the active person of this tenant with this e-mail, or this id.
create or replace function app.user_for_login(tenant uuid, login_email text, login_id uuid)
    returns setof users
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select u.* from users u
     where u.tenant_id = user_for_login.tenant
       and (u.id = user_for_login.login_id or lower(u.email) = lower(user_for_login.login_email))
       and u.status = 'active' and u.deleted_at is null and app.is_nobody();
$$;

-- Relied on by the policies of tenants and tenant_domains: an admin of the platform's own tenant.
create or replace function app.is_operator() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select app.user_role() = 'admin'
       and exists (select from tenants t where t.id = app.tenant_id() and t.schema_name = 'public');
end;

-- Only the application asks, no other role of the same server.
revoke execute on function app.tenant_for_host, app.user_for_login from public;
grant execute on function app.tenant_for_host, app.user_for_login to school_app;
