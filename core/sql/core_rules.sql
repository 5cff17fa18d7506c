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
