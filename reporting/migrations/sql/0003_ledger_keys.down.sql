drop view view_payment_ledger, view_payment_ledger_keyed;
create or replace view view_payment_ledger_keyed with (security_invoker = true) as
    select p.payment_date, u.name as student_name, u.email as student_email, p.amount, p.currency,
           p.payment_method, i.invoice_number, i.status as invoice_status, p.transaction_id,
           p.tenant_id, p.id
      from payments p
      join invoices i on i.tenant_id = p.tenant_id and i.id = p.invoice_id
      join users u on u.tenant_id = p.tenant_id and u.id = p.student_id;
create or replace view view_payment_ledger with (security_invoker = true) as
    select payment_date, student_name, student_email, amount, currency, payment_method,
           invoice_number, invoice_status, transaction_id, tenant_id
      from view_payment_ledger_keyed;

-- Revoked first: the database's default privileges would let a simple view be written through.
revoke all on view_user_roster, view_class_enrollment, view_class_enrollment_keyed,
    view_attendance_report, view_attendance_report_keyed, view_payment_ledger,
    view_payment_ledger_keyed from school_app;
grant select on view_payment_ledger, view_payment_ledger_keyed to school_app;
