-- Row-level security and privileges of reporting; `manage.py policies` makes this file from
-- reporting/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- saved_filters
alter table saved_filters enable row level security;
revoke all on saved_filters
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on saved_filters
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists saved_filters_admin_all on saved_filters;
create policy saved_filters_admin_all on saved_filters for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists saved_filters_registrar_all on saved_filters;
create policy saved_filters_registrar_all on saved_filters for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_filters_bursar_all on saved_filters;
create policy saved_filters_bursar_all on saved_filters for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_filters_teacher_all on saved_filters;
create policy saved_filters_teacher_all on saved_filters for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());

-- report_schedules
alter table report_schedules enable row level security;
revoke all on report_schedules
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on report_schedules
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists report_schedules_admin_all on report_schedules;
create policy report_schedules_admin_all on report_schedules for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists report_schedules_registrar_all on report_schedules;
create policy report_schedules_registrar_all on report_schedules for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and owner_id = app.user_id());
drop policy if exists report_schedules_bursar_all on report_schedules;
create policy report_schedules_bursar_all on report_schedules for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and owner_id = app.user_id());
drop policy if exists report_schedules_teacher_all on report_schedules;
create policy report_schedules_teacher_all on report_schedules for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and owner_id = app.teacher_id());

-- report_recipients
alter table report_recipients enable row level security;
revoke all on report_recipients
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on report_recipients
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists report_recipients_admin_all on report_recipients;
create policy report_recipients_admin_all on report_recipients for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists report_recipients_registrar_all on report_recipients;
create policy report_recipients_registrar_all on report_recipients for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and schedule_id = any (array(select s.id from report_schedules s where s.tenant_id = app.tenant_id() and s.owner_id = app.user_id())));
drop policy if exists report_recipients_bursar_all on report_recipients;
create policy report_recipients_bursar_all on report_recipients for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and schedule_id = any (array(select s.id from report_schedules s where s.tenant_id = app.tenant_id() and s.owner_id = app.user_id())));
drop policy if exists report_recipients_teacher_all on report_recipients;
create policy report_recipients_teacher_all on report_recipients for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and schedule_id = any (array(select s.id from report_schedules s where s.tenant_id = app.tenant_id() and s.owner_id = app.teacher_id())));
