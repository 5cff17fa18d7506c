-- A statement of account: what changed what these students owe, day by day; below zero is credit. Under the
-- policies of whoever reads. Money that a payment of one student gave to an invoice of another moves from the
-- one account to the other, so that the accounts of a family are together the family's.
-- Relied on by finance.selectors.statement and portal.views.own_statement.

create or replace function app.account(students uuid[])
    returns table (entry_date date, kind text, reference text, student_id uuid, currency text,
                   amount numeric, entry_id uuid, entered_at timestamptz)
    language sql stable rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select i.issue_date, 'invoice', i.invoice_number::text, i.student_id, i.currency::text, i.amount, i.id,
           i.issued_at
      from invoices i
     where i.tenant_id = app.tenant_id() and i.student_id = any (account.students)
       and i.issued_at is not null
     union all
    select i.cancelled_on, 'cancellation', i.invoice_number::text, i.student_id, i.currency::text,
           i.credited - i.amount, i.id, i.updated_at
      from invoices i
     where i.tenant_id = app.tenant_id() and i.student_id = any (account.students)
       and i.cancelled_on is not null and i.credited < i.amount
     union all
    select c.credit_date, 'credit_note', c.credit_note_number::text, i.student_id, i.currency::text,
           -c.amount, c.id, c.created_at
      from credit_notes c
      join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
     where c.tenant_id = app.tenant_id() and i.student_id = any (account.students)
     union all
    select p.payment_date, 'payment', p.transaction_id::text, p.student_id, p.currency::text, -p.amount, p.id,
           p.created_at
      from payments p
     where p.tenant_id = app.tenant_id() and p.student_id = any (account.students)
     union all
    select r.reversal_date, r.kind::text, r.reason, p.student_id, p.currency::text, r.amount, r.id,
           r.created_at
      from payment_reversals r
      join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id
     where r.tenant_id = app.tenant_id() and p.student_id = any (account.students)
     union all
    -- Of a payment or an invoice that the reader may not see it is known that it is another student's.
    select a.allocation_date, 'transfer', i.invoice_number::text, i.student_id, i.currency::text, -a.amount,
           a.id, a.created_at
      from invoices i
      join payment_allocations a on a.tenant_id = i.tenant_id and a.invoice_id = i.id
      left join payments p on p.tenant_id = a.tenant_id and p.id = a.payment_id
     where i.tenant_id = app.tenant_id() and i.student_id = any (account.students)
       and (p.id is null or p.student_id <> all (account.students))
     union all
    select a.allocation_date, 'transfer', i.invoice_number::text, p.student_id, p.currency::text, a.amount,
           a.id, a.created_at
      from payments p
      join payment_allocations a on a.tenant_id = p.tenant_id and a.payment_id = p.id
      left join invoices i on i.tenant_id = a.tenant_id and i.id = a.invoice_id
     where p.tenant_id = app.tenant_id() and p.student_id = any (account.students)
       and (i.id is null or i.student_id <> all (account.students));
end;
