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
