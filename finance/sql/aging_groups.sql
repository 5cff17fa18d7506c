-- What was owed at the end of a day (app.aging in balances.sql), by who owes it: for the page of the office
-- and its files. Under the policies of whoever reads. Relied on by finance.selectors.aging.

-- The rows of app.aging with the key of the group that each belongs to. Who pays ('payer') is the sponsor or
-- guardian that the invoice names ('sponsor:<id>', 'guardian:<id>'), else the family ('family:<id of a student>'):
-- students who share a guardian, also by way of others. A student of several classes is in each of them, so
-- that the invoices are repeated; 'none' is of nobody's class.
create or replace function app.aging_keys(as_of date, grouped_by text)
    returns table (key text, invoice_id uuid, student_id uuid, currency text, bucket text, balance numeric)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with recursive owed as materialized (
        select a.invoice_id, a.student_id, a.currency, a.bucket, a.balance,
               i.payer_guardian_id, i.payer_sponsor_id
          from app.aging(as_of) a
          join invoices i on i.tenant_id = app.tenant_id() and i.id = a.invoice_id),
    reach (student_id, relative_id) as (
        select distinct o.student_id, o.student_id from owed o
         where o.payer_guardian_id is null and o.payer_sponsor_id is null
        union
        select r.student_id, other.student_id
          from reach r
          join student_guardians own on own.tenant_id = app.tenant_id()
                                    and own.student_id = r.relative_id
          join student_guardians other on other.tenant_id = own.tenant_id
                                      and other.guardian_id = own.guardian_id),
    families as (
        select r.student_id, min(r.relative_id::text) as family from reach r group by 1)
    select case grouped_by when 'student' then o.student_id else o.invoice_id end::text,
           o.invoice_id, o.student_id, o.currency, o.bucket, o.balance
      from owed o
     where grouped_by in ('student', 'invoice')
     union all
    select case when o.payer_sponsor_id is not null then 'sponsor:' || o.payer_sponsor_id
                when o.payer_guardian_id is not null then 'guardian:' || o.payer_guardian_id
                else 'family:' || f.family end,
           o.invoice_id, o.student_id, o.currency, o.bucket, o.balance
      from owed o
      left join families f on f.student_id = o.student_id
     where grouped_by = 'payer'
     union all
    select coalesce(e.class_id::text, 'none'), o.invoice_id, o.student_id, o.currency, o.bucket, o.balance
      from owed o
      left join enrollments e on e.tenant_id = app.tenant_id() and e.student_id = o.student_id
                             and e.enrollment_date <= as_of
                             and (e.status = 'active' or e.completion_date >= as_of)
     where grouped_by = 'class';
end;

-- The groups with their names and sums. `students` names those of a payer who owe.
create or replace function app.aging_groups(as_of date, grouped_by text)
    returns table (key text, name text, students text, currency text, not_due numeric, days_30 numeric,
                   days_60 numeric, days_90 numeric, older numeric, total numeric, invoices integer)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with summed as (
        select k.key, k.currency, array_agg(distinct k.student_id) as students,
               -- 0 of the amount's own decimals where there is nothing
               sum(case k.bucket when 'current' then k.balance else 0 * k.balance end) as not_due,
               sum(case k.bucket when '1-30' then k.balance else 0 * k.balance end) as days_30,
               sum(case k.bucket when '31-60' then k.balance else 0 * k.balance end) as days_60,
               sum(case k.bucket when '61-90' then k.balance else 0 * k.balance end) as days_90,
               sum(case k.bucket when '90+' then k.balance else 0 * k.balance end) as older,
               sum(k.balance) as total, count(*)::int as invoices
          from app.aging_keys(as_of, grouped_by) k
         group by 1, 2)
    select s.key,
           case when grouped_by = 'student' then
                    (select u.name from users u
                      where u.tenant_id = app.tenant_id() and u.id = s.students[1])
                when grouped_by = 'class' then
                    (select c.name from classes c
                      where c.tenant_id = app.tenant_id() and c.id = nullif(s.key, 'none')::uuid)
                when s.key like 'sponsor:%' then
                    (select p.name from sponsors p
                      where p.tenant_id = app.tenant_id() and p.id = substr(s.key, 9)::uuid)
                when s.key like 'guardian:%' then
                    (select g.name from guardians g
                      where g.tenant_id = app.tenant_id() and g.id = substr(s.key, 10)::uuid)
                when s.key like 'family:%' then
                    coalesce((select string_agg(distinct g.name, ', ')
                                from student_guardians l
                                join guardians g on g.tenant_id = l.tenant_id and g.id = l.guardian_id
                               where l.tenant_id = app.tenant_id() and l.student_id = any (s.students)),
                             n.students) end,
           n.students, s.currency, s.not_due, s.days_30, s.days_60, s.days_90, s.older, s.total, s.invoices
      from summed s
      left join lateral (
           select string_agg(u.name, ', ' order by u.sort_name, u.id) as students from users u
            where u.tenant_id = app.tenant_id() and u.id = any (s.students)) n on grouped_by = 'payer';
end;
