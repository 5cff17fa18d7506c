-- What is owed. invoices.balance is the one place that works a balance out; everything that shows one reads it:
-- this view, lists, profile, portal, reports. Under the policies of whoever reads.

create or replace view view_invoice_balance with (security_invoker = true) as
    select i.tenant_id, i.id as invoice_id, i.invoice_number, i.student_id, i.currency, i.amount, i.paid,
           i.balance, i.due_date,
           app.invoice_state(i.status, i.due_date, (select app.today(app.tenant_id())))::varchar(50) as status
      from invoices i
     where i.issued_at is not null;

revoke all on view_invoice_balance
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_invoice_balance
    to school_app, school_admin, school_bursar, school_student, school_guardian;

create index if not exists idx_invoices_cancelled on invoices (tenant_id, cancelled_on)
    where cancelled_on is not null;

-- A student and their siblings, who share a guardian with them: they pay together. An array, so that an index
-- finds the family's invoices.
create or replace function app.family(student uuid) returns uuid[]
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select array(select family.student
                  union
                 select sibling.student_id
                   from student_guardians own
                   join student_guardians sibling on sibling.tenant_id = own.tenant_id
                                                 and sibling.guardian_id = own.guardian_id
                  where own.tenant_id = app.tenant_id() and own.student_id = family.student);
end;

-- Overdue begins the day after the due date.
create or replace function app.aging_bucket(due_date date, as_of date) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select case when due_date >= as_of then 'current'
                when as_of - due_date <= 30 then '1-30'
                when as_of - due_date <= 60 then '31-60'
                when as_of - due_date <= 90 then '61-90'
                else '90+' end;
end;

-- What was owed at the end of a day: entries dated up to it count. So a past day stays as it was unless
-- somebody dates an entry back, which a closed month refuses. What is open now is taken as it is, and what
-- was entered later is put back; for a recent day that is little.
create or replace function app.aging(as_of date)
    returns table (invoice_id uuid, student_id uuid, currency text, bucket text, balance numeric)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with later as materialized (
        select e.invoice_id, sum(e.amount) as amount
          from (select a.invoice_id, a.amount from payment_allocations a
                 where a.tenant_id = app.tenant_id() and a.allocation_date > as_of
                 union all
                select c.invoice_id, c.amount from credit_notes c
                 where c.tenant_id = app.tenant_id() and c.credit_date > as_of) e
         group by 1)
    select o.id, o.student_id, o.currency::text, app.aging_bucket(o.due_date, as_of), o.balance
      from (select i.id, i.student_id, i.currency, i.due_date, i.balance + coalesce(l.amount, 0) as balance
              from invoices i
              left join later l on l.invoice_id = i.id
             where i.tenant_id = app.tenant_id() and i.issued_at is not null
               and i.status in ('pending', 'overdue') and i.issue_date <= as_of
             union all
            select i.id, i.student_id, i.currency, i.due_date,
                   i.amount - i.credited - i.paid + coalesce(l.amount, 0)
              from (select l.invoice_id as id from later l
                     union
                    select c.id from invoices c
                     where c.tenant_id = app.tenant_id() and c.cancelled_on > as_of) c
              join invoices i on i.tenant_id = app.tenant_id() and i.id = c.id
              left join later l on l.invoice_id = i.id
             where i.issued_at is not null and i.issue_date <= as_of
               and (i.status = 'paid' or i.cancelled_on > as_of)) o
     where o.balance > 0;
end;

-- Double entry for accountants: of every day and currency, debits and credits are the same sum. The accounts:
-- receivable, revenue (by fee), credit notes, credit (money on account), bank (by method).
create or replace function app.journal(first_day date, last_day date)
    returns table (entry_date date, account text, detail text, student_id uuid, currency text,
                   debit numeric, credit numeric, document text, document_id uuid)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with entries as (
        -- An invoice: the family owes it, by each of its lines.
        select i.issue_date as day, 'receivable' as debited, null::text as debit_detail,
               'revenue' as credited, coalesce(f.code, f.name) as credit_detail, i.student_id, i.currency,
               coalesce(l.amount, i.amount) as amount, 'invoice' as document, i.id
          from invoices i
          left join invoice_lines l on l.tenant_id = i.tenant_id and l.invoice_id = i.id
          left join fees f on f.tenant_id = l.tenant_id and f.id = l.fee_id
         where i.tenant_id = app.tenant_id() and i.issued_at is not null
           and i.issue_date between first_day and last_day
         union all
        -- Cancelled: what it still asked is owed no more.
        select i.cancelled_on, 'credit notes', null, 'receivable', null, i.student_id, i.currency,
               i.amount - i.credited, 'cancellation', i.id
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null
           and i.cancelled_on between first_day and last_day
         union all
        select c.credit_date, 'credit notes', null, 'receivable', null, i.student_id, i.currency,
               c.amount, 'credit note', c.id
          from credit_notes c
          join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
         where c.tenant_id = app.tenant_id() and c.credit_date between first_day and last_day
         union all
        -- Money comes in on account, and from there it goes to invoices or back.
        select p.payment_date, 'bank', p.payment_method, 'credit', null, p.student_id, p.currency,
               p.amount, 'payment', p.id
          from payments p
         where p.tenant_id = app.tenant_id() and p.payment_date between first_day and last_day
         union all
        select a.allocation_date, 'credit', null, 'receivable', null, p.student_id, p.currency,
               a.amount, 'allocation', a.id
          from payment_allocations a
          join payments p on p.tenant_id = a.tenant_id and p.id = a.payment_id
         where a.tenant_id = app.tenant_id() and a.allocation_date between first_day and last_day
         union all
        select r.reversal_date, 'credit', null, 'bank', p.payment_method, p.student_id, p.currency,
               r.amount, r.kind, r.id
          from payment_reversals r
          join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id
         where r.tenant_id = app.tenant_id() and r.reversal_date between first_day and last_day)
    -- An amount below zero (a discount, an allocation taken back) stands on the other side.
    select e.day, s.account, s.detail, e.student_id, e.currency::text,
           case when s.is_debit = (e.amount > 0) then abs(e.amount) else 0 end,
           case when s.is_debit = (e.amount > 0) then 0 else abs(e.amount) end,
           e.document, e.id
      from entries e
      cross join lateral (values (e.debited, e.debit_detail, true), (e.credited, e.credit_detail, false))
           s(account, detail, is_debit)
     where e.amount <> 0;
end;
