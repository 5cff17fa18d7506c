-- Row-level security of core's tables. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on
-- its shards), and every policy starts with the tenant test. Teachers' policy on users asks
-- who is in their classes, and stands where those are known.

alter table tenants enable row level security;
drop policy if exists tenants_member_select on tenants;
create policy tenants_member_select on tenants for select
    using (id = app.tenant_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));
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
    using (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student', 'guardian')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_self_update on users;
create policy users_self_update on users for update
    using (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student', 'guardian')
           and (id = app.user_id() or auth_id = auth.uid()))
    with check (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student', 'guardian')
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

-- Revoked first: the database's default privileges give more on every new table.
revoke all on tenants, audit_logs from school_app;
grant select, insert, update on tenants to school_app;
grant select, insert, update, delete on tenant_domains, users, conversations to school_app;
grant select on audit_logs to school_app;
-- Django's own tables, the same for every school, are only read.
revoke all on django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions from school_app;
grant select on django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions to school_app;
