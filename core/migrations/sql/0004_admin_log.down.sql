revoke all on django_admin_log from school_app;
revoke all on sequence django_admin_log_id_seq from school_app;
drop policy django_admin_log_own_insert on django_admin_log;
drop policy django_admin_log_own_select on django_admin_log;
drop policy django_admin_log_admin_select on django_admin_log;
alter table django_admin_log disable row level security;
alter table django_admin_log drop column tenant_id;
alter table django_admin_log add constraint django_admin_log_user_id_c564eba6_fk_users_id
    foreign key (user_id) references users (id) deferrable initially deferred;
