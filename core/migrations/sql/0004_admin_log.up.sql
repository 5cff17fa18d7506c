-- ==================== admin_log
-- Django's admin log gets a tenant, filled from the context because Django does not know it.

alter table django_admin_log add column if not exists tenant_id uuid not null default app.tenant_id();
create index if not exists idx_admin_log_tenant on django_admin_log (tenant_id, action_time desc);
alter table django_admin_log drop constraint if exists django_admin_log_tenant_user_fk;
alter table django_admin_log add constraint django_admin_log_tenant_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;
-- Django's own key to users accepts another school's person; the one above replaces it.
alter table django_admin_log drop constraint if exists django_admin_log_user_id_c564eba6_fk_users_id;

alter table django_admin_log enable row level security;
drop policy if exists django_admin_log_admin_select on django_admin_log;
create policy django_admin_log_admin_select on django_admin_log for select
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists django_admin_log_own_select on django_admin_log;
create policy django_admin_log_own_select on django_admin_log for select
    using (tenant_id = app.tenant_id() and user_id = app.user_id()
           and app.user_role() in ('admin', 'teacher', 'student'));
drop policy if exists django_admin_log_own_insert on django_admin_log;
create policy django_admin_log_own_insert on django_admin_log for insert
    with check (tenant_id = app.tenant_id() and user_id = app.user_id()
                and app.user_role() in ('admin', 'teacher', 'student'));
-- What was done is not changed afterwards.
revoke all on django_admin_log from school_app;
grant select, insert on django_admin_log to school_app;
grant usage on sequence django_admin_log_id_seq to school_app;
