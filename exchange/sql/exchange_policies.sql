-- Row-level security of files that leave (one's own, the office all) and of what is imported.

alter table exports enable row level security;
drop policy if exists exports_admin_all on exports;
create policy exports_admin_all on exports for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists exports_own_all on exports;
create policy exports_own_all on exports for all
    using (tenant_id = app.tenant_id() and requested_by = app.user_id()
           and app.user_role() in ('admin', 'teacher', 'student'))
    with check (tenant_id = app.tenant_id() and requested_by = app.user_id()
                and app.user_role() in ('admin', 'teacher', 'student'));

alter table import_batches enable row level security;
drop policy if exists import_batches_admin_all on import_batches;
create policy import_batches_admin_all on import_batches for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists import_batches_own_all on import_batches;
create policy import_batches_own_all on import_batches for all
    using (tenant_id = app.tenant_id() and requested_by = app.teacher_id())
    with check (tenant_id = app.tenant_id() and requested_by = app.teacher_id());

alter table import_rows enable row level security;
drop policy if exists import_rows_admin_all on import_rows;
create policy import_rows_admin_all on import_rows for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists import_rows_own_all on import_rows;
create policy import_rows_own_all on import_rows for all
    using (tenant_id = app.tenant_id() and batch_id in (
               select b.id from import_batches b
                where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id()))
    with check (tenant_id = app.tenant_id() and batch_id in (
                    select b.id from import_batches b
                     where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id()));

revoke all on exports, import_batches, import_rows from school_app;
grant select, insert, update, delete on exports, import_batches to school_app;
-- What an import did is not written over.
grant select, insert, delete on import_rows to school_app;
