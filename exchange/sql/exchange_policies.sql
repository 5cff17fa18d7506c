-- Row-level security and privileges of exchange; `manage.py policies` makes this file from
-- exchange/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- exports
alter table exports enable row level security;
revoke all on exports
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on exports
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

drop policy if exists exports_admin_all on exports;
create policy exports_admin_all on exports for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists exports_registrar_all on exports;
create policy exports_registrar_all on exports for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by = app.user_id());
drop policy if exists exports_bursar_all on exports;
create policy exports_bursar_all on exports for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by = app.user_id());
drop policy if exists exports_teacher_all on exports;
create policy exports_teacher_all on exports for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and requested_by = app.user_id());
drop policy if exists exports_student_all on exports;
create policy exports_student_all on exports for all
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and requested_by = app.user_id());

-- import_batches
alter table import_batches enable row level security;
revoke all on import_batches
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on import_batches
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists import_batches_admin_all on import_batches;
create policy import_batches_admin_all on import_batches for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_batches_registrar_all on import_batches;
create policy import_batches_registrar_all on import_batches for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by = app.user_id());
drop policy if exists import_batches_bursar_all on import_batches;
create policy import_batches_bursar_all on import_batches for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by = app.user_id());
drop policy if exists import_batches_teacher_all on import_batches;
create policy import_batches_teacher_all on import_batches for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and requested_by = app.teacher_id());

-- import_rows
alter table import_rows enable row level security;
revoke all on import_rows
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on import_rows
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists import_rows_admin_select on import_rows;
create policy import_rows_admin_select on import_rows for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_rows_admin_insert on import_rows;
create policy import_rows_admin_insert on import_rows for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_rows_admin_delete on import_rows;
create policy import_rows_admin_delete on import_rows for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_rows_registrar_select on import_rows;
create policy import_rows_registrar_select on import_rows for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_registrar_insert on import_rows;
create policy import_rows_registrar_insert on import_rows for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_registrar_delete on import_rows;
create policy import_rows_registrar_delete on import_rows for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_bursar_select on import_rows;
create policy import_rows_bursar_select on import_rows for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_bursar_insert on import_rows;
create policy import_rows_bursar_insert on import_rows for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_bursar_delete on import_rows;
create policy import_rows_bursar_delete on import_rows for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_teacher_select on import_rows;
create policy import_rows_teacher_select on import_rows for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id())));
drop policy if exists import_rows_teacher_insert on import_rows;
create policy import_rows_teacher_insert on import_rows for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id())));
drop policy if exists import_rows_teacher_delete on import_rows;
create policy import_rows_teacher_delete on import_rows for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id())));
