drop view view_payment_ledger, view_payment_ledger_keyed, view_attendance_report,
    view_attendance_report_keyed, view_class_enrollment, view_class_enrollment_keyed,
    view_user_roster;
drop policy exports_admin_all on exports;
drop policy exports_own_all on exports;
drop policy sourced_records_admin_all on sourced_records;
alter table exports disable row level security;
alter table sourced_records disable row level security;
revoke all on exports, sourced_records from school_app;
drop trigger exports_audit_insert_trg on exports;
drop trigger exports_audit_update_trg on exports;
drop trigger exports_audit_delete_trg on exports;
drop trigger if exists sourced_records_touch_updated_at_trg on sourced_records;
drop trigger sourced_records_audit_insert_trg on sourced_records;
drop trigger sourced_records_audit_update_trg on sourced_records;
drop trigger sourced_records_audit_delete_trg on sourced_records;
alter table exports drop constraint exports_requested_by_fk;
