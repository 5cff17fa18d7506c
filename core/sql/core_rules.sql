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
-- The trail is the office's to read, a conversation its owner's alone: not what is in it.
select app.watch('conversations', 'conversation', 'title', 'messages');

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
