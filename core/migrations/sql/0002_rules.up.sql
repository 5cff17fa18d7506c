-- ==================== auth_uid
-- Supabase's auth.uid(), where it does not exist, so that the same policies serve both: the
-- account id of the JWT in request.jwt.claims. Where Supabase has made it, it is left alone.

do $$
begin
    if to_regprocedure('auth.uid()') is null then
        create schema if not exists auth;
        grant usage on schema auth to school_app, school_admin, school_registrar, school_bursar,
            school_teacher, school_student, school_guardian;
        create function auth.uid() returns uuid
            language sql stable parallel safe
            return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
        comment on function auth.uid() is 'stand-in for Supabase, made by the school application';
    end if;
end
$$;

-- ==================== offices
-- Who works in the office: an admin, and the roles that have a part of an admin's work. The groups are
-- those of core/offices.py, and a test compares the two. Functions ask these instead of naming roles;
-- policies name one role each, since each is for one role of the database. False for nobody.

create or replace function app.is_office() returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() in ('admin', 'registrar', 'bursar'), false);

create or replace function app.is_people_office() returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() in ('admin', 'registrar'), false);

-- Whose accounts the people's office keeps: an admin everybody's, a registrar those of teachers, students
-- and guardians. Who works in the office is the admins' to decide.
create or replace function app.may_keep(role text) returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() = 'admin'
                    or app.user_role() = 'registrar' and role in ('teacher', 'student', 'guardian'), false);

create or replace function app.is_money_office() returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() in ('admin', 'bursar'), false);

-- ==================== lookups
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

-- ==================== sessions
-- Who is signed in, at which browser. Nobody reads or writes the table, whatever their role: a row of
-- it is worth as much as its person's password, and one of nobody yet may be about to set one. What
-- stands in the cookie is the session's key; here, and in whatever is sent to the server, there is only
-- its SHA-256 (core.sessions), so that who reads a backup, a log or another connection's statements
-- signs in with none of it.
--
-- SECURITY DEFINER because no role has the table. Each wants the digest, looks at one school and touches
-- one row; what writes is a procedure, which no expression inside a query can call. Relied on by
-- core.sessions.

-- Asked before there is a context, which is why the school is an argument.
create or replace function app.session_load(tenant uuid, digest text) returns setof sessions
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.* from sessions s
     where s.session_key = session_load.digest and s.tenant_id = session_load.tenant;
$$;

-- It is not written when a new one's digest is taken, or an old one is gone meanwhile. A session is its
-- own person's, or nobody's yet.
create or replace procedure app.session_save(
        digest text, content text, expires timestamptz, person uuid, is_new boolean,
        inout is_written boolean)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.tenant_id() is null or person is not null and person is distinct from app.user_id() then
        raise exception 'A session belongs to the person who is signed in.'
            using errcode = 'insufficient_privilege', table = 'sessions',
                  constraint = 'sessions_own';
    end if;
    if is_new then
        insert into sessions (session_key, session_data, expire_date, tenant_id, user_id)
        values (digest, content, expires, app.tenant_id(), person) on conflict do nothing;
    else
        update sessions s set session_data = content, expire_date = expires, user_id = person
         where s.session_key = digest and s.tenant_id = app.tenant_id()
           and (s.user_id is null or s.user_id = app.user_id());
    end if;
    is_written := found;
end
$$;

create or replace procedure app.session_end(digest text)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    delete from sessions s
     where s.session_key = session_end.digest and s.tenant_id = app.tenant_id();
$$;

revoke execute on routine app.session_load, app.session_save, app.session_end from public;
grant execute on routine app.session_load, app.session_save, app.session_end to school_app;
grant execute on routine app.session_save, app.session_end
    to school_visitor, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- ==================== entering
-- How a client says who is asking. SECURITY DEFINER because who asks is nobody yet and may read no row,
-- and because set_config() is the owner's alone: an expression that somebody smuggles into a query
-- cannot change the context with it (core.database.roles).

-- A procedure, which cannot stand inside a query. The person is active and of that school, and their
-- role is what their row says. What they then may see takes SET LOCAL ROLE besides: as another role than
-- their own they see nothing. Relied on by core.database.backend.
create or replace procedure app.enter(tenant uuid, person uuid, request text default '')
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    person_role text := (select u.role from users u
                          where u.tenant_id = enter.tenant and u.id = enter.person
                            and u.status = 'active' and u.deleted_at is null);
begin
    if person_role is null then
        raise exception 'Nobody of this school may enter as this person.'
            using errcode = 'insufficient_privilege', constraint = 'app_enter';
    end if;
    perform set_config('app.tenant_id', tenant::text, true),
            set_config('app.user_id', person::text, true),
            set_config('app.user_role', person_role, true),
            set_config('app.request', coalesce(request, ''), true);
end
$$;
revoke execute on procedure app.enter from public;
grant execute on procedure app.enter to school_app;

-- The same for clients of Supabase and PostgREST, after SET LOCAL ROLE: the person whose account the
-- verified token in request.jwt.claims names. Somebody of several schools says which one by the claim
-- tenant_id. A function, as PostgREST's db-pre-request wants it: it can only ever enter as the person of
-- the token, which no query can write.
create or replace function app.enter_jwt() returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
    person record;
begin
    select u.tenant_id, u.id, u.role into strict person
      from users u
     where u.auth_id = (claims ->> 'sub')::uuid
       and u.tenant_id = coalesce((claims ->> 'tenant_id')::uuid, u.tenant_id)
       and u.status = 'active' and u.deleted_at is null;
    perform set_config('app.tenant_id', person.tenant_id::text, true),
            set_config('app.user_id', person.id::text, true),
            set_config('app.user_role', person.role, true),
            set_config('app.request', '', true);
exception
    when no_data_found or too_many_rows then
        raise exception 'The token names nobody, or somebody of several schools.'
            using errcode = 'insufficient_privilege', constraint = 'app_enter';
end
$$;
revoke execute on function app.enter_jwt from public;
grant execute on function app.enter_jwt
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

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
    -- The database writes these itself: generated columns only after this, and they are null here.
    allowed text[] := tg_argv[1:] || array['updated_at'] || array(
        select a.attname::text from pg_catalog.pg_attribute a
         where a.attrelid = tg_relid and a.attgenerated <> '');
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
               case when c.key = 'password_version' then 'password' else c.key end,
               case when c.key = 'password_version'
                    then jsonb_build_object('before', '[hidden]', 'after', '[hidden]')
                    else jsonb_build_object('before', case when after is null then c.value
                                                           else before -> c.key end,
                                            'after', case when after is not null then c.value end) end)
      from jsonb_each(coalesce(after, before)) c(key, value)
     where c.key <> all (ignored)
       and coalesce(case when after is null then c.value else before -> c.key end, 'null')
           is distinct from coalesce(case when after is not null then c.value end, 'null');
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
        -- Who it was is asked once a school, not once a row.
        with w as materialized (
            select coalesce(r.v ->> 'tenant_id', r.v ->> 'id')::uuid as tenant_id,
                   (r.v ->> 'id')::uuid as id, app.audit_changes(null, r.v, born) as changes
              from (select to_jsonb(n) as v from new_rows n) r)
        select w.tenant_id, kind || '_created', kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select distinct w.tenant_id from w) t
         cross join lateral app.audit_actor(t.tenant_id, context) a
          join w on w.tenant_id = t.tenant_id;
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

-- How long the trail of a school is kept (settings key kept_audit_months): two years (compliance), unless
-- it chose otherwise. Also of no school, which is the platform's.
create or replace function app.audit_kept(tenant uuid) returns interval
    language sql stable
    set search_path = pg_catalog, public, pg_temp
as $$
    select make_interval(months => coalesce(
        (select (t.settings ->> 'kept_audit_months')::int from tenants t where t.id = tenant), 24));
$$;

-- Retention. Runs as its caller, and only the owner may delete here:
-- manage.py cleanup_audit_logs.
create or replace function cleanup_old_audit_logs() returns void
    language sql
    set search_path = pg_catalog, public, pg_temp
begin atomic
    delete from audit_logs l where l.timestamp < now() - app.audit_kept(l.tenant_id);
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

-- Each key that the school's own pages write has a value that whatever reads it can take. What other
-- apps keep there, they check themselves.
create or replace function app.is_setting(key text, value jsonb) returns boolean
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when key in ('timezone', 'phone', 'principal', 'student_numbers', 'logo', 'signature', 'mail_sender')
            then jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^[^[:cntrl:]]{1,100}$'
        when key = 'address' then jsonb_typeof(value) = 'string' and length(value #>> '{}') <= 500
        when key = 'mail_footer' then jsonb_typeof(value) = 'string' and length(value #>> '{}') <= 1000
        when key = 'currency' then jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^[A-Z]{3}$'
        when key = 'date_order' then value in ('"dmy"', '"mdy"')
        when key = 'paper' then value in ('"a4"', '"letter"')
        when key = 'display_name' then value = '"preferred"'
        when key = 'default_capacity' then jsonb_typeof(value) = 'number' and value #>> '{}' ~ '^[0-9]+$'
                                           and value between '1' and '10000'
        when key ~ '^kept_[a-z]+_(days|months|years)$'
            then jsonb_typeof(value) = 'number' and value #>> '{}' ~ '^[0-9]+$' and value <= '120'
                 and value >= case key when 'kept_audit_months' then '12' else '1' end::jsonb
        when key = 'school_days' then jsonb_typeof(value) = 'array' and value <@ '[1, 2, 3, 4, 5, 6, 7]'
                                      and value <> '[]'
        when key = 'absence_reports' then value = 'false'
        when key = 'setup' then jsonb_typeof(value) = 'object'
        else true
    end;
$$;
create or replace function app.are_settings(settings jsonb) returns boolean
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
    select case when jsonb_typeof(settings) = 'object'
                then not exists (select from jsonb_each(settings) s where not app.is_setting(s.key, s.value))
                else true end;
$$;
alter table tenants drop constraint if exists check_setting_values;
alter table tenants add constraint check_setting_values check (app.are_settings(settings));

-- So does whatever reads what is kept of a person (their page, the report card), and a list of
-- messages is a list.
alter table users drop constraint if exists check_metadata;
alter table users add constraint check_metadata
    check (metadata is null or jsonb_typeof(metadata) in ('object', 'null'));
alter table users drop constraint if exists check_preferences;
alter table users add constraint check_preferences
    check (preferences is null or jsonb_typeof(preferences) in ('object', 'null'));
alter table conversations drop constraint if exists check_messages;
alter table conversations add constraint check_messages check (jsonb_typeof(messages) = 'array');

select app.watch('tenants', 'tenant');
select app.watch('tenant_domains', 'tenant_domain');
select app.watch('users', 'user', 'sort_name', 'student_number', 'birth_date', 'teacher_record',
                 'family_record', 'record_text');
-- The trail is the office's to read, a conversation its owner's alone: not what is in it.
select app.watch('conversations', 'conversation', 'title', 'messages');

-- One's own profile. What the school knows, reports and bills a person by (name, e-mail, role,
-- status, auth_id, and the student number and the like in metadata) is the office's.
create or replace trigger users_allow_columns_trg before update on users
    for each row when (not app.may_keep(old.role))
    execute function app.allow_columns(
        '*', 'phone', 'avatar_url', 'preferences', 'password_version', 'last_login', 'email_verified');

-- Another role is another set of rights: an admin's to give.
create or replace function app.refuse_role() returns trigger
    language plpgsql
as $$
begin
    raise exception 'Only an admin changes a role.'
        using errcode = 'insufficient_privilege', table = tg_table_name, column = 'role',
              constraint = 'users_keep_role';
end
$$;
create or replace trigger users_keep_role_trg before update of role on users
    for each row when (old.role is distinct from new.role and app.user_role() = 'registrar')
    execute function app.refuse_role();

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

-- ==================== admin_log
-- Django's admin log gets a tenant, filled from the context because Django does not know it.

alter table django_admin_log add column if not exists tenant_id uuid not null default app.tenant_id();
create index if not exists idx_admin_log_tenant on django_admin_log (tenant_id, action_time desc);
alter table django_admin_log drop constraint if exists django_admin_log_tenant_user_fk;
alter table django_admin_log add constraint django_admin_log_tenant_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;
-- Django's own key to users accepts another school's person; the one above replaces it.
alter table django_admin_log drop constraint if exists django_admin_log_user_id_c564eba6_fk_users_id;
grant usage on sequence django_admin_log_id_seq
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

-- ==================== temporary_tables
-- Imports stage their rows in a temporary table: COPY refuses a table with row-level security, and a
-- temporary one is seen by its own connection only and ends with the transaction. pg_temp comes last,
-- so that no temporary table can ever stand in for one of ours.

do $$
begin
    execute format('grant temporary on database %I to school_app, school_admin, school_registrar,'
                   ' school_bursar, school_teacher', current_database());
    execute format('alter database %I set search_path = public, pg_temp', current_database());
end
$$;

-- ==================== rebuilding
-- Whether a school is being rebuilt from its file, whose rows come with what
-- the triggers once worked out, and with what people have since put right by hand. Triggers that
-- would work it out anew leave such rows as they are. Only in a session of the tables' owner, and
-- only until its transaction ends; what a client of the application sets here means nothing.
-- Relied on by the triggers that work out what a file brings along.

create or replace function app.rebuilding() returns boolean
    language plpgsql stable
as $$
begin
    -- plpgsql, which keeps its plan: triggers ask this of each row. All names are qualified: the path is
    -- the caller's.
    if pg_catalog.current_setting('app.rebuild', true) = 'on' then
        return session_user = (select pg_catalog.pg_get_userbyid(c.relowner) from pg_catalog.pg_class c
                                where c.oid = 'public.tenants'::pg_catalog.regclass);
    end if;
    return false;
end
$$;

-- ==================== refuse_stranger
-- The first thing that a SECURITY DEFINER trigger does which runs BEFORE a row is written. PostgreSQL
-- asks the policies' WITH CHECK only after such triggers, and what one says about the rows that the new
-- one names (a sum, a date, who is enrolled) it would say to other schools too. So the trigger names who
-- may write the table, and everybody else is refused in the policies' own words. Sessions of the tables'
-- owner write for every school (manage.py import_school and seed).
-- manage.py check_isolation names a trigger that lacks it.

create or replace function app.refuse_stranger(target text, tenant uuid, variadic roles text[])
    returns void
    language plpgsql stable
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tenant = app.tenant_id()
       and (app.user_role() = any (roles)
            or 'people_office' = any (roles) and app.is_people_office()
            or 'money_office' = any (roles) and app.is_money_office()) then
        return;
    end if;
    if pg_has_role(session_user, (select c.relowner from pg_class c where c.oid = 'tenants'::regclass),
                   'MEMBER') then
        return;
    end if;
    raise exception 'new row violates row-level security policy for table "%"', target
        using errcode = 'insufficient_privilege', table = target;
end
$$;

-- ==================== school_date
-- The date at the school (settings key timezone; UTC without one). SECURITY DEFINER for the one setting.
-- Relied on by whatever asks what is due, over or late.

create or replace function app.school_date(tenant uuid) returns date
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    zone text := (select t.settings ->> 'timezone' from tenants t where t.id = tenant);
begin
    return (now() at time zone coalesce(zone, 'UTC'))::date;
exception when invalid_parameter_value then
    return (now() at time zone 'UTC')::date;
end
$$;

-- ==================== person_fields
-- The record of a person: fields that a school defines for each role (person_fields), their values in
-- users.metadata. Whoever writes users.metadata, the values fit the school's definitions afterwards.
-- What no field is defined for (OneRoster's, say) is kept apart under the key _imported, for the office.
-- Relied on by core.records.

-- What a value should be instead, in a few words; NULL when the field takes it.
create or replace function app.record_problem(kind text, choices text, value jsonb) returns text
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    words text := value #>> '{}';
    shape text := jsonb_typeof(value);
begin
    if kind = 'number' then
        return case when shape <> 'number' then 'a number' end;
    elsif kind = 'yes_no' then
        return case when shape <> 'boolean' then 'yes or no' end;
    elsif shape <> 'string' then
        return 'a text';
    elsif kind = 'long_text' then
        return case when length(words) > 10000 then 'a text of at most 10,000 characters' end;
    elsif length(words) > 500 or words ~ '[\r\n]' then
        return 'one line of at most 500 characters';
    elsif kind = 'choice' then
        return case when words <> all (string_to_array(choices, e'\n')) then 'one of the choices' end;
    elsif kind = 'phone' then
        return case when words !~ '^[-+0-9 ()/.]{3,50}$' or words !~ '[0-9].*[0-9].*[0-9]'
                    then 'a phone number' end;
    elsif kind = 'email' then
        return case when words !~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'
                    then 'an e-mail address' end;
    elsif kind = 'date' then
        -- Days are compared as text elsewhere, so they are written one way.
        return case when words !~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
                      or right(words, 2)::int > extract(day from make_date(
                             left(words, 4)::int, substr(words, 6, 2)::int, 1)
                             + interval '1 month - 1 day')
                    then 'a date (YYYY-MM-DD)' end;
    end if;
    return null;
end
$$;

-- The name that people go by, made of its parts; NULL without any.
create or replace function app.display_name(parts jsonb, style text) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return nullif(left(concat_ws(' ', coalesce(case when style = 'preferred'
                                                    then parts ->> 'preferred_name' end,
                                               parts ->> 'first_name'),
                                 parts ->> 'last_name'), 255), '');

-- Two people of a school never have the same student number; in the order in which the next is found.
create unique index if not exists idx_users_student_number
    on users (tenant_id, (student_number collate "C"))
    where student_number is not null and deleted_at is null;

-- The next student number by the school's pattern (settings key student_numbers), such as
-- {year}-{number:4}; NULL without one. Two clerks at once wait for each other, so that neither is refused.
-- With VOLATILE's own snapshot: it sees the rows that the same statement has written before.
create or replace function app.next_student_number(tenant uuid) returns text
    language plpgsql volatile
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    pattern text := (select t.settings ->> 'student_numbers' from tenants t where t.id = tenant);
    parts   text[] := regexp_match(pattern, '^([^{}]*(?:\{year\}[^{}]*)?)\{number(?::(\d))?\}([^{}]*)$');
    before  text;
    after   text := parts[3];
    width   int := greatest(coalesce(parts[2]::int, 1), 1);
    digits  text;
    last    text;
begin
    if parts is null then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('student_number' || tenant::text, 0));
    before := replace(parts[1], '{year}', extract(year from app.school_date(tenant))::text);
    -- Numbers of as many digits are in the order of their texts, and an index knows the last. Where
    -- none is left, the numbers of one digit more go on.
    for size in width..12 loop
        select substr(u.student_number, length(before) + 1, size) into last
          from users u
         where u.tenant_id = tenant and u.deleted_at is null
           and u.student_number collate "C" >= before || repeat('0', size)
           and u.student_number collate "C" < before || repeat('9', size) || after || 'z'
           and length(u.student_number) = length(before) + size + length(after)
           and left(u.student_number, length(before)) = before
           and right(u.student_number, length(after)) = after
           and substr(u.student_number, length(before) + 1, size) ~ '^\d+$'
         order by u.student_number collate "C" desc limit 1;
        digits := coalesce(last, '0');
        if digits <> repeat('9', size) then
            if last is null and size > width then
                return before || rpad('1', size, '0') || after;
            end if;
            return before || lpad((digits::bigint + 1)::text, size, '0') || after;
        end if;
    end loop;
    return null;
end
$$;

-- Before a person is written: the record fits its fields, the name follows its parts, a new student
-- has a number, and the columns that follow from the record are made: what teachers may read of it, what
-- the family may, and the text that the office searches. Not SECURITY DEFINER: who may write a record
-- reads the fields of their school.
create or replace function app.keep_record() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    given jsonb := case when jsonb_typeof(new.metadata) = 'object' then new.metadata else '{}' end;
    apart jsonb := case when jsonb_typeof(given -> '_imported') = 'object'
                        then given -> '_imported' else '{}' end;
    kept  jsonb;
    more  jsonb;
    wrong record;
    style text;
begin
    if app.rebuilding() then
        return new;
    end if;
    -- Whoever gets another role has back what was kept apart and fits it.
    if tg_op = 'UPDATE' and new.role <> old.role then
        given := apart || given;
    end if;
    -- A number where a text belongs is that text; what is empty is not there.
    select coalesce(jsonb_object_agg(m.key, case when jsonb_typeof(m.value) = 'number'
                                                  and f.kind <> 'number'
                                                 then to_jsonb(m.value #>> '{}') else m.value end)
                    filter (where f.key is not null and m.value not in ('null', '""')), '{}'),
           coalesce(jsonb_object_agg(m.key, m.value)
                    filter (where f.key is null and m.key <> '_imported'), '{}')
      into kept, more
      from jsonb_each(given) m
      left join person_fields f
        on f.tenant_id = new.tenant_id and f.role = new.role and f.key = m.key
       and (given -> m.key is not distinct from new.metadata -> m.key
            or app.record_problem(f.kind, f.choices, m.value) is null);
    apart := apart || more;
    if tg_op = 'UPDATE' and new.role <> old.role then
        apart := apart - array(select jsonb_object_keys(kept));
    end if;
    if new.role = 'student' and not kept ? 'student_number' and (tg_op = 'INSERT' or new.role <> old.role)
       and exists (select from person_fields f
                    where f.tenant_id = new.tenant_id and f.role = 'student'
                      and f.key = 'student_number' and not f.is_archived) then
        kept := kept || jsonb_strip_nulls(
            jsonb_build_object('student_number', app.next_student_number(new.tenant_id)));
    end if;
    select f.key, f.label, app.record_problem(f.kind, f.choices, kept -> f.key) as problem into wrong
      from person_fields f
     where f.tenant_id = new.tenant_id and f.role = new.role
       and case when kept ? f.key then app.record_problem(f.kind, f.choices, kept -> f.key) is not null
                else f.is_required and not f.is_archived
                     and (tg_op = 'INSERT' or old.metadata ? f.key)
                     -- Of somebody who has left, the whole record may go (school.services.erasing).
                     and not (tg_op = 'UPDATE' and new.status = 'archived' and kept = '{}') end
     order by f.position, f.key limit 1;
    if wrong.problem is not null then
        raise exception 'The field "%" takes %.', wrong.label, wrong.problem
            using errcode = 'check_violation', table = tg_table_name, column = 'record_' || wrong.key,
                  detail = wrong.problem, constraint = 'record_value';
    elsif wrong.key is not null then
        raise exception 'The field "%" is required.', wrong.label
            using errcode = 'check_violation', table = tg_table_name, column = 'record_' || wrong.key,
                  detail = wrong.label, constraint = 'record_required';
    end if;
    if coalesce(btrim(new.name), '') = '' or (tg_op = 'UPDATE' and new.name = old.name
            and array[kept -> 'first_name', kept -> 'last_name', kept -> 'preferred_name']
                is distinct from array[old.metadata -> 'first_name', old.metadata -> 'last_name',
                                       old.metadata -> 'preferred_name']) then
        style := (select t.settings ->> 'display_name' from tenants t where t.id = new.tenant_id);
        new.name := coalesce(app.display_name(kept, style), new.name);
    end if;
    if kept <> '{}' or apart <> '{}' or jsonb_typeof(new.metadata) = 'object' then
        new.metadata := kept || case when apart = '{}' then '{}'
                                     else jsonb_build_object('_imported', apart) end;
    end if;
    select coalesce(jsonb_object_agg(f.key, kept -> f.key) filter (where f.readers <> 'office'), '{}'),
           coalesce(jsonb_object_agg(f.key, kept -> f.key) filter (where f.readers = 'family'), '{}'),
           app.folded(string_agg(kept ->> f.key, e'\n' order by f.position, f.key)
                      filter (where f.kind not in ('date', 'yes_no')))
      into new.teacher_record, new.family_record, new.record_text
      from person_fields f
     where f.tenant_id = new.tenant_id and f.role = new.role and kept ? f.key and not f.is_archived;
    return new;
end
$$;
create or replace trigger users_keep_record_insert_trg before insert on users
    for each row execute function app.keep_record();
create or replace trigger users_keep_record_trg before update on users
    for each row when (new.metadata is distinct from old.metadata or new.role <> old.role
                       or new.teacher_record is distinct from old.teacher_record
                       or new.family_record is distinct from old.family_record
                       or new.record_text is distinct from old.record_text or btrim(new.name) = '')
    execute function app.keep_record();

-- A field keeps its key and role. What people have under it stays readable: another kind, or a choice
-- less, is refused where it would not fit, and so is deleting it (archiving is the way).
create or replace function app.guard_person_field() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and (new.key, new.role) is distinct from (old.key, old.role) then
        raise exception 'A field keeps its key and its role.'
            using errcode = 'check_violation', table = tg_table_name,
                  column = case when new.key <> old.key then 'key' else 'role' end,
                  constraint = 'person_fields_keep_key';
    end if;
    if tg_op = 'DELETE' then
        if exists (select from users u where u.tenant_id = old.tenant_id and u.role = old.role
                                         and u.metadata ? old.key) then
            raise exception 'People have something in the field "%".', old.label
                using errcode = 'check_violation', table = tg_table_name,
                      constraint = 'person_fields_in_use';
        end if;
        return old;
    end if;
    if (new.kind, new.choices) is distinct from (old.kind, old.choices)
       and exists (select from users u
                    where u.tenant_id = new.tenant_id and u.role = new.role and u.metadata ? new.key
                      and app.record_problem(new.kind, new.choices, u.metadata -> new.key)
                          is not null) then
        raise exception 'What people have in the field "%" would not fit any more.', new.label
            using errcode = 'check_violation', table = tg_table_name,
                  column = case when new.kind <> old.kind then 'kind' else 'choices' end,
                  constraint = 'person_fields_would_not_fit';
    end if;
    return new;
end
$$;
create or replace trigger person_fields_guard_trg before update or delete on person_fields
    for each row execute function app.guard_person_field();

-- Who may read a field has changed: so do the columns made of the records that have it.
create or replace function app.spread_person_field() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    update users u set record_text = null, teacher_record = null
     where u.tenant_id = new.tenant_id and u.role = new.role and u.metadata ? new.key;
    return null;
end
$$;
create or replace trigger person_fields_spread_trg after update on person_fields
    for each row when ((new.readers, new.is_archived, new.kind)
                       is distinct from (old.readers, old.is_archived, old.kind))
    execute function app.spread_person_field();

select app.watch('person_fields', 'person_field');
-- What a school begins with is nobody's change.
create or replace trigger person_fields_audit_insert_trg after insert on person_fields
    referencing new table as new_rows
    for each statement when (pg_trigger_depth() = 0) execute function app.audit('person_field');

-- The fields that a school begins with. SECURITY DEFINER because an operator of the platform, who makes
-- the school, has no rights on its tables. A school that is rebuilt brings its own.
create or replace function app.begin_person_fields() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() or new.schema_name = 'public' then
        return null;
    end if;
    insert into person_fields (tenant_id, role, key, label, kind, choices, readers, position, on_card)
    select new.id, r.role, f.key, f.label, f.kind, f.choices, f.readers, f.position, false
      from (values
        ('all',     'first_name',     'First name',       'text',      '', 'family',   10),
        ('student', 'middle_name',    'Middle name',      'text',      '', 'family',   20),
        ('all',     'last_name',      'Last name',        'text',      '', 'family',   30),
        ('all',     'preferred_name', 'Preferred name',   'text',      '', 'family',   40),
        ('student', 'student_number', 'Student number',   'text',      '', 'family',    5),
        ('student', 'pronouns',       'Pronouns',         'text',      '', 'family',   50),
        ('student', 'birth_date',     'Birth date',       'date',      '', 'family',   60),
        ('student', 'gender',         'Gender',           'choice',
             e'Female\nMale\nOther\nNot stated',                         'family',   70),
        ('student', 'address',        'Address',          'long_text', '', 'office',   80),
        ('student', 'home_language',  'Language at home', 'text',      '', 'teachers', 90),
        ('student', 'nationality',    'Nationality',      'text',      '', 'office',  100),
        ('student', 'entry_date',     'Entry date',       'date',      '', 'family',  110),
        ('student', 'exit_date',      'Exit date',        'date',      '', 'office',  120),
        ('student', 'exit_reason',    'Reason for leaving', 'text',    '', 'office',  130),
        ('student', 'medical_notes',  'Medical notes',    'long_text', '', 'office',  140),
        ('staff',   'short_name',     'Short name',       'text',      '', 'teachers', 50),
        ('teacher', 'subjects',       'Subjects',         'text',      '', 'teachers', 60)
      ) f (whose, key, label, kind, choices, readers, position)
      join unnest(array['admin', 'registrar', 'bursar', 'teacher', 'student', 'guardian']) r(role)
        on f.whose in ('all', r.role) or f.whose = 'staff' and r.role not in ('student', 'guardian');
    return null;
end
$$;
create or replace trigger tenants_begin_person_fields_trg after insert on tenants
    for each row execute function app.begin_person_fields();

create index if not exists idx_users_record_trgm on users using gin (record_text gin_trgm_ops);

-- ==================== guardians
-- Guardians: who they are, and whose pages they may read.
-- "Guarded" students are decided here and nowhere else: the alive students linked to the guardian
-- whose account is asking, where the link gives access. The views have the rights of their owner,
-- because the policies of users would otherwise ask guardians, whose policies ask users; each names
-- the tenant and the person itself.

create or replace function app.guardian_id() returns uuid
    language sql stable parallel safe
    return case when current_setting('app.user_role', true) = 'guardian'
                then nullif(current_setting('app.user_id', true), '')::uuid end;

create or replace view app.own_guardian as
    select g.tenant_id, g.id from guardians g
     where g.tenant_id = app.tenant_id() and g.user_id = app.guardian_id();

-- A function that the planner does not look into, behind the view: every table's policies ask this,
-- and to plan its joins with each query took ten times as long as the query (docs/benchmarks.md). It
-- keeps its plan, and runs once a query, for guardians only. SECURITY DEFINER for the reason above.
create or replace function app.guarded_student_ids() returns setof uuid
    language plpgsql stable security definer rows 3
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.guardian_id() is not null then
        return query
        select l.student_id
          from guardians g
          join student_guardians l on l.tenant_id = g.tenant_id and l.guardian_id = g.id
          join users u on u.tenant_id = l.tenant_id and u.id = l.student_id
         where g.tenant_id = app.tenant_id() and g.user_id = app.guardian_id()
           and l.portal_access and u.role = 'student' and u.deleted_at is null;
    end if;
end
$$;
revoke execute on function app.guarded_student_ids from public;
grant execute on function app.guarded_student_ids
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

create or replace view app.guarded_students as
    select app.tenant_id() as tenant_id, g.id from app.guarded_student_ids() g(id);

revoke all on app.own_guardian, app.guarded_students
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on app.own_guardian, app.guarded_students
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

alter table guardians drop constraint if exists guardians_user_fk;
alter table guardians add constraint guardians_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);
alter table student_guardians drop constraint if exists student_guardians_student_fk;
alter table student_guardians add constraint student_guardians_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table student_guardians drop constraint if exists student_guardians_guardian_fk;
alter table student_guardians add constraint student_guardians_guardian_fk
    foreign key (tenant_id, guardian_id) references guardians (tenant_id, id) on delete cascade;

select app.watch('guardians', 'guardian', 'sort_name');
select app.watch('student_guardians', 'student_guardian');

-- A link is between a student and a guardian for good; another pair is another link. Only what runs as
-- the owner moves it, when two records of one student become one.
create or replace function app.keep_guardian_pair() returns trigger
    language plpgsql
as $$
begin
    if new.guardian_id = old.guardian_id
       and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    raise exception 'This link stays with its student and guardian.'
        using errcode = 'check_violation', table = tg_table_name, column = 'student_id',
              constraint = 'student_guardians_keep_pair';
end
$$;
create or replace trigger student_guardians_keep_pair_trg before update on student_guardians
    for each row when (old.student_id <> new.student_id or old.guardian_id <> new.guardian_id)
    execute function app.keep_guardian_pair();

-- ==================== homerooms
-- Year groups and homerooms. A student belongs to a year group, and within it to a homeroom if the
-- school has some; a homeroom has teachers, who see its students like those whom they teach.

alter table homerooms drop constraint if exists homerooms_year_group_fk;
alter table homerooms add constraint homerooms_year_group_fk
    foreign key (tenant_id, year_group_id) references year_groups (tenant_id, id);
alter table homeroom_teachers drop constraint if exists homeroom_teachers_homeroom_fk;
alter table homeroom_teachers add constraint homeroom_teachers_homeroom_fk
    foreign key (tenant_id, homeroom_id) references homerooms (tenant_id, id) on delete cascade;
alter table homeroom_teachers drop constraint if exists homeroom_teachers_teacher_fk;
alter table homeroom_teachers add constraint homeroom_teachers_teacher_fk
    foreign key (tenant_id, teacher_id) references users (tenant_id, id);
alter table users drop constraint if exists users_year_group_fk;
alter table users add constraint users_year_group_fk
    foreign key (tenant_id, year_group_id) references year_groups (tenant_id, id);
alter table users drop constraint if exists users_homeroom_fk;
alter table users add constraint users_homeroom_fk
    foreign key (tenant_id, homeroom_id) references homerooms (tenant_id, id);
-- Whose homeroom is of another year group from now on are so themselves.
alter table users drop constraint if exists users_homeroom_year_group_fk;
alter table users add constraint users_homeroom_year_group_fk
    foreign key (tenant_id, homeroom_id, year_group_id)
    references homerooms (tenant_id, id, year_group_id) on update cascade;

select app.watch('year_groups', 'year_group');
select app.watch('homerooms', 'homeroom');
select app.watch('homeroom_teachers', 'homeroom_teacher');

-- Whoever gets a homeroom gets its year group; whoever gets another year group leaves the homeroom;
-- who is no student any more has neither.
create or replace function app.keep_homeroom() returns trigger
    language plpgsql
as $$
declare
    own uuid;
begin
    if tg_op = 'UPDATE' and old.role = 'student' and new.role <> 'student' then
        new.homeroom_id := null;
        new.year_group_id := null;
        return new;
    end if;
    select h.year_group_id into own from homerooms h
     where h.tenant_id = new.tenant_id and h.id = new.homeroom_id;
    if found and (tg_op = 'INSERT' or new.homeroom_id is distinct from old.homeroom_id) then
        new.year_group_id := own;
    elsif found and new.year_group_id is distinct from own then
        new.homeroom_id := null;
    end if;
    return new;
end
$$;
create or replace trigger users_keep_homeroom_insert_trg before insert on users
    for each row when (new.homeroom_id is not null) execute function app.keep_homeroom();
create or replace trigger users_keep_homeroom_trg before update of role, year_group_id, homeroom_id on users
    for each row when (new.role <> old.role or new.year_group_id is distinct from old.year_group_id
                       or new.homeroom_id is distinct from old.homeroom_id)
    execute function app.keep_homeroom();

-- ==================== calendar_feeds
-- Subscribed timetables: one's own to make and to revoke. A calendar program has no session; it
-- shows the signed id of the feed, and only a feed that still stands names its person.

alter table calendar_feeds drop constraint if exists calendar_feeds_user_fk;
alter table calendar_feeds add constraint calendar_feeds_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;

select app.watch('calendar_feeds', 'calendar_feed');

-- SECURITY DEFINER because there is no context yet: the active person of this feed at this school.
-- Relied on by the calendar's view, which has verified the signature before.
create or replace function app.user_for_calendar(tenant uuid, feed uuid) returns setof users
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select u.* from calendar_feeds f join users u on u.tenant_id = f.tenant_id and u.id = f.user_id
     where f.tenant_id = user_for_calendar.tenant and f.id = user_for_calendar.feed
       and u.status = 'active' and u.deleted_at is null and app.is_nobody();
$$;
revoke execute on function app.user_for_calendar from public;
grant execute on function app.user_for_calendar to school_app;

-- ==================== saved_views
-- How lists stood under a name: one's own, and those of the office that are shared (core/access.py).

alter table saved_views drop constraint if exists saved_views_user_fk;
alter table saved_views add constraint saved_views_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;
alter table saved_views drop constraint if exists check_saved_view_state;
alter table saved_views add constraint check_saved_view_state
    check (jsonb_typeof(state) = 'object' and length(state::text) <= 20000);

-- The audit trail names the view and its owner; what is searched for in it is private.
select app.watch('saved_views', 'saved_view', 'state');

-- ==================== end_access
-- What a person still holds when their access ends: sessions and the calendar's address. Deleted, so
-- that nothing comes back to life when the account is opened again. The status is tested before
-- that too, at every look (app.user_for_login, app.user_for_calendar); this makes it last.
--
-- SECURITY DEFINER because sessions and feeds are their owner's alone and the office ends them. The
-- trigger runs after the row's policies were checked, for rows of that person only. A password that
-- somebody else sets ends both as well; one's own leaves this browser signed in (core.views.accounts).
create or replace function app.end_access() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if new.status <> 'active' or new.deleted_at is not null
       or new.password_version is distinct from old.password_version
          and app.user_id() is distinct from new.id then
        delete from sessions s where s.tenant_id = new.tenant_id and s.user_id = new.id;
        delete from calendar_feeds f where f.tenant_id = new.tenant_id and f.user_id = new.id;
    end if;
    return null;
end
$$;
create or replace trigger users_end_access_trg after update of status, deleted_at, password_version
    on users
    for each row when (new.status is distinct from old.status
                       or new.deleted_at is distinct from old.deleted_at
                       or new.password_version is distinct from old.password_version)
    execute function app.end_access();

-- The same for everybody of a school that is suspended or archived. (Calendar addresses stay: nobody's
-- account was closed, and they answer nothing until the school is open again.)
--
-- SECURITY DEFINER because an operator of the platform closes the school and sees none of its
-- sessions. The trigger runs after the row's policies were checked, for that school only.
create or replace function app.end_school_access() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    delete from sessions s where s.tenant_id = new.id;
    return null;
end
$$;
create or replace trigger tenants_end_access_trg after update of status on tenants
    for each row when (new.status is distinct from old.status and new.status <> 'active')
    execute function app.end_school_access();

-- ==================== retention
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

-- ==================== job_queue
-- The queue of jobs: procrastinate's tables, which have no schools. The worker works on them
-- (school_worker); nobody who acts for a person or a school reads or writes them, or they could stop,
-- repeat or forge another school's work. A request may queue a job of its own school, and have one that
-- waits for another try run now: by procedures, which take the school from the context and which no
-- expression inside a query can call.
--
-- SECURITY DEFINER because of that. Relied on by core.jobs.

revoke all on procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
    procrastinate_workers from school_app;
revoke all on sequence procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq, procrastinate_workers_id_seq from school_app;
grant select, insert, update, delete on procrastinate_jobs, procrastinate_events,
    procrastinate_periodic_defers, procrastinate_workers to school_worker;
grant usage on sequence procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq to school_worker;

-- In a person's name (`user_id` of the arguments) by themselves, or by the office. Of jobs with the
-- same lock one runs at a time; a lock is the school's own, whatever it is called.
create or replace procedure app.queue_job(task text, queue text, job_lock text, arguments jsonb)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.tenant_id() is null
       or app.user_role() is distinct from 'admin'
          and (arguments ->> 'user_id')::uuid <> coalesce(app.user_id(), gen_random_uuid()) then
        raise exception 'A job is queued at a school, in one''s own name.'
            using errcode = 'insufficient_privilege', table = 'procrastinate_jobs',
                  constraint = 'jobs_own';
    end if;
    perform procrastinate_defer_jobs_v1(array[row(
        queue, task, 0, app.tenant_id()::text || ' ' || job_lock, null,
        arguments || jsonb_build_object('tenant_id', app.tenant_id()),
        null)::procrastinate_job_to_defer_v1]);
end
$$;

-- The number of jobs with these arguments that waited.
create or replace procedure app.hurry_job(task text, arguments jsonb, inout waited integer)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    update procrastinate_jobs j set scheduled_at = null
     where app.user_role() = 'admin' and j.status = 'todo' and j.task_name = task
       and j.args = arguments || jsonb_build_object('tenant_id', app.tenant_id());
    get diagnostics waited = row_count;
end
$$;

create or replace function app.worker_is_there() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select exists (select from procrastinate_workers w
                    where w.last_heartbeat >= now() - interval '1 minute');
$$;

-- How long the oldest due job waits, in seconds, and how many were given up, of all schools together:
-- for whoever watches over the installation, before anybody is known (core.health).
create or replace function app.queue_state(out oldest integer, out failed bigint)
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select coalesce(max(extract(epoch from now() - coalesce(j.scheduled_at, e.at))), 0)::int,
           (select count(*) from procrastinate_jobs f where f.status = 'failed' and app.is_nobody())
      from procrastinate_jobs j
      join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
     where app.is_nobody() and j.status = 'todo' and coalesce(j.scheduled_at, now()) <= now();
$$;

revoke execute on routine app.queue_job, app.hurry_job, app.worker_is_there, app.queue_state
    from public;
grant execute on routine app.queue_job, app.hurry_job, app.worker_is_there, app.queue_state
    to school_app;

-- ==================== sign_in_attempts
-- What was tried at the sign-in page and at the forgotten-password page, so that guessing is slowed
-- down by all processes together. One row for each failure (or asked-for link), none for a success:
-- counting by inserting, nobody waits for a counter that somebody else holds. `account` is the
-- person's id, or a number made from an address that nobody here has; `source` is the address of the
-- network, or a device that the person signed in with before. Rows live for the window of
-- core.services.throttle, and are removed by the failures that follow.
--
-- No policy and no grant: what was tried is nobody's to read. The three procedures are SECURITY
-- DEFINER because a stranger has no rights on any table; they look at the school of the context
-- only, want an exact account and source, and return numbers. No expression in a query calls one.

-- Counts within the window: of this account from this source, of the source, of the account; and
-- the seconds since the last of the first two (null: there is none). Attempts at one account from one
-- source wait for each other, so that asking at the same time wins nothing.
create or replace procedure app.attempts_count(
        wanted text, whose uuid, origin text, seconds integer,
        inout pair integer, inout pair_age double precision,
        inout source integer, inout source_age double precision, inout account integer)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    since timestamptz := clock_timestamp() - make_interval(secs => seconds);
begin
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', app.tenant_id(), wanted, whose, origin), 0));
    select count(*) filter (where a.account = whose),
           extract(epoch from clock_timestamp()
                   - max(a.attempted_at) filter (where a.account = whose)),
           count(*), extract(epoch from clock_timestamp() - max(a.attempted_at))
      into pair, pair_age, source, source_age
      from sign_in_attempts a
     where a.tenant_id = app.tenant_id() and a.purpose = wanted and a.source = origin
       and a.attempted_at > since;
    select count(*) into account
      from sign_in_attempts a
     where a.tenant_id = app.tenant_id() and a.purpose = wanted and a.account = whose
       and a.attempted_at > since;
end
$$;

-- One more; and those that no window reaches any more go, a few at a time and never waiting.
create or replace procedure app.attempts_add(
        wanted text, whose uuid, origin text, seconds integer)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    insert into sign_in_attempts (tenant_id, purpose, account, source, attempted_at)
    values (app.tenant_id(), wanted, whose, origin, clock_timestamp());
    delete from sign_in_attempts a
     where a.tenant_id = app.tenant_id()
       and a.id in (select o.id from sign_in_attempts o
                     where o.tenant_id = app.tenant_id()
                       and o.attempted_at < clock_timestamp() - make_interval(secs => seconds)
                     order by o.attempted_at limit 100 for update skip locked);
end
$$;

-- The person has proved who they are: their failures from this source are over.
create or replace procedure app.attempts_forget(wanted text, whose uuid, origin text)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    delete from sign_in_attempts a
     where a.tenant_id = app.tenant_id() and a.purpose = wanted and a.account = whose
       and a.source = origin;
$$;

revoke execute on procedure app.attempts_count, app.attempts_add, app.attempts_forget from public;
grant execute on procedure app.attempts_count, app.attempts_add, app.attempts_forget
    to school_app, school_visitor, school_admin, school_registrar, school_bursar, school_teacher,
        school_student, school_guardian;

-- ==================== credentials
-- Passwords, apart from the people whose they are: no query of whoever is signed in reads the hash of
-- anybody, not even of an admin or of oneself. `users` only has a number that changes with each new
-- password (password_version), for what ends with the old one: sessions and links by mail.
--
-- SECURITY DEFINER because no role has the table; each names the school. Relied on by core.passwords.

alter table credentials drop constraint if exists credentials_user_fk;
alter table credentials add constraint credentials_user_fk
    foreign key (tenant_id, id) references users (tenant_id, id) on delete cascade;

-- To compare with what was typed. Only while nobody is signed in: at the sign-in page, and where the
-- application steps back to nobody to ask somebody for their password again, which no query can.
create or replace function app.password_hash(tenant uuid, person uuid) returns text
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select c.password from credentials c
     where c.tenant_id = password_hash.tenant and c.id = password_hash.person and app.is_nobody();
$$;

-- One's own, or by the office; a hash of NULL takes it away. A registrar gives one to those whose accounts
-- are theirs to keep (app.may_keep), or could sign in as an admin. A procedure, because no expression
-- inside a query can call one.
create or replace procedure app.set_password(person uuid, hash text, inout version uuid)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if (app.user_role() is not null and person = app.user_id()
        or exists (select from users u where u.tenant_id = app.tenant_id() and u.id = person
                                         and app.may_keep(u.role))) is not true then
        raise exception 'A password is set by the person or by the office.'
            using errcode = 'insufficient_privilege', table = 'credentials',
                  constraint = 'credentials_own';
    end if;
    update users u set password_version = case when hash is not null then gen_random_uuid() end
     where u.tenant_id = app.tenant_id() and u.id = person
    returning u.password_version into version;
    if not found then
        raise exception 'There is no such person.'
            using errcode = 'insufficient_privilege', table = 'credentials',
                  constraint = 'credentials_own';
    end if;
    delete from credentials c where c.tenant_id = app.tenant_id() and c.id = person;
    if hash is not null then
        insert into credentials (id, tenant_id, password) values (person, app.tenant_id(), hash);
    end if;
end
$$;

revoke execute on routine app.password_hash, app.set_password from public;
grant execute on routine app.password_hash, app.set_password to school_app;
grant execute on routine app.set_password
    to school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- The number changes with the password and never without. Not SECURITY DEFINER: who writes it must be
-- the procedure, as the tables' owner.
create or replace function app.keep_password_version() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if current_user <> (select pg_get_userbyid(c.relowner) from pg_class c where c.oid = tg_relid) then
        raise exception 'A password is set by app.set_password().'
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = 'users_keep_password_version';
    end if;
    return new;
end
$$;
create or replace trigger users_keep_password_version_insert_trg before insert on users
    for each row when (new.password_version is not null)
    execute function app.keep_password_version();
create or replace trigger users_keep_password_version_trg before update on users
    for each row when (new.password_version is distinct from old.password_version)
    execute function app.keep_password_version();

-- ==================== mails
-- Mail of a school: the office reads it and asks for it; the queue (as the school itself, role admin)
-- writes how it fared. Nobody deletes it. A row has ids, never a text, link or token.

alter table mails drop constraint if exists mails_recipient_fk;
alter table mails add constraint mails_recipient_fk
    foreign key (tenant_id, recipient_id) references users (tenant_id, id);
alter table mails drop constraint if exists mails_requested_by_fk;
alter table mails add constraint mails_requested_by_fk
    foreign key (tenant_id, requested_by_id) references users (tenant_id, id);

select app.watch('mails', 'mail', 'subject', 'attempts', 'error', 'sent_at', 'params');

-- Who asked for a mail is whoever is asking; without a person (the school itself) what is given counts.
-- It is no column that an UPDATE may name.
create or replace function app.stamp_mail() returns trigger
    language plpgsql
as $$
begin
    new.requested_by_id := app.user_id();
    return new;
end
$$;
create or replace trigger mails_stamp_trg before insert on mails
    for each row when (app.user_id() is not null
                       and new.requested_by_id is distinct from app.user_id())
    execute function app.stamp_mail();

-- SECURITY DEFINER because who forgot a password is nobody yet, and no policy lets nobody write or
-- look for a person. It answers with an id whether there is such a person or not, so that whoever
-- asks does the same work and learns nothing. A procedure, because no expression inside a query can
-- call one. Relied on by core.services.invitations.
create or replace procedure app.ask_password_reset(login_email text, inout mail uuid)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    with made as (
        insert into mails (tenant_id, recipient_id, address, kind)
        select u.tenant_id, u.id, u.email, 'password_reset'
          from users u
         where u.tenant_id = app.tenant_id() and lower(u.email) = lower(login_email)
           and u.email not like '%@no-email.invalid'
           and u.status = 'active' and u.deleted_at is null
        returning id)
    select coalesce((select id from made), gen_random_uuid());
$$;
revoke execute on procedure app.ask_password_reset from public;
grant execute on procedure app.ask_password_reset
    to school_app, school_visitor, school_admin, school_registrar, school_bursar, school_teacher,
        school_student, school_guardian;

-- ==================== search_users
-- People by part of a name, e-mail, student number, phone or of their record. LIKE is not leakproof, so under
-- row-level security its trigram index goes unused (50x); SECURITY DEFINER lets it be used. That one is
-- the office's, which may read everybody of its school, and tests both itself. Everybody else is told
-- the ids of what the policies show them, which is little enough to be read without an index. Relied on
-- by core.search.

-- A term as a LIKE pattern: its own wildcards are characters like any other.
create or replace function app.contains_pattern(term text) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return '%' || replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_') || '%';

-- The digits of a phone number.
create or replace function app.phone_digits(phone text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return regexp_replace(phone, '[^0-9]', '', 'g');

-- What a number must contain to be the one that is typed, however both are written; NULL for what
-- is no (part of a) number. Of a long one the last nine digits: +44 20 7946 0018 is 020 7946 0018.
create or replace function app.phone_pattern(term text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return case when term ~ '^[-+0-9 ()/.]+$' and length(app.phone_digits(term)) >= 3
                then '%' || nullif(right(ltrim(app.phone_digits(term), '0'), 9), '') || '%' end;

create index if not exists idx_users_sort_name_trgm on users using gin (sort_name gin_trgm_ops);
create index if not exists idx_users_email_trgm on users using gin (email gin_trgm_ops);
create index if not exists idx_users_number_trgm
    on users using gin (student_number gin_trgm_ops);
create index if not exists idx_users_phone_trgm
    on users using gin (app.phone_digits(phone) gin_trgm_ops);

-- Not SECURITY DEFINER and without settings, so that the planner sees the columns and their indexes.
create or replace function app.is_found(sort_name text, email text, student_number text,
                                        phone text, term text) returns boolean
    language sql immutable parallel safe
    return sort_name like app.contains_pattern(app.folded(term))
           or email ilike app.contains_pattern(term)
           or student_number ilike app.contains_pattern(term)
           or app.phone_digits(phone) like app.phone_pattern(term);

-- What somebody may read of a record, as text to search.
create or replace function app.text_of_record(record jsonb) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return (select app.folded(string_agg(v.value, e'\n')) from jsonb_each_text(record) v);

create or replace function app.search_all_users(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select u.id from users u
     where u.tenant_id = app.tenant_id() and app.is_office()
       and app.is_found(u.sort_name, u.email, u.student_number, u.phone, term)
     union
    select u.id from users u
     where u.tenant_id = app.tenant_id() and app.is_people_office()
       and u.record_text like app.contains_pattern(app.folded(term));
end;

create or replace function app.search_users(term text) returns setof uuid
    language plpgsql stable rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_office() then
        return query select * from app.search_all_users(term);
    elsif app.user_role() = 'teacher' then
        return query
        select u.id from users u
         where u.tenant_id = app.tenant_id()
           and (app.is_found(u.sort_name, u.email, u.student_number, u.phone, term)
                or app.text_of_record(u.teacher_record)
                   like app.contains_pattern(app.folded(term)));
    else
        return query
        select u.id from users u
         where u.tenant_id = app.tenant_id()
           and (app.is_found(u.sort_name, u.email, u.student_number, u.phone, term)
                or app.text_of_record(u.family_record)
                   like app.contains_pattern(app.folded(term)));
    end if;
end
$$;

-- ==================== search_guardians
-- Guardians by part of a name, e-mail or phone; why through two functions: see core/sql/search_users.sql.

create index if not exists idx_guardians_sort_name_trgm on guardians using gin (sort_name gin_trgm_ops);
create index if not exists idx_guardians_email_trgm on guardians using gin (email gin_trgm_ops);
create index if not exists idx_guardians_phone_trgm
    on guardians using gin (app.phone_digits(phone) gin_trgm_ops);
create index if not exists idx_guardians_other_phone_trgm
    on guardians using gin (app.phone_digits(other_phone) gin_trgm_ops);

-- The variant for the office, as explained there.
create or replace function app.search_all_guardians(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select g.id from guardians g
     where g.tenant_id = app.tenant_id() and app.is_office()
       and (app.is_found(g.sort_name, g.email, null, g.phone, term)
            or app.phone_digits(g.other_phone) like app.phone_pattern(term));
end;

create or replace function app.search_guardians(term text) returns setof uuid
    language plpgsql stable rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_office() then
        return query select * from app.search_all_guardians(term);
    else
        return query
        select g.id from guardians g
         where g.tenant_id = app.tenant_id()
           and (app.is_found(g.sort_name, g.email, null, g.phone, term)
                or app.phone_digits(g.other_phone) like app.phone_pattern(term));
    end if;
end
$$;

-- ==================== core_policies
-- Row-level security and privileges of core; `manage.py policies` makes this file from
-- core/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- tenants
alter table tenants enable row level security;
revoke all on tenants
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update on tenants
    to school_app, school_operator;
grant select, update (contact_email, name, settings, updated_at) on tenants
    to school_admin;
grant select on tenants
    to school_registrar, school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists tenants_admin_select on tenants;
create policy tenants_admin_select on tenants for select
    to school_app, school_admin
    using (id = app.tenant_id()
           and id = app.tenant_as('admin'));
drop policy if exists tenants_admin_update on tenants;
create policy tenants_admin_update on tenants for update
    to school_app, school_admin
    using (id = app.tenant_id()
           and id = app.tenant_as('admin'));
drop policy if exists tenants_registrar_select on tenants;
create policy tenants_registrar_select on tenants for select
    to school_app, school_registrar
    using (id = app.tenant_id()
           and id = app.tenant_as('registrar'));
drop policy if exists tenants_bursar_select on tenants;
create policy tenants_bursar_select on tenants for select
    to school_app, school_bursar
    using (id = app.tenant_id()
           and id = app.tenant_as('bursar'));
drop policy if exists tenants_teacher_select on tenants;
create policy tenants_teacher_select on tenants for select
    to school_app, school_teacher
    using (id = app.tenant_id()
           and id = app.tenant_as('teacher'));
drop policy if exists tenants_student_select on tenants;
create policy tenants_student_select on tenants for select
    to school_app, school_student
    using (id = app.tenant_id()
           and id = app.tenant_as('student'));
drop policy if exists tenants_guardian_select on tenants;
create policy tenants_guardian_select on tenants for select
    to school_app, school_guardian
    using (id = app.tenant_id()
           and id = app.tenant_as('guardian'));
drop policy if exists tenants_operator_select on tenants;
create policy tenants_operator_select on tenants for select
    to school_app, school_operator
    using (app.is_operator());
drop policy if exists tenants_operator_insert on tenants;
create policy tenants_operator_insert on tenants for insert
    to school_app, school_operator
    with check (app.is_operator());
drop policy if exists tenants_operator_update on tenants;
create policy tenants_operator_update on tenants for update
    to school_app, school_operator
    using (app.is_operator());

-- tenant_domains
alter table tenant_domains enable row level security;
revoke all on tenant_domains
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on tenant_domains
    to school_app, school_operator;
grant select on tenant_domains
    to school_admin;

drop policy if exists tenant_domains_admin_select on tenant_domains;
create policy tenant_domains_admin_select on tenant_domains for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists tenant_domains_operator_all on tenant_domains;
create policy tenant_domains_operator_all on tenant_domains for all
    to school_app, school_operator
    using (app.is_operator());

-- users
alter table users enable row level security;
revoke all on users
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on users
    to school_app, school_admin, school_registrar;
grant select (avatar_url, birth_date, created_at, deleted_at, email, email_verified, family_record,
        homeroom_id, id, last_login, name, password_version, phone, photo, preferences, role,
        sort_name, status, student_number, teacher_record, tenant_id, updated_at, year_group_id),
        update (avatar_url, email_verified, last_login, phone, preferences, updated_at) on users
    to school_bursar, school_teacher;
grant select (auth_id, avatar_url, birth_date, created_at, deleted_at, email, email_verified,
        family_record, homeroom_id, id, last_login, name, password_version, phone, photo,
        preferences, role, sort_name, status, student_number, tenant_id, updated_at, year_group_id),
        update (avatar_url, email_verified, last_login, phone, preferences, updated_at) on users
    to school_student;
grant select (avatar_url, birth_date, created_at, deleted_at, email, email_verified, family_record,
        homeroom_id, id, last_login, name, password_version, phone, photo, preferences, role,
        sort_name, status, student_number, tenant_id, updated_at, year_group_id), update
        (avatar_url, email_verified, last_login, phone, preferences, updated_at) on users
    to school_guardian;

drop policy if exists users_admin_all on users;
create policy users_admin_all on users for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists users_registrar_select on users;
create policy users_registrar_select on users for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists users_registrar_insert on users;
create policy users_registrar_insert on users for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and role in ('teacher', 'student', 'guardian'));
drop policy if exists users_registrar_update on users;
create policy users_registrar_update on users for update
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and (role in ('teacher', 'student', 'guardian') or id = app.user_id() and role = 'registrar'));
drop policy if exists users_registrar_delete on users;
create policy users_registrar_delete on users for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and role in ('teacher', 'student', 'guardian'));
drop policy if exists users_bursar_select on users;
create policy users_bursar_select on users for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists users_bursar_update on users;
create policy users_bursar_update on users for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_teacher_select on users;
create policy users_teacher_select on users for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_teacher_update on users;
create policy users_teacher_update on users for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_student_select on users;
create policy users_student_select on users for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_student_update on users;
create policy users_student_update on users for update
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_guardian_select on users;
create policy users_guardian_select on users for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_guardian_children_select on users;
create policy users_guardian_children_select on users for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.guarded_students o)));
drop policy if exists users_guardian_update on users;
create policy users_guardian_update on users for update
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and (id = app.user_id() or auth_id = auth.uid()));

-- person_fields
alter table person_fields enable row level security;
revoke all on person_fields
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on person_fields
    to school_app, school_admin;
grant select on person_fields
    to school_registrar, school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists person_fields_admin_all on person_fields;
create policy person_fields_admin_all on person_fields for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists person_fields_registrar_select on person_fields;
create policy person_fields_registrar_select on person_fields for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists person_fields_bursar_select on person_fields;
create policy person_fields_bursar_select on person_fields for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and readers <> 'office');
drop policy if exists person_fields_teacher_select on person_fields;
create policy person_fields_teacher_select on person_fields for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and readers <> 'office');
drop policy if exists person_fields_student_select on person_fields;
create policy person_fields_student_select on person_fields for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and readers = 'family');
drop policy if exists person_fields_guardian_select on person_fields;
create policy person_fields_guardian_select on person_fields for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and readers = 'family');

-- guardians
alter table guardians enable row level security;
revoke all on guardians
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on guardians
    to school_app, school_admin, school_registrar;
grant select on guardians
    to school_bursar, school_guardian;

drop policy if exists guardians_admin_all on guardians;
create policy guardians_admin_all on guardians for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists guardians_registrar_all on guardians;
create policy guardians_registrar_all on guardians for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists guardians_bursar_select on guardians;
create policy guardians_bursar_select on guardians for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists guardians_guardian_select on guardians;
create policy guardians_guardian_select on guardians for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and user_id = app.guardian_id());

-- student_guardians
alter table student_guardians enable row level security;
revoke all on student_guardians
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on student_guardians
    to school_app, school_admin, school_registrar;
grant select on student_guardians
    to school_bursar, school_guardian;

drop policy if exists student_guardians_admin_all on student_guardians;
create policy student_guardians_admin_all on student_guardians for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_guardians_registrar_all on student_guardians;
create policy student_guardians_registrar_all on student_guardians for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists student_guardians_bursar_select on student_guardians;
create policy student_guardians_bursar_select on student_guardians for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists student_guardians_guardian_select on student_guardians;
create policy student_guardians_guardian_select on student_guardians for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and guardian_id = any (array(select o.id from app.own_guardian o)));

-- year_groups
alter table year_groups enable row level security;
revoke all on year_groups
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on year_groups
    to school_app, school_admin, school_registrar;
grant select on year_groups
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists year_groups_admin_all on year_groups;
create policy year_groups_admin_all on year_groups for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists year_groups_registrar_all on year_groups;
create policy year_groups_registrar_all on year_groups for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists year_groups_bursar_select on year_groups;
create policy year_groups_bursar_select on year_groups for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists year_groups_teacher_select on year_groups;
create policy year_groups_teacher_select on year_groups for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists year_groups_student_select on year_groups;
create policy year_groups_student_select on year_groups for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and id = any (array(select u.year_group_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));
drop policy if exists year_groups_guardian_select on year_groups;
create policy year_groups_guardian_select on year_groups for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and id = any (array(select u.year_group_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));

-- homerooms
alter table homerooms enable row level security;
revoke all on homerooms
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on homerooms
    to school_app, school_admin, school_registrar;
grant select on homerooms
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists homerooms_admin_all on homerooms;
create policy homerooms_admin_all on homerooms for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists homerooms_registrar_all on homerooms;
create policy homerooms_registrar_all on homerooms for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists homerooms_bursar_select on homerooms;
create policy homerooms_bursar_select on homerooms for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists homerooms_teacher_select on homerooms;
create policy homerooms_teacher_select on homerooms for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists homerooms_student_select on homerooms;
create policy homerooms_student_select on homerooms for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and id = any (array(select u.homeroom_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));
drop policy if exists homerooms_guardian_select on homerooms;
create policy homerooms_guardian_select on homerooms for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and id = any (array(select u.homeroom_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));

-- homeroom_teachers
alter table homeroom_teachers enable row level security;
revoke all on homeroom_teachers
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on homeroom_teachers
    to school_app, school_admin, school_registrar;
grant select on homeroom_teachers
    to school_bursar, school_teacher;

drop policy if exists homeroom_teachers_admin_all on homeroom_teachers;
create policy homeroom_teachers_admin_all on homeroom_teachers for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists homeroom_teachers_registrar_all on homeroom_teachers;
create policy homeroom_teachers_registrar_all on homeroom_teachers for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists homeroom_teachers_bursar_select on homeroom_teachers;
create policy homeroom_teachers_bursar_select on homeroom_teachers for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists homeroom_teachers_teacher_select on homeroom_teachers;
create policy homeroom_teachers_teacher_select on homeroom_teachers for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and teacher_id = app.teacher_id());

-- audit_logs
alter table audit_logs enable row level security;
revoke all on audit_logs
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on audit_logs
    to school_app, school_admin;

drop policy if exists audit_logs_admin_select on audit_logs;
create policy audit_logs_admin_select on audit_logs for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- conversations
alter table conversations enable row level security;
revoke all on conversations
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on conversations
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

drop policy if exists conversations_admin_all on conversations;
create policy conversations_admin_all on conversations for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists conversations_registrar_all on conversations;
create policy conversations_registrar_all on conversations for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists conversations_bursar_all on conversations;
create policy conversations_bursar_all on conversations for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists conversations_teacher_all on conversations;
create policy conversations_teacher_all on conversations for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists conversations_student_all on conversations;
create policy conversations_student_all on conversations for all
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());

-- saved_views
alter table saved_views enable row level security;
revoke all on saved_views
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on saved_views
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists saved_views_admin_select on saved_views;
create policy saved_views_admin_select on saved_views for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_admin_insert on saved_views;
create policy saved_views_admin_insert on saved_views for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists saved_views_admin_update on saved_views;
create policy saved_views_admin_update on saved_views for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists saved_views_admin_delete on saved_views;
create policy saved_views_admin_delete on saved_views for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_registrar_select on saved_views;
create policy saved_views_registrar_select on saved_views for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_registrar_insert on saved_views;
create policy saved_views_registrar_insert on saved_views for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_views_registrar_update on saved_views;
create policy saved_views_registrar_update on saved_views for update
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_views_registrar_delete on saved_views;
create policy saved_views_registrar_delete on saved_views for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_views_bursar_select on saved_views;
create policy saved_views_bursar_select on saved_views for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_bursar_insert on saved_views;
create policy saved_views_bursar_insert on saved_views for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_views_bursar_update on saved_views;
create policy saved_views_bursar_update on saved_views for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_views_bursar_delete on saved_views;
create policy saved_views_bursar_delete on saved_views for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_views_teacher_all on saved_views;
create policy saved_views_teacher_all on saved_views for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id() and not is_shared);

-- calendar_feeds
alter table calendar_feeds enable row level security;
revoke all on calendar_feeds
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on calendar_feeds
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists calendar_feeds_admin_select on calendar_feeds;
create policy calendar_feeds_admin_select on calendar_feeds for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_admin_insert on calendar_feeds;
create policy calendar_feeds_admin_insert on calendar_feeds for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_admin_delete on calendar_feeds;
create policy calendar_feeds_admin_delete on calendar_feeds for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_registrar_select on calendar_feeds;
create policy calendar_feeds_registrar_select on calendar_feeds for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_registrar_insert on calendar_feeds;
create policy calendar_feeds_registrar_insert on calendar_feeds for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_registrar_delete on calendar_feeds;
create policy calendar_feeds_registrar_delete on calendar_feeds for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_bursar_select on calendar_feeds;
create policy calendar_feeds_bursar_select on calendar_feeds for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_bursar_insert on calendar_feeds;
create policy calendar_feeds_bursar_insert on calendar_feeds for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_bursar_delete on calendar_feeds;
create policy calendar_feeds_bursar_delete on calendar_feeds for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_teacher_select on calendar_feeds;
create policy calendar_feeds_teacher_select on calendar_feeds for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_teacher_insert on calendar_feeds;
create policy calendar_feeds_teacher_insert on calendar_feeds for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_teacher_delete on calendar_feeds;
create policy calendar_feeds_teacher_delete on calendar_feeds for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_student_select on calendar_feeds;
create policy calendar_feeds_student_select on calendar_feeds for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_student_insert on calendar_feeds;
create policy calendar_feeds_student_insert on calendar_feeds for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_student_delete on calendar_feeds;
create policy calendar_feeds_student_delete on calendar_feeds for delete
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_guardian_select on calendar_feeds;
create policy calendar_feeds_guardian_select on calendar_feeds for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_guardian_insert on calendar_feeds;
create policy calendar_feeds_guardian_insert on calendar_feeds for insert
    to school_app, school_guardian
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_guardian_delete on calendar_feeds;
create policy calendar_feeds_guardian_delete on calendar_feeds for delete
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and user_id = app.user_id());

-- mails
alter table mails enable row level security;
revoke all on mails
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (attempts, error, sent_at, state, subject, updated_at) on mails
    to school_app, school_admin;
grant select, insert on mails
    to school_registrar, school_bursar;

drop policy if exists mails_admin_select on mails;
create policy mails_admin_select on mails for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists mails_admin_insert on mails;
create policy mails_admin_insert on mails for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists mails_admin_update on mails;
create policy mails_admin_update on mails for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists mails_registrar_select on mails;
create policy mails_registrar_select on mails for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by_id = app.user_id());
drop policy if exists mails_registrar_insert on mails;
create policy mails_registrar_insert on mails for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by_id = app.user_id());
drop policy if exists mails_bursar_select on mails;
create policy mails_bursar_select on mails for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by_id = app.user_id());
drop policy if exists mails_bursar_insert on mails;
create policy mails_bursar_insert on mails for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by_id = app.user_id());

-- django_admin_log
alter table django_admin_log enable row level security;
revoke all on django_admin_log
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on django_admin_log
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

drop policy if exists django_admin_log_admin_select on django_admin_log;
create policy django_admin_log_admin_select on django_admin_log for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists django_admin_log_admin_insert on django_admin_log;
create policy django_admin_log_admin_insert on django_admin_log for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists django_admin_log_registrar_select on django_admin_log;
create policy django_admin_log_registrar_select on django_admin_log for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_registrar_insert on django_admin_log;
create policy django_admin_log_registrar_insert on django_admin_log for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_bursar_select on django_admin_log;
create policy django_admin_log_bursar_select on django_admin_log for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_bursar_insert on django_admin_log;
create policy django_admin_log_bursar_insert on django_admin_log for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_teacher_select on django_admin_log;
create policy django_admin_log_teacher_select on django_admin_log for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists django_admin_log_teacher_insert on django_admin_log;
create policy django_admin_log_teacher_insert on django_admin_log for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists django_admin_log_student_select on django_admin_log;
create policy django_admin_log_student_select on django_admin_log for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists django_admin_log_student_insert on django_admin_log;
create policy django_admin_log_student_insert on django_admin_log for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());

-- credentials
alter table credentials enable row level security;
revoke all on credentials
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- sessions
alter table sessions enable row level security;
revoke all on sessions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- sign_in_attempts
alter table sign_in_attempts enable row level security;
revoke all on sign_in_attempts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- The same for every school: only read.
revoke all on django_migrations,
        django_content_type,
        auth_permission,
        auth_group,
        auth_group_permissions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on django_migrations,
        django_content_type,
        auth_permission,
        auth_group,
        auth_group_permissions
    to school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
