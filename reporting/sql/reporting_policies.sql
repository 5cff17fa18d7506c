-- Row-level security of exports (one's own, the office all) and of OneRoster's record names (office).

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

alter table sourced_records enable row level security;
drop policy if exists sourced_records_admin_all on sourced_records;
create policy sourced_records_admin_all on sourced_records for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');

grant select, insert, update, delete on exports, sourced_records to school_app;
