drop trigger payments_stamp_insert_trg on payments;
drop trigger payments_stamp_update_trg on payments;
drop trigger trg_update_invoice_status_update on payments;
drop trigger trg_update_invoice_status_delete on payments;
drop trigger trg_update_invoice_status on payments;
drop trigger payments_touch_updated_at_trg on payments;
drop trigger payments_audit_update_trg on payments;
drop trigger payments_audit_insert_trg on payments;
drop trigger payments_audit_delete_trg on payments;
drop trigger invoices_touch_updated_at_trg on invoices;
drop trigger invoices_guard_trg on invoices;
drop trigger invoices_audit_update_trg on invoices;
drop trigger invoices_audit_insert_trg on invoices;
drop trigger invoices_audit_delete_trg on invoices;
drop policy invoices_admin_all on invoices;
drop policy invoices_guardian_select on invoices;
drop policy invoices_student_select on invoices;
drop policy payments_admin_all on payments;
drop policy payments_guardian_select on payments;
drop policy payments_student_select on payments;
alter table invoices disable row level security;
alter table payments disable row level security;
alter table invoices drop constraint check_invoice_amount_number;
alter table invoices drop constraint check_line_items;
alter table invoices drop constraint invoices_student_fk;
alter table payments drop constraint check_amount_number;
alter table payments drop constraint payments_invoice_fk;
alter table payments drop constraint payments_recorded_by_fk;
drop index idx_invoices_number_key_trgm;
drop routine
    app.guard_invoice(),
    app.invoice_number_key(text),
    app.invoice_state(text,date,date),
    app.invoice_status(numeric,numeric,date,uuid),
    app.line_items_total(jsonb),
    app.mark_overdue_invoices(),
    app.schools_with_late_invoices(),
    app.search_invoices(text),
    app.today(uuid),
    update_invoice_status();
revoke all on invoices, payments
    from school_app, school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoices, payments
    to school_app;
