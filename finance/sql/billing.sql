-- Plans of fees and the invoices made from them: who is billed for what, all of a run at once, each student
-- once for a plan and period (idx_plan_charges_once), and the undoing of a run while nothing of it is paid.

alter table fee_plans drop constraint if exists fee_plans_class_fk;
alter table fee_plans add constraint fee_plans_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);
alter table fee_plans drop constraint if exists fee_plans_year_group_fk;
alter table fee_plans add constraint fee_plans_year_group_fk
    foreign key (tenant_id, year_group_id) references year_groups (tenant_id, id);
alter table fee_plans drop constraint if exists check_plan_currency;
alter table fee_plans add constraint check_plan_currency
    check (app.currency_decimals(currency) is not null);
alter table fee_plan_items drop constraint if exists fee_plan_items_plan_fk;
alter table fee_plan_items add constraint fee_plan_items_plan_fk
    foreign key (tenant_id, plan_id) references fee_plans (tenant_id, id) on delete cascade;
alter table fee_plan_items drop constraint if exists fee_plan_items_fee_fk;
alter table fee_plan_items add constraint fee_plan_items_fee_fk
    foreign key (tenant_id, fee_id) references fees (tenant_id, id);
alter table installments drop constraint if exists installments_plan_fk;
alter table installments add constraint installments_plan_fk
    foreign key (tenant_id, plan_id) references fee_plans (tenant_id, id) on delete cascade;
alter table discounts drop constraint if exists check_discount_currency;
alter table discounts add constraint check_discount_currency
    check (app.currency_decimals(currency) is not null);
alter table discounts drop constraint if exists check_discount_decimals;
alter table discounts add constraint check_discount_decimals
    check (amount = round(amount, app.currency_decimals(currency)));
alter table student_discounts drop constraint if exists student_discounts_student_fk;
alter table student_discounts add constraint student_discounts_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table student_discounts drop constraint if exists student_discounts_discount_fk;
alter table student_discounts add constraint student_discounts_discount_fk
    foreign key (tenant_id, discount_id) references discounts (tenant_id, id) on delete cascade;
alter table billing_runs drop constraint if exists billing_runs_plan_fk;
alter table billing_runs add constraint billing_runs_plan_fk
    foreign key (tenant_id, plan_id) references fee_plans (tenant_id, id);
alter table billing_runs drop constraint if exists billing_runs_installment_fk;
alter table billing_runs add constraint billing_runs_installment_fk
    foreign key (tenant_id, installment_id) references installments (tenant_id, id);
alter table billing_runs drop constraint if exists billing_runs_requested_by_fk;
alter table billing_runs add constraint billing_runs_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);
alter table billing_runs drop constraint if exists billing_runs_undone_by_fk;
alter table billing_runs add constraint billing_runs_undone_by_fk
    foreign key (tenant_id, undone_by) references users (tenant_id, id);
alter table plan_charges drop constraint if exists plan_charges_run_fk;
alter table plan_charges add constraint plan_charges_run_fk
    foreign key (tenant_id, run_id) references billing_runs (tenant_id, id);
alter table plan_charges drop constraint if exists plan_charges_plan_fk;
alter table plan_charges add constraint plan_charges_plan_fk
    foreign key (tenant_id, plan_id) references fee_plans (tenant_id, id);
-- The invoice is the student's own.
alter table plan_charges drop constraint if exists plan_charges_invoice_fk;
alter table plan_charges add constraint plan_charges_invoice_fk
    foreign key (tenant_id, invoice_id, student_id) references invoices (tenant_id, id, student_id);

select app.watch('fee_plans', 'fee_plan', 'sort_name');
select app.watch('fee_plan_items', 'fee_plan_item');
select app.watch('installments', 'installment');
select app.watch('discounts', 'discount', 'sort_name');
select app.watch('student_discounts', 'student_discount');
select app.watch('billing_runs', 'billing_run', 'students_done');
create or replace trigger plan_charges_touch_updated_at_trg before update on plan_charges
    for each row execute function app.touch_updated_at();

-- Whom a run is for, and who of them was billed for its plan and period already (by which invoice).
create or replace function app.billing_students(billing uuid)
    returns table (student_id uuid, name text, sort_name text, invoice_id uuid)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select u.id, u.name::text, u.sort_name,
           (select c.invoice_id from plan_charges c
             where c.tenant_id = r.tenant_id and c.plan_id = r.plan_id and c.period = r.period
               and c.student_id = u.id and not c.is_undone)
      from billing_runs r
      join fee_plans p on p.tenant_id = r.tenant_id and p.id = r.plan_id
      join users u on u.tenant_id = r.tenant_id and u.role = 'student' and u.status = 'active'
                  and u.deleted_at is null
     where r.tenant_id = app.tenant_id() and r.id = billing
       and (p.audience = 'everybody' or u.year_group_id = p.year_group_id or u.id in (
            select e.student_id from enrollments e
             where e.tenant_id = app.tenant_id() and e.class_id = p.class_id and e.status = 'active'));
end;

-- Who of these students gets which discounts on a day, in the order in which they are taken off. Siblings are
-- active students with a guardian in common who has custody of both; the oldest is the first child (where no
-- birth date is known, who was entered first). A child of staff has a guardian with custody whose e-mail
-- address is that of an active teacher or admin.
create or replace function app.student_discounts_on(students uuid[], in_currency text, day date)
    returns table (student_id uuid, place bigint, name text, kind text, percent numeric, amount numeric)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with given as (
        select d.* from discounts d
         where d.tenant_id = app.tenant_id() and d.is_active
           and (d.percent is not null or d.currency = in_currency)),
    families as materialized (
        select l.student_id, l.guardian_id, row_number() over (
                   order by nullif(u.birth_date, '') nulls last, u.created_at, u.id) as age
          from student_guardians l
          join users u on u.tenant_id = l.tenant_id and u.id = l.student_id
         where l.tenant_id = app.tenant_id() and l.has_custody
           and u.status = 'active' and u.deleted_at is null
           and exists (select from given g where g.kind = 'sibling')),
    children as (
        select f.student_id, count(distinct o.student_id) + 1 as child
          from families f
          join families o on o.guardian_id = f.guardian_id and o.age < f.age
                         and o.student_id <> f.student_id
         group by 1
         union all
        select f.student_id, 1 from families f group by 1),
    of_staff as (
        select distinct l.student_id
          from guardians g
          join users u on u.tenant_id = g.tenant_id and lower(u.email) = lower(g.email)
          join student_guardians l on l.tenant_id = g.tenant_id and l.guardian_id = g.id
         where g.tenant_id = app.tenant_id() and l.has_custody and u.role not in ('student', 'guardian')
           and u.status = 'active' and u.deleted_at is null
           and exists (select from given x where x.kind = 'staff')),
    entitled as (
        select s.student_id, s.discount_id
          from student_discounts s
         where s.tenant_id = app.tenant_id() and (s.last_day is null or s.last_day >= day)
         union
        select c.student_id, g.id from children c join given g on g.kind = 'sibling'
                                                               and c.child >= g.from_child
         union
        select o.student_id, g.id from of_staff o join given g on g.kind = 'staff')
    select e.student_id,
           row_number() over (partition by e.student_id
                              order by g.percent is null, g.percent desc, g.sort_name, g.id),
           g.name::text, g.kind::text, g.percent, g.amount
      from entitled e
      join given g on g.id = e.discount_id
     where e.student_id = any (students);
end;

-- The lines of a run for students: the plan's fees, then the discounts, each a line below zero. An installment
-- asks its percent by rounding what is due up to it and up to the one before, so that all of them together are
-- the whole price to the cent. Percentages are of the full price; nothing is asked below zero. What the
-- preview shows and what is issued both come from here.
create or replace function app.billing_lines(billing uuid, students uuid[])
    returns table (student_id uuid, place bigint, fee_id uuid, description text, quantity numeric,
                   unit_price numeric, amount numeric, discount_kind text)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with recursive run as materialized (
        select p.id as plan_id, p.currency, p.takes_discounts, r.issue_date, r.period, s.id as installment_id,
               app.currency_decimals(p.currency) as places,
               coalesce((select sum(b.percent) from installments b
                          where b.tenant_id = s.tenant_id and b.plan_id = s.plan_id
                            and (b.due_date, b.position, b.id) < (s.due_date, s.position, s.id)), 0) as since,
               coalesce((select sum(b.percent) from installments b
                          where b.tenant_id = s.tenant_id and b.plan_id = s.plan_id
                            and (b.due_date, b.position, b.id) <= (s.due_date, s.position, s.id)), 100) as until
          from billing_runs r
          join fee_plans p on p.tenant_id = r.tenant_id and p.id = r.plan_id
          left join installments s on s.tenant_id = r.tenant_id and s.id = r.installment_id
         where r.tenant_id = app.tenant_id() and r.id = billing),
    items as materialized (
        select w.*, round(w.whole * run.since / 100, run.places) as before,
               round(w.whole * run.until / 100, run.places) as after
          from run, lateral (
               select row_number() over (order by i.position, i.created_at, i.id) as place, i.fee_id,
                      coalesce(nullif(i.description, ''), f.name)
                          || case when run.installment_id is null then '' else ', ' || run.period end
                          as description,
                      i.quantity, coalesce(i.unit_price, f.amount) as price,
                      round(i.quantity * coalesce(i.unit_price, f.amount), run.places) as whole
                 from fee_plan_items i
                 join fees f on f.tenant_id = i.tenant_id and f.id = i.fee_id
                where i.tenant_id = app.tenant_id() and i.plan_id = run.plan_id) w),
    total as materialized (
        select run.places, coalesce(sum(i.whole), 0) as whole, coalesce(sum(i.before), 0) as before,
               coalesce(sum(i.after), 0) as after, count(i.place) as lines
          from run left join items i on true group by run.places),
    given as materialized (
        select d.*
          from run, app.student_discounts_on(students, run.currency::text, run.issue_date) d
         where run.takes_discounts),
    -- What is left after each discount, of the whole plan, and due up to the installment and before it.
    steps as (
        select s.id as student_id, 0::bigint as place, null::text as name, null::text as kind,
               t.whole, t.before, t.after, 0::numeric as cut
          from (select distinct g.student_id as id from given g) s, total t
         union all
        select p.student_id, g.place, g.name, g.kind, p.whole - c.whole, p.before - c.before,
               p.after - c.after, c.after - c.before
          from steps p
          join given g on g.student_id = p.student_id and g.place = p.place + 1
         cross join total t
         cross join lateral (
               select least(round(coalesce(g.percent * t.whole / 100, g.amount), t.places), p.whole) as whole) w
         cross join lateral (
               select w.whole, case when p.whole = 0 then 0
                                    else round(w.whole * p.before / p.whole, t.places) end as before,
                      case when p.whole = 0 then 0
                           else round(w.whole * p.after / p.whole, t.places) end as after) c)
    select s.id, i.place, i.fee_id, i.description,
           case when run.installment_id is null then i.quantity else 1 end,
           case when run.installment_id is null then i.price else i.after - i.before end,
           i.after - i.before, null::text
      from unnest(students) s(id), run, items i
     union all
    select p.student_id, t.lines + p.place, null, p.name, 1, -p.cut, -p.cut, p.kind
      from steps p, total t where p.cut > 0;
end;

create or replace function app.refuse_billing(rule text, field text, message text) returns void
    language plpgsql
as $$
begin
    raise exception '%', message
        using errcode = 'check_violation', table = 'billing_runs', column = coalesce(field, ''),
              constraint = rule;
end
$$;

-- Refuses a run whose plan cannot be billed like this: no fees, another currency, installments that do not
-- make 100%, or none of them chosen.
create or replace function app.check_billing(billing uuid) returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    run record;
begin
    select r.*, p.currency, p.is_active, s.plan_id as installment_plan, s.name as installment into run
      from billing_runs r
      join fee_plans p on p.tenant_id = r.tenant_id and p.id = r.plan_id
      left join installments s on s.tenant_id = r.tenant_id and s.id = r.installment_id
     where r.tenant_id = app.tenant_id() and r.id = billing;
    if not found then
        perform app.refuse_billing('billing_of_nothing', null, 'There is no such billing.');
    elsif not exists (select from fee_plan_items i where i.tenant_id = run.tenant_id and i.plan_id = run.plan_id) then
        perform app.refuse_billing('plan_without_fees', 'plan_id', 'The plan has no fees.');
    elsif exists (select from fee_plan_items i join fees f on f.tenant_id = i.tenant_id and f.id = i.fee_id
                   where i.tenant_id = run.tenant_id and i.plan_id = run.plan_id
                     and (i.unit_price is null and f.currency <> run.currency
                          or i.unit_price <> round(i.unit_price, app.currency_decimals(run.currency)))) then
        perform app.refuse_billing('plan_currency', 'plan_id', 'A fee is in another currency.');
    elsif (select sum(s.percent) from installments s
            where s.tenant_id = run.tenant_id and s.plan_id = run.plan_id) <> 100 then
        perform app.refuse_billing('installments_not_whole', 'plan_id', 'The installments do not make 100%.');
    elsif run.installment_id is null and exists (
            select from installments s where s.tenant_id = run.tenant_id and s.plan_id = run.plan_id)
          or run.installment_plan <> run.plan_id or run.installment <> run.period then
        perform app.refuse_billing('billing_without_installment', 'installment_id',
                                   'The plan is billed by installments.');
    end if;
end
$$;

-- Issues the invoices of a run to some of its students, in their order; who has one for the plan and period
-- already gets none. The plan stays locked until the transaction ends, so that of two runs at once the second
-- sees what the first one billed. One statement writes invoices, lines and charges, with their amounts worked
-- out: so no trigger has to fill them in. A procedure, so that it cannot stand in a query; SECURITY DEFINER
-- because nobody writes charges by hand. Relied on by finance.services.billing.
create or replace procedure app.bill_students(billing uuid, students uuid[])
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school uuid := app.tenant_id();
    run record;
    ids uuid[];
    numbers text[];
begin
    perform app.refuse_stranger('billing_runs', school, 'money_office');
    perform from fee_plans p join billing_runs r on r.tenant_id = p.tenant_id and r.plan_id = p.id
      where r.tenant_id = school and r.id = billing for no key update of p;
    perform app.check_billing(billing);
    select r.*, p.currency, p.name as plan, p.class_id into run
      from billing_runs r join fee_plans p on p.tenant_id = r.tenant_id and p.id = r.plan_id
     where r.tenant_id = school and r.id = billing;
    if run.status <> 'running' then
        perform app.refuse_billing('billing_is_over', null, 'This billing is not under way.');
    end if;
    ids := array(select s.student_id from app.billing_students(billing) s
                   join unnest(students) with ordinality o(id, place) on o.id = s.student_id
                  where s.invoice_id is null order by o.place);
    if cardinality(ids) = 0 then
        return;
    end if;
    numbers := app.next_numbers(school, 'invoice', run.issue_date, cardinality(ids));
    with lines as materialized (
        select l.*, f.code from app.billing_lines(billing, ids) l
          left join fees f on f.tenant_id = school and f.id = l.fee_id),
    bills as materialized (
        select s.id as student_id, gen_random_uuid() as id, s.number, l.amount, l.items
          from unnest(ids, numbers) s(id, number)
          join (select l.student_id, sum(l.amount) as amount,
                       jsonb_agg(jsonb_build_object(
                           'description', l.description, 'quantity', trim_scale(l.quantity)::text,
                           'unit_price', l.unit_price::text) order by l.place) as items
                  from lines l group by 1) l on l.student_id = s.id),
    issued as (
        insert into invoices (id, tenant_id, invoice_number, student_id, amount, currency, description,
                              line_items, issue_date, due_date, issued_at)
        select b.id, school, b.number, b.student_id, b.amount, run.currency, run.plan || ', ' || run.period,
               b.items, run.issue_date, run.due_date, now()
          from bills b order by b.number),
    written as (
        insert into invoice_lines (tenant_id, invoice_id, position, fee_id, description, quantity,
                                   unit_price, amount, class_id, discount_kind)
        select school, b.id, l.place, l.fee_id, l.description, l.quantity, l.unit_price, l.amount,
               run.class_id, l.discount_kind
          from lines l join bills b on b.student_id = l.student_id)
    insert into plan_charges (tenant_id, run_id, plan_id, period, student_id, invoice_id)
    select school, billing, run.plan_id, run.period, b.student_id, b.id from bills b;
end
$$;
revoke execute on procedure app.bill_students from public;
grant execute on procedure app.bill_students to school_app, school_admin, school_bursar;

-- Cancels what a run issued, unless something of it was paid or credited; then its students can be billed
-- again. Invoices cancelled since stay as they are. SECURITY DEFINER as above.
create or replace procedure app.undo_billing(billing uuid, reason text)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school uuid := app.tenant_id();
    touched integer;
begin
    perform app.refuse_stranger('billing_runs', school, 'money_office');
    perform from fee_plans p join billing_runs r on r.tenant_id = p.tenant_id and r.plan_id = p.id
      where r.tenant_id = school and r.id = billing and r.status in ('done', 'undoing')
        for no key update of p;
    if not found then
        perform app.refuse_billing('billing_is_over', null, 'There is nothing to undo.');
    end if;
    perform from invoices i join plan_charges c on c.tenant_id = i.tenant_id and c.invoice_id = i.id
      where c.tenant_id = school and c.run_id = billing order by i.id for no key update of i;
    select count(*) into touched
      from plan_charges c join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
     where c.tenant_id = school and c.run_id = billing
       and (i.paid > 0 or i.credited > 0 and i.status <> 'cancelled');
    if touched > 0 then
        perform app.refuse_billing('billing_has_payments', null, touched::text);
    end if;
    update invoices i
       set status = 'cancelled', cancel_reason = reason,
           cancelled_on = greatest(app.today(school), i.issue_date)
      from plan_charges c
     where c.tenant_id = school and c.run_id = billing
       and i.tenant_id = school and i.id = c.invoice_id and i.status <> 'cancelled';
    update plan_charges c set is_undone = true where c.tenant_id = school and c.run_id = billing;
end
$$;
revoke execute on procedure app.undo_billing from public;
grant execute on procedure app.undo_billing to school_app, school_admin, school_bursar;

-- What an installment is called and asks stays once it was billed.
create or replace function app.keep_billed_installment() returns trigger
    language plpgsql
as $$
begin
    if exists (select from billing_runs r where r.tenant_id = old.tenant_id and r.installment_id = old.id
                                            and r.status in ('running', 'done', 'undoing')) then
        raise exception 'Installment % was billed.', old.name
            using errcode = 'check_violation', table = tg_table_name, column = 'name',
                  constraint = 'installment_is_billed';
    end if;
    return new;
end
$$;
create or replace trigger installments_keep_billed_trg before update on installments
    for each row when ((new.name, new.percent, new.plan_id) is distinct from (old.name, old.percent, old.plan_id))
    execute function app.keep_billed_installment();
