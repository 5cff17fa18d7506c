drop trigger sourced_records_touch_updated_at_trg on sourced_records;
drop trigger sourced_records_audit_update_trg on sourced_records;
drop trigger sourced_records_audit_insert_trg on sourced_records;
drop trigger sourced_records_audit_delete_trg on sourced_records;
drop policy sourced_records_admin_all on sourced_records;
drop policy sourced_records_registrar_all on sourced_records;
alter table sourced_records disable row level security;
revoke all on sourced_records
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on sourced_records
    to school_app;
