-- ==================== oneroster
-- Row-level security (the office) and audit of OneRoster's record names.

alter table sourced_records enable row level security;
drop policy if exists sourced_records_admin_all on sourced_records;
create policy sourced_records_admin_all on sourced_records for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');

grant select, insert, update, delete on sourced_records to school_app;

select app.watch('sourced_records', 'sourced_record');
