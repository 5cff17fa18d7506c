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
