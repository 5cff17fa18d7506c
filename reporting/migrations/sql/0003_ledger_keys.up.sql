-- ==================== views (payment ledger: the ids by which its list is searched)
create or replace view view_payment_ledger_keyed with (security_invoker = true) as
    select p.payment_date, u.name as student_name, u.email as student_email, p.amount, p.currency,
           p.payment_method, i.invoice_number, i.status as invoice_status, p.transaction_id,
           p.tenant_id, p.id, p.student_id, p.invoice_id
      from payments p
      join invoices i on i.tenant_id = p.tenant_id and i.id = p.invoice_id
      join users u on u.tenant_id = p.tenant_id and u.id = p.student_id;
