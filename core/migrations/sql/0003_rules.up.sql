-- ==================== lookups
-- The questions that must be answered before a context exists. SECURITY DEFINER because no policy
-- opens these tables to a stranger; each wants the exact host, session key, or tenant and e-mail,
-- and returns at most one row. Their bodies are strings, so that they follow a table that gains a
-- column.

-- Relied on by core.hosts: which school answers to this host name.
create or replace function app.tenant_for_host(host text) returns setof tenants
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select t.* from tenants t join tenant_domains d on d.tenant_id = t.id
     where d.domain = tenant_for_host.host;
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
       and u.status = 'active' and u.deleted_at is null;
$$;

-- Relied on by core.sessions: the session with this key, at this tenant only.
create or replace function app.session_load(tenant uuid, key text) returns setof sessions
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.* from sessions s
     where s.session_key = session_load.key and s.tenant_id = session_load.tenant;
$$;

-- Relied on by the policies of tenants and tenant_domains: an admin of the platform's own tenant.
create or replace function app.is_operator() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select app.user_role() = 'admin'
       and exists (select from tenants t where t.id = app.tenant_id() and t.schema_name = 'public');
end;

-- Only the application asks; another role of the same server would be told a password's hash.
revoke execute on function app.tenant_for_host, app.user_for_login, app.session_load from public;
grant execute on function app.tenant_for_host, app.user_for_login, app.session_load to school_app;

-- ==================== touch_updated_at
-- updated_at says when a row was last changed, whoever changed it and however.

create or replace function app.touch_updated_at() returns trigger
    language plpgsql
as $$
begin
    new.updated_at := now();
    return new;
end
$$;

-- ==================== allow_columns
-- Column rights by role, which a policy cannot express: as the role of the first argument, only
-- the columns of the further arguments may change. ("*" for every role but admin.)

create or replace function app.allow_columns() returns trigger
    language plpgsql
as $$
declare
    allowed text[] := tg_argv[1:] || array['updated_at'];
    refused text;
begin
    if app.user_role() is null or not (
        app.user_role() = tg_argv[0] or (tg_argv[0] = '*' and app.user_role() <> 'admin')
    ) then
        return new;
    end if;
    select string_agg(changed.key, ', ' order by changed.key) into refused
      from jsonb_each(to_jsonb(new)) changed
     where changed.key <> all (allowed)
       and changed.value is distinct from to_jsonb(old) -> changed.key;
    if refused is not null then
        raise exception 'As %, you cannot change: %.', app.user_role(), refused
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = tg_table_name || '_allow_columns';
    end if;
    return new;
end
$$;

-- ==================== audit
-- The audit trail: one row for every row that is created, updated or deleted in a watched table.
-- One function for all tables, by statement (transition tables), so that a bulk change costs one
-- INSERT. Arguments: the table's name in the singular, then the columns it leaves out.

-- What changed between two versions of a row: {column: {before, after}}, NULL when nothing did.
-- A password is only ever said to have changed.
create or replace function app.audit_changes(before jsonb, after jsonb, ignored text[]) returns jsonb
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select jsonb_object_agg(
               c.key,
               case when c.key = 'password'
                    then jsonb_build_object('before', '[hidden]', 'after', '[hidden]')
                    else jsonb_build_object('before', before -> c.key, 'after', after -> c.key) end)
      from jsonb_object_keys(coalesce(after, before)) c(key)
     where c.key <> all (ignored)
       and coalesce(before -> c.key, 'null') is distinct from coalesce(after -> c.key, 'null');
end;

-- SECURITY DEFINER because nobody may write audit_logs by hand, not even an admin.
create or replace function app.audit() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    kind    text   := tg_argv[0];
    ignored text[] := tg_argv[1:] || array['updated_at'];
    born    text[] := ignored || array['id', 'tenant_id', 'created_at'];
    context jsonb  := coalesce(nullif(current_setting('app.request', true), '')::jsonb, '{}');
begin
    -- For loading generated rows only, and only in a session of the owner itself.
    if current_setting('app.audit', true) = 'off' and session_user = current_user then
        return null;
    end if;
    if app.user_role() is not null then
        context := context || jsonb_build_object('role', app.user_role());
    end if;

    if tg_op = 'INSERT' then
        insert into audit_logs (tenant_id, action, resource_type, resource_id, changes,
                                user_id, metadata, timestamp)
        select w.tenant_id, kind || '_created', kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select coalesce(r.v ->> 'tenant_id', r.v ->> 'id')::uuid as tenant_id,
                       (r.v ->> 'id')::uuid as id,
                       app.audit_changes(null, r.v, born) as changes
                  from (select to_jsonb(n) as v from new_rows n) r) w,
               app.audit_actor(w.tenant_id, context) a;
    elsif tg_op = 'DELETE' then
        insert into audit_logs (tenant_id, action, resource_type, resource_id, changes,
                                user_id, metadata, timestamp)
        select w.tenant_id, kind || '_deleted', kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select coalesce(r.v ->> 'tenant_id', r.v ->> 'id')::uuid as tenant_id,
                       (r.v ->> 'id')::uuid as id,
                       app.audit_changes(r.v, null, born) as changes
                  from (select to_jsonb(o) as v from old_rows o) r) w,
               app.audit_actor(w.tenant_id, context) a;
    else
        -- A soft delete is a deletion to the people who read the trail.
        insert into audit_logs (tenant_id, action, resource_type, resource_id, changes,
                                user_id, metadata, timestamp)
        select w.tenant_id,
               kind || case when w.changes -> 'deleted_at' ->> 'after' is not null
                             and w.changes -> 'deleted_at' ->> 'before' is null
                            then '_deleted' else '_updated' end,
               kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select coalesce(n.v ->> 'tenant_id', n.v ->> 'id')::uuid as tenant_id,
                       (n.v ->> 'id')::uuid as id,
                       app.audit_changes(o.v, n.v, ignored) as changes
                  from (select to_jsonb(x) as v from old_rows x) o
                  join (select to_jsonb(x) as v from new_rows x) n
                    on n.v ->> 'id' = o.v ->> 'id') w,
               app.audit_actor(w.tenant_id, context) a
         where w.changes is not null;
    end if;
    return null;
end
$$;

-- The acting person, where they are of the row's own school; an operator of the platform is none
-- of its people and is named in the metadata instead.
create or replace function app.audit_actor(tenant uuid, context jsonb,
                                           out user_id uuid, out metadata jsonb)
    language sql stable
    set search_path = pg_catalog, pg_temp
begin atomic
    select case when tenant = app.tenant_id() then app.user_id() end,
           case when tenant = app.tenant_id() or app.user_id() is null then context
                else context || jsonb_build_object('operator_id', app.user_id()) end;
end;

-- Put the two rules that every table of a school has on a table: updated_at and the audit trail.
create or replace function app.watch(target regclass, singular text, variadic ignored text[] default '{}')
    returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    arguments text := (select string_agg(quote_literal(a), ', ') from unnest(singular || ignored) a);
begin
    if exists (select from pg_attribute where attrelid = target and attname = 'updated_at'
                                          and not attisdropped) then
        execute format('create or replace trigger %I before update on %s
                        for each row execute function app.touch_updated_at()',
                       target::text || '_touch_updated_at_trg', target);
    end if;
    execute format('create or replace trigger %I after insert on %s
                    referencing new table as new_rows
                    for each statement execute function app.audit(%s)',
                   target::text || '_audit_insert_trg', target, arguments);
    execute format('create or replace trigger %I after update on %s
                    referencing old table as old_rows new table as new_rows
                    for each statement execute function app.audit(%s)',
                   target::text || '_audit_update_trg', target, arguments);
    execute format('create or replace trigger %I after delete on %s
                    referencing old table as old_rows
                    for each statement execute function app.audit(%s)',
                   target::text || '_audit_delete_trg', target, arguments);
end
$$;
revoke execute on function app.watch from public;

-- Append-only, whoever tries; rows leave only by the retention function.
create or replace function app.refuse_update() returns trigger
    language plpgsql
as $$
begin
    raise exception 'The audit trail cannot be changed.'
        using errcode = 'insufficient_privilege', table = tg_table_name,
              constraint = 'audit_logs_append_only';
end
$$;

create or replace trigger audit_logs_append_only_trg before update on audit_logs
    for each statement execute function app.refuse_update();

-- Retention: two years (compliance). Runs as its caller, and only the owner may delete here:
-- manage.py cleanup_audit_logs.
create or replace function cleanup_old_audit_logs() returns void
    language sql
    set search_path = pg_catalog, public, pg_temp
begin atomic
    delete from audit_logs where timestamp < now() - interval '2 years';
end;
revoke execute on function cleanup_old_audit_logs from public;

-- ==================== core_rules
-- Composite foreign keys and triggers of core's tables: a reference names the tenant too, because
-- PostgreSQL's foreign-key checks look past row-level security.

alter table audit_logs drop constraint if exists audit_logs_user_fk;
alter table audit_logs add constraint audit_logs_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);
alter table conversations drop constraint if exists conversations_user_fk;
alter table conversations add constraint conversations_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;
alter table sessions drop constraint if exists sessions_user_fk;
alter table sessions add constraint sessions_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;

-- Whatever reads a setting expects an object; every page of the school does.
alter table tenants drop constraint if exists check_settings;
alter table tenants add constraint check_settings
    check (settings is null or jsonb_typeof(settings) in ('object', 'null'));

select app.watch('tenants', 'tenant');
select app.watch('tenant_domains', 'tenant_domain');
select app.watch('users', 'user');
select app.watch('conversations', 'conversation');

-- One's own profile: everything but role, tenant, status, e-mail, auth_id and deletion.
create or replace trigger users_allow_columns_trg before update on users
    for each row execute function app.allow_columns(
        '*', 'name', 'phone', 'avatar_url', 'preferences', 'metadata', 'password', 'last_login',
        'email_verified');

-- A school's admin changes its name, contact and settings; the rest is the operator's.
create or replace function app.guard_tenant() returns trigger
    language plpgsql
as $$
begin
    if app.user_role() is not null and not app.is_operator()
       and (new.status, new.subdomain, new.schema_name)
           is distinct from (old.status, old.subdomain, old.schema_name) then
        raise exception 'Only an operator of the platform can change this.'
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = 'tenants_allow_columns';
    end if;
    return new;
end
$$;
create or replace trigger tenants_guard_trg before update on tenants
    for each row execute function app.guard_tenant();

-- ==================== core_policies
-- Row-level security of core's tables. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on
-- its shards), and every policy starts with the tenant test. Teachers' policy on users needs
-- enrollments and stands in academics/sql/academics_policies.sql.

alter table tenants enable row level security;
drop policy if exists tenants_member_select on tenants;
create policy tenants_member_select on tenants for select
    using (id = app.tenant_id() and app.user_role() in ('admin', 'teacher', 'student'));
drop policy if exists tenants_admin_update on tenants;
create policy tenants_admin_update on tenants for update
    using (id = app.tenant_id() and app.user_role() = 'admin')
    with check (id = app.tenant_id() and app.user_role() = 'admin');
-- The operators: admins of the platform's own tenant (app.is_operator tests tenant and role).
drop policy if exists tenants_operator_select on tenants;
create policy tenants_operator_select on tenants for select using (app.is_operator());
drop policy if exists tenants_operator_insert on tenants;
create policy tenants_operator_insert on tenants for insert with check (app.is_operator());
drop policy if exists tenants_operator_update on tenants;
create policy tenants_operator_update on tenants for update
    using (app.is_operator()) with check (app.is_operator());

alter table tenant_domains enable row level security;
drop policy if exists tenant_domains_admin_select on tenant_domains;
create policy tenant_domains_admin_select on tenant_domains for select
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists tenant_domains_operator_all on tenant_domains;
create policy tenant_domains_operator_all on tenant_domains for all
    using (app.is_operator()) with check (app.is_operator());

alter table users enable row level security;
drop policy if exists users_admin_all on users;
create policy users_admin_all on users for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists users_self_select on users;
create policy users_self_select on users for select
    using (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_self_update on users;
create policy users_self_update on users for update
    using (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student')
           and (id = app.user_id() or auth_id = auth.uid()))
    with check (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student')
                and (id = app.user_id() or auth_id = auth.uid()));

alter table audit_logs enable row level security;
drop policy if exists audit_logs_admin_select on audit_logs;
create policy audit_logs_admin_select on audit_logs for select
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin');

alter table conversations enable row level security;
drop policy if exists conversations_own_all on conversations;
create policy conversations_own_all on conversations for all
    using (tenant_id = app.tenant_id() and user_id = app.user_id()
           and app.user_role() in ('admin', 'teacher', 'student'))
    with check (tenant_id = app.tenant_id() and user_id = app.user_id()
                and app.user_role() in ('admin', 'teacher', 'student'));

-- Sessions are written before sign-in too (user_id is NULL then); they are read by
-- app.session_load(), which wants the key.
alter table sessions enable row level security;
drop policy if exists sessions_own_all on sessions;
create policy sessions_own_all on sessions for all
    using (tenant_id = app.tenant_id()
           and (user_id is null or user_id = app.user_id()
                                   and app.user_role() in ('admin', 'teacher', 'student')))
    with check (tenant_id = app.tenant_id()
                and (user_id is null or user_id = app.user_id()
                                        and app.user_role() in ('admin', 'teacher', 'student')));

-- Revoked first: the database's default privileges give more on every new table.
revoke all on tenants, audit_logs from school_app;
grant select, insert, update on tenants to school_app;
grant select, insert, update, delete on tenant_domains, users, conversations, sessions to school_app;
grant select on audit_logs to school_app;
-- Django's own tables, the same for every school, are only read.
revoke all on django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions from school_app;
grant select on django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions to school_app;

-- ==================== search_users
-- People by part of a name or e-mail. ILIKE is not leakproof, so under row-level security its
-- trigram index goes unused (50x); SECURITY DEFINER lets it be used, and the function repeats the
-- tenant test itself. Only ids come back, only to staff, and the query that uses them is under the
-- policies. Relied on by core.admin.search.

create index if not exists idx_users_name_trgm on users using gin (name gin_trgm_ops);
create index if not exists idx_users_email_trgm on users using gin (email gin_trgm_ops);

-- A term as a LIKE pattern: its own wildcards are characters like any other.
create or replace function app.contains_pattern(term text) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return '%' || replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_') || '%';

create or replace function app.search_users(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select u.id from users u
     where u.tenant_id = app.tenant_id() and app.user_role() in ('admin', 'teacher')
       and (u.name ilike app.contains_pattern(term) or u.email ilike app.contains_pattern(term));
end;
