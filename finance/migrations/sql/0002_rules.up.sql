-- ==================== finance_rules
-- Composite foreign keys and checks of invoices and payments.

alter table invoices drop constraint if exists invoices_student_fk;
alter table invoices add constraint invoices_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);

-- The student is part of the key: a payment belongs to the invoice's own student.
alter table payments drop constraint if exists payments_invoice_fk;
alter table payments add constraint payments_invoice_fk
    foreign key (tenant_id, invoice_id, student_id) references invoices (tenant_id, id, student_id);
alter table payments drop constraint if exists payments_recorded_by_fk;
alter table payments add constraint payments_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

-- NaN compares as greater than every number, so range checks do not refuse it.
alter table invoices drop constraint if exists check_invoice_amount_number;
alter table invoices add constraint check_invoice_amount_number check (amount <> 'NaN');
alter table payments drop constraint if exists check_amount_number;
alter table payments add constraint check_amount_number check (amount <> 'NaN');

-- The sum of quantity x unit_price, or NULL when the items are not a list of such objects.
create or replace function app.line_items_total(items jsonb) returns numeric
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select case when bool_and((i ->> 'quantity' is not null) and (i ->> 'unit_price' is not null))
                        then sum((i ->> 'quantity')::numeric * (i ->> 'unit_price')::numeric) end
              from jsonb_array_elements(items) i);
exception when others then
    return null;
end
$$;

alter table invoices drop constraint if exists check_line_items;
alter table invoices add constraint check_line_items
    check (line_items is null or jsonb_typeof(line_items) = 'null' or line_items = '[]'
           or coalesce(round(app.line_items_total(line_items), 2) = amount, false));

-- Whoever is asking has recorded it, whatever a client writes there.
create or replace trigger payments_stamp_insert_trg before insert on payments
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger payments_stamp_update_trg before update on payments
    for each row when (app.user_id() is not null and new.recorded_by is distinct from old.recorded_by
                       and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();

select app.watch('invoices', 'invoice');
select app.watch('payments', 'payment');

-- ==================== invoice_status
-- An invoice is paid when its payments cover it. The invoice is locked first, so that two payments
-- at once cannot miss each other; a wrong currency, a cancelled invoice and an overpayment are
-- refused. By statement, the invoices in the order of their ids (no deadlock).
-- SECURITY DEFINER so that the sum is of all payments, whoever records one.

-- Today at the school: core/sql/school_date.sql, under the name it has always had here.
create or replace function app.today(tenant uuid) returns date
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    return app.school_date(tenant);
end
$$;

-- What an invoice's status is, by what was paid and the date at the school.
create or replace function app.invoice_status(amount numeric, paid numeric, due_date date,
                                              tenant uuid) returns text
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select case when paid >= amount and paid > 0 then 'paid'
                when due_date < app.today(tenant) then 'overdue'
                else 'pending' end;
end;

create or replace function update_invoice_status() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    tenants uuid[];
    invoice_ids uuid[];
    invoice record;
    wrong record;
    paid numeric;
begin
    if tg_op <> 'DELETE' then
        select array_agg(n.tenant_id), array_agg(n.invoice_id) into tenants, invoice_ids
          from new_rows n;
    end if;
    if tg_op <> 'INSERT' then
        select tenants || array_agg(o.tenant_id), invoice_ids || array_agg(o.invoice_id)
          into tenants, invoice_ids from old_rows o;
    end if;

    for invoice in
        select i.* from invoices i
         where (i.tenant_id, i.id) in (
                   select * from unnest(tenants, invoice_ids))
         order by i.id for no key update
    loop
        if tg_op <> 'DELETE' then
            if invoice.status = 'cancelled' and exists (
                select from new_rows n
                 where n.tenant_id = invoice.tenant_id and n.invoice_id = invoice.id) then
                raise exception 'Invoice % is cancelled.', invoice.invoice_number
                    using errcode = 'check_violation', table = 'payments', column = 'invoice_id',
                          constraint = 'payment_of_cancelled_invoice';
            end if;
            select p.currency into wrong from payments p
             where p.tenant_id = invoice.tenant_id and p.invoice_id = invoice.id
               and p.currency <> invoice.currency limit 1;
            if found then
                raise exception 'Invoice % is in %, not in %.', invoice.invoice_number,
                                invoice.currency, wrong.currency
                    using errcode = 'check_violation', table = 'payments', column = 'currency',
                          constraint = 'payment_currency';
            end if;
        end if;
        select coalesce(sum(p.amount), 0) into paid from payments p
         where p.tenant_id = invoice.tenant_id and p.invoice_id = invoice.id;
        if paid > invoice.amount and tg_op <> 'DELETE' then
            raise exception 'Overpayment: % % would be paid of % %.',
                            paid, invoice.currency, invoice.amount, invoice.currency
                using errcode = 'check_violation', table = 'payments', column = 'amount',
                      constraint = 'payment_overpays';
        end if;
        update invoices i
           set status = app.invoice_status(i.amount, paid, i.due_date, i.tenant_id)
         where i.tenant_id = invoice.tenant_id and i.id = invoice.id and i.status <> 'cancelled'
           and i.status <> app.invoice_status(i.amount, paid, i.due_date, i.tenant_id)
           and not app.rebuilding();
    end loop;
    return null;
end
$$;

create or replace trigger trg_update_invoice_status after insert on payments
    referencing new table as new_rows
    for each statement execute function update_invoice_status();
create or replace trigger trg_update_invoice_status_update after update on payments
    referencing old table as old_rows new table as new_rows
    for each statement execute function update_invoice_status();
create or replace trigger trg_update_invoice_status_delete after delete on payments
    referencing old table as old_rows
    for each statement execute function update_invoice_status();

-- The reverse rule: an invoice with payments cannot be changed so that it contradicts them.
create or replace function app.guard_invoice() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    paid numeric;
    rule text;
    field text;
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'admin');
    select coalesce(sum(p.amount), 0) into paid from payments p
     where p.tenant_id = new.tenant_id and p.invoice_id = new.id;
    if paid > 0 and new.status = 'cancelled' and old.status <> 'cancelled' then
        rule := 'invoice_has_payments'; field := 'status';
    elsif paid > 0 and new.currency <> old.currency then
        rule := 'invoice_has_payments'; field := 'currency';
    elsif paid > 0 and paid > new.amount then
        rule := 'invoice_below_paid'; field := 'amount';
    elsif new.status = 'paid' and old.status <> 'paid' and paid < new.amount then
        rule := 'invoice_not_covered'; field := 'status';
    end if;
    if rule is not null then
        raise exception 'Invoice % has payments of % %.', new.invoice_number, paid, new.currency
            using errcode = 'check_violation', table = 'invoices', column = field,
                  constraint = rule;
    end if;
    if new.status <> 'cancelled' and new.status = old.status
       and (new.amount, new.due_date) is distinct from (old.amount, old.due_date)
       and not (old.status = 'paid' and paid = 0) then
        new.status := app.invoice_status(new.amount, paid, new.due_date, new.tenant_id);
    elsif paid > 0 and paid >= new.amount and new.status <> 'cancelled' then
        new.status := 'paid';  -- covered is paid, whatever a form had open
    end if;
    return new;
end
$$;
create or replace trigger invoices_guard_trg before update on invoices
    for each row execute function app.guard_invoice();

-- Overdue begins the day after the due date, at the school. Runs as its caller: the office for its
-- own school (finance.tasks, in each). Returns the number changed.
create or replace function app.mark_overdue_invoices() returns bigint
    language sql
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with marked as (
        update invoices i set status = 'overdue'
          from tenants t
         where t.id = i.tenant_id and i.status = 'pending' and i.due_date < app.today(t.id)
        returning i.id)
    select count(*) from marked;
end;

-- The state of an invoice on a day, even before it is marked: the only definition of overdue, for
-- all lists and reports (finance.models.invoice.state_on is the same for the ORM).
create or replace function app.invoice_state(status text, due_date date, today date) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
begin atomic
    select case when status = 'pending' and due_date < today then 'overdue'
                when status = 'overdue' and due_date >= today then 'pending'
                else status end;
end;

-- The schools that have an invoice to mark: ids only. SECURITY DEFINER because a job that belongs to
-- no school sees no school's rows. Relied on by finance.tasks.
create or replace function app.schools_with_late_invoices() returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select t.id from tenants t
     where app.is_nobody()
       and exists (select from invoices i
                    where i.tenant_id = t.id and i.status = 'pending' and i.due_date < current_date + 1
                      and i.due_date < app.today(t.id))
     order by t.id;
$$;
revoke execute on function app.schools_with_late_invoices from public;
grant execute on function app.schools_with_late_invoices to school_app;

-- ==================== search_invoices
-- Invoices by part of their number; why through a function: see core/sql/search_users.sql.

-- An invoice number as it is compared with the search text: without case and accents (app.folded),
-- spaces, dashes, dots, slashes and the sign #. So `inv 2026/17` finds INV-2026-17.
create or replace function app.invoice_number_key(number text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return regexp_replace(app.folded(number), '[[:space:]#./-]+', '', 'g');

create index if not exists idx_invoices_number_key_trgm
    on invoices using gin (app.invoice_number_key(invoice_number) gin_trgm_ops);

-- A word of such signs only matches every invoice: `INV - 17` is INV-17.
create or replace function app.search_invoices(term text) returns setof uuid
    language sql stable security definer rows 20
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select i.id from invoices i
     where i.tenant_id = app.tenant_id() and app.user_role() = 'admin'
       and app.invoice_number_key(i.invoice_number)
           like app.contains_pattern(app.invoice_number_key(term));
end;

-- ==================== finance_policies
-- Row-level security and privileges of finance; `manage.py policies` makes this file from
-- finance/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- invoices
alter table invoices enable row level security;
revoke all on invoices
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoices
    to school_app, school_admin;
grant select on invoices
    to school_student, school_guardian;

drop policy if exists invoices_admin_all on invoices;
create policy invoices_admin_all on invoices for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoices_student_select on invoices;
create policy invoices_student_select on invoices for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists invoices_guardian_select on invoices;
create policy invoices_guardian_select on invoices for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- payments
alter table payments enable row level security;
revoke all on payments
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on payments
    to school_app, school_admin;
grant select on payments
    to school_student, school_guardian;

drop policy if exists payments_admin_all on payments;
create policy payments_admin_all on payments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payments_student_select on payments;
create policy payments_student_select on payments for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists payments_guardian_select on payments;
create policy payments_guardian_select on payments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));
