-- The views of the reports about money (reporting/catalog/money.py): what came in and went back, and month by
-- month what is owed, what was collected and what was earned. They read the entries that app.journal reads, so
-- that their sums are the journal's and those of view_invoice_balance. security_invoker; each with tenant_id
-- and an `id` that is unique among a reader's rows.

-- Payments, and what of them was reversed or refunded with its sign: the sum of all is what the school has.
create or replace view view_payment_entries with (security_invoker = true) as
    select e.payment_date, e.kind, u.name as student_name, u.email as student_email, e.amount, e.currency,
           e.payment_method, i.invoice_number,
           app.invoice_state(i.status, i.due_date, (select app.today(app.tenant_id())))::varchar(50)
               as invoice_status, e.transaction_id, e.reason,
           e.tenant_id, e.id, e.student_id, e.invoice_id
      from (select p.payment_date, 'payment'::varchar(20) as kind, p.amount, p.currency, p.payment_method,
                   p.transaction_id, null::text as reason, p.tenant_id, p.id, p.student_id, p.invoice_id
              from payments p
             union all
            select r.reversal_date, r.kind, -r.amount, p.currency, p.payment_method, p.transaction_id,
                   r.reason, r.tenant_id, r.id, p.student_id, p.invoice_id
              from payment_reversals r
              join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id) e
      left join invoices i on i.tenant_id = e.tenant_id and i.id = e.invoice_id
      left join users u on u.tenant_id = e.tenant_id and u.id = e.student_id;

-- What was owed at the beginning and the end of each month from app.period_from() to app.period_to(), and
-- what changed it; months in which nothing happened too. The end of a month is the sum of app.aging() of its
-- last day.
create or replace view view_receivables_monthly with (security_invoker = true) as
    with entries as (
        select i.issue_date as day, i.currency, i.amount as invoiced, 0 * i.amount as credited,
               0 * i.amount as paid
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null
         union all
        select i.cancelled_on, i.currency, 0 * i.amount, i.amount - i.credited, 0 * i.amount
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null and i.cancelled_on is not null
         union all
        select c.credit_date, i.currency, 0 * c.amount, c.amount, 0 * c.amount
          from credit_notes c
          join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
         where c.tenant_id = app.tenant_id()
         union all
        select a.allocation_date, i.currency, 0 * a.amount, 0 * a.amount, a.amount
          from payment_allocations a
          join invoices i on i.tenant_id = a.tenant_id and i.id = a.invoice_id
         where a.tenant_id = app.tenant_id()),
    -- What was before the period is in one row without a month.
    summed as (
        select e.currency,
               case when e.day >= coalesce(app.period_from(), '-infinity')
                    then date_trunc('month', e.day::timestamp)::date end as month,
               sum(e.invoiced) as invoiced, sum(e.credited) as credited, sum(e.paid) as paid
          from entries e
         where e.day <= coalesce(app.period_to(), 'infinity')
         group by 1, 2),
    months as (
        select s.currency, m.month::date as month
          from (select s.currency,
                       date_trunc('month', (case when bool_or(s.month is null) then app.period_from()
                                                 else min(s.month) end)::timestamp) as first,
                       date_trunc('month', greatest(
                           max(s.month),
                           least((select app.today(app.tenant_id())), app.period_to()))::timestamp) as last
                  from summed s group by 1) s
         cross join lateral generate_series(s.first, s.last, interval '1 month') m(month)),
    filled as (
        select currency, month, invoiced, credited, paid from summed
         union all
        select m.currency, m.month, null, null, null from months m
         where not exists (select from summed s where s.currency = m.currency and s.month = m.month)),
    running as (
        select f.*, sum(coalesce(f.invoiced - f.credited - f.paid, 0))
                        over (partition by f.currency order by f.month nulls first) as closing
          from filled f)
    select to_char(r.month, 'YYYY-MM') as month, r.currency,
           r.closing - coalesce(r.invoiced - r.credited - r.paid, 0) as opening,
           coalesce(r.invoiced, 0 * r.closing) as invoiced, coalesce(r.credited, 0 * r.closing) as credited,
           coalesce(r.paid, 0 * r.closing) as paid, r.closing,
           app.tenant_id() as tenant_id, md5(r.month || r.currency)::uuid as id
      from running r
     where r.month is not null;

-- What came in from app.period_from() to app.period_to(), less what was reversed or refunded, by method.
create or replace view view_collected_monthly with (security_invoker = true) as
    select e.month, e.currency, e.payment_method, sum(e.received) as received, sum(e.taken_back) as taken_back,
           sum(e.received - e.taken_back) as collected,
           app.tenant_id() as tenant_id, md5(e.month || e.currency || e.payment_method)::uuid as id
      from (select to_char(p.payment_date, 'YYYY-MM') as month, p.currency, p.payment_method,
                   p.amount as received, 0 * p.amount as taken_back
              from payments p
             where p.tenant_id = app.tenant_id()
               and p.payment_date between coalesce(app.period_from(), '-infinity')
                                      and coalesce(app.period_to(), 'infinity')
             union all
            select to_char(r.reversal_date, 'YYYY-MM'), p.currency, p.payment_method,
                   0 * r.amount, r.amount
              from payment_reversals r
              join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id
             where r.tenant_id = app.tenant_id()
               and r.reversal_date between coalesce(app.period_from(), '-infinity')
                                       and coalesce(app.period_to(), 'infinity')) e
     group by 1, 2, 3;

-- What was invoiced from app.period_from() to app.period_to() by fee, less what was credited or cancelled. A
-- credit note is for a whole invoice: each line gets its part, rounded so that the parts are the whole.
create or replace view view_revenue_monthly with (security_invoker = true) as
    with lines as (
        select i.id as invoice_id, i.currency, i.issue_date, f.name as fee, coalesce(l.amount, i.amount) as amount,
               i.amount as whole, app.currency_decimals(i.currency) as decimals,
               sum(coalesce(l.amount, i.amount)) over (partition by i.id order by l.position, l.id) as until
          from invoices i
          left join invoice_lines l on l.tenant_id = i.tenant_id and l.invoice_id = i.id
          left join fees f on f.tenant_id = l.tenant_id and f.id = l.fee_id
         where i.tenant_id = app.tenant_id() and i.issued_at is not null),
    credits as (
        select i.id as invoice_id, i.cancelled_on as day, i.amount - i.credited as amount
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null and i.cancelled_on is not null
         union all
        select c.invoice_id, c.credit_date, c.amount from credit_notes c
         where c.tenant_id = app.tenant_id()),
    entries as (
        select l.issue_date as day, l.currency, l.fee, l.amount as invoiced, 0 * l.amount as credited
          from lines l
         union all
        select c.day, l.currency, l.fee, 0 * c.amount,
               round(c.amount * l.until / l.whole, l.decimals)
                   - round(c.amount * (l.until - l.amount) / l.whole, l.decimals)
          from credits c
          join lines l on l.invoice_id = c.invoice_id
         where l.whole <> 0)
    select e.month, e.currency, e.fee, sum(e.invoiced) as invoiced, sum(e.credited) as credited,
           sum(e.invoiced - e.credited) as revenue,
           app.tenant_id() as tenant_id, md5(e.month || e.currency || coalesce(e.fee, ''))::uuid as id
      from (select to_char(x.day, 'YYYY-MM') as month, x.currency, coalesce(x.fee, '–') as fee, x.invoiced, x.credited
              from entries x
             where x.day between coalesce(app.period_from(), '-infinity')
                             and coalesce(app.period_to(), 'infinity')) e
     group by 1, 2, 3;

-- Revoked first: by the default privileges a simple view would be writable.
revoke all on view_payment_entries, view_receivables_monthly, view_collected_monthly, view_revenue_monthly
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_payment_entries, view_receivables_monthly, view_collected_monthly, view_revenue_monthly
    to school_app, school_admin, school_bursar;
