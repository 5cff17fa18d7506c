-- ==================== oneroster
-- Row-level security (the office) and audit of OneRoster's record names.

select app.watch('sourced_records', 'sourced_record');

-- ==================== oneroster_policies
-- Row-level security and privileges of oneroster; `manage.py policies` makes this file from
-- oneroster/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- sourced_records
alter table sourced_records enable row level security;
revoke all on sourced_records
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on sourced_records
    to school_app, school_admin, school_registrar;

drop policy if exists sourced_records_admin_all on sourced_records;
create policy sourced_records_admin_all on sourced_records for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists sourced_records_registrar_all on sourced_records;
create policy sourced_records_registrar_all on sourced_records for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
