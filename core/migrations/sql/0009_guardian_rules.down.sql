-- Guardians are nobody again, and there are no subscribed timetables.

drop function app.user_for_calendar(uuid, uuid);
drop policy calendar_feeds_own_all on calendar_feeds;
alter table calendar_feeds disable row level security;
drop policy users_guardian_select on users;
drop policy guardians_admin_all on guardians;
drop policy guardians_guardian_select on guardians;
drop policy student_guardians_admin_all on student_guardians;
drop policy student_guardians_guardian_select on student_guardians;
alter table guardians disable row level security;
alter table student_guardians disable row level security;
drop view app.guarded_students, app.own_guardian;
drop function app.guarded_student_ids();
drop function app.guardian_id();
drop trigger student_guardians_keep_pair_trg on student_guardians;
drop function app.keep_guardian_pair();
drop function app.school_date(uuid);
alter table student_guardians drop constraint student_guardians_guardian_fk,
    drop constraint student_guardians_student_fk;
alter table guardians drop constraint guardians_user_fk;
alter table calendar_feeds drop constraint calendar_feeds_user_fk;

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
