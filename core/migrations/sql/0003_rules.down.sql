drop function app.search_users(text);
drop function app.contains_pattern(text);
drop index idx_users_email_trgm;
drop index idx_users_name_trgm;

drop policy tenants_member_select on tenants;
drop policy tenants_admin_update on tenants;
drop policy tenants_operator_select on tenants;
drop policy tenants_operator_insert on tenants;
drop policy tenants_operator_update on tenants;
drop policy tenant_domains_admin_select on tenant_domains;
drop policy tenant_domains_operator_all on tenant_domains;
drop policy users_admin_all on users;
drop policy users_self_select on users;
drop policy users_self_update on users;
drop policy audit_logs_admin_select on audit_logs;
drop policy conversations_own_all on conversations;
drop policy sessions_own_all on sessions;
alter table tenants disable row level security;
alter table tenant_domains disable row level security;
alter table users disable row level security;
alter table audit_logs disable row level security;
alter table conversations disable row level security;
alter table sessions disable row level security;
revoke all on tenants, tenant_domains, users, conversations, sessions, audit_logs, django_migrations,
    django_content_type, auth_permission, auth_group, auth_group_permissions from school_app;

alter table tenants drop constraint check_settings;
alter table audit_logs drop constraint audit_logs_user_fk;
alter table conversations drop constraint conversations_user_fk;
alter table sessions drop constraint sessions_user_fk;

-- Dropped with the triggers that run them.
drop function app.guard_tenant() cascade;
drop function app.refuse_update() cascade;
drop function app.allow_columns() cascade;
drop function app.audit() cascade;
drop function app.touch_updated_at() cascade;
drop function app.watch(regclass, text, text[]);
drop function app.audit_actor(uuid, jsonb);
drop function app.audit_changes(jsonb, jsonb, text[]);
drop function cleanup_old_audit_logs();
drop function app.is_operator();
drop function app.session_load(uuid, text);
drop function app.user_for_login(uuid, text, uuid);
drop function app.tenant_for_host(text);
