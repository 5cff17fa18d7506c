drop policy invoices_admin_all on invoices;
drop policy invoices_student_select on invoices;
drop policy payments_admin_all on payments;
drop policy payments_student_select on payments;
alter table invoices disable row level security;
alter table payments disable row level security;
revoke all on invoices, payments from school_app;

-- Dropped with the triggers that run them.
drop function app.guard_invoice() cascade;
drop function update_invoice_status() cascade;
drop function app.mark_overdue_invoices();
drop function app.invoice_status(numeric, numeric, date, uuid);
drop function app.today(uuid);

drop trigger if exists invoices_touch_updated_at_trg on invoices;
drop trigger invoices_audit_insert_trg on invoices;
drop trigger invoices_audit_update_trg on invoices;
drop trigger invoices_audit_delete_trg on invoices;
drop trigger if exists payments_touch_updated_at_trg on payments;
drop trigger payments_audit_insert_trg on payments;
drop trigger payments_audit_update_trg on payments;
drop trigger payments_audit_delete_trg on payments;
alter table invoices drop constraint check_invoice_amount_number;
alter table payments drop constraint check_amount_number;
alter table invoices drop constraint invoices_student_fk;
alter table payments drop constraint payments_invoice_fk;
alter table payments drop constraint payments_recorded_by_fk;
alter table invoices drop constraint check_line_items;
drop function app.line_items_total(jsonb);
