-- Money received, and which invoices it is for. A payment with an invoice is for that invoice as a whole; one
-- without is on account. `payment_allocations` says what of a payment is for which invoice, by entries that
-- are only added; the sums stand beside the payment (allocated, reversed) and the invoice (paid, credited).
-- Locks are taken in one order everywhere: payments by id, then invoices by id (no deadlock), so that two
-- payments at once cannot miss each other. The functions are SECURITY DEFINER, AFTER the policies were asked:
-- the sums are of all entries, whoever records one.

create or replace function app.refuse_payment(on_table text, rule text, field text, message text) returns void
    language plpgsql
as $$
begin
    raise exception '%', message
        using errcode = 'check_violation', table = on_table, column = field, constraint = rule;
end
$$;

create or replace function app.begin_payment() returns trigger
    language plpgsql
as $$
begin
    if app.rebuilding() then
        return new;
    end if;
    new.allocated := 0;
    new.reversed := 0;
    new.transaction_id := nullif(btrim(new.transaction_id), '');
    return new;
end
$$;
create or replace trigger payments_begin_trg before insert on payments
    for each row execute function app.begin_payment();

-- The specification's trigger: money for one invoice is allocated to it.
create or replace function update_invoice_status() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    wrong text;
begin
    select n.payment_method into wrong from new_rows n join tenants t on t.id = n.tenant_id
     where n.payment_method not in ('cash', 'bank_transfer', 'card', 'cheque', 'stripe')
       and not coalesce(t.settings -> 'payment_methods' ? n.payment_method, false) limit 1;
    if found then
        perform app.refuse_payment('payments', 'check_payment_method', 'payment_method',
                                   format('The school takes no payments by %s.', wrong));
    end if;
    if app.rebuilding() then
        return null;
    end if;
    insert into payment_allocations (tenant_id, payment_id, invoice_id, amount, allocation_date, recorded_by)
    select n.tenant_id, n.id, n.invoice_id, n.amount, greatest(n.payment_date, i.issue_date), n.recorded_by
      from new_rows n
      join invoices i on i.tenant_id = n.tenant_id and i.id = n.invoice_id
     order by n.id;
    return null;
end
$$;
create or replace trigger trg_update_invoice_status after insert on payments
    referencing new table as new_rows
    for each statement execute function update_invoice_status();

-- An entry by hand has the payment's decimals, and no other reason than that.
create or replace function app.begin_allocation() returns trigger
    language plpgsql
as $$
declare
    paid record;
begin
    if app.rebuilding() then
        return new;
    end if;
    if not app.is_owner() then
        new.reversal_id := null;
        new.credit_note_id := null;
    end if;
    select p.currency, p.payment_date into paid from payments p
     where p.tenant_id = new.tenant_id and p.id = new.payment_id;
    new.allocation_date := coalesce(new.allocation_date, app.today(new.tenant_id));
    if new.allocation_date < paid.payment_date then
        perform app.refuse_payment('payment_allocations', 'allocation_before_payment', 'allocation_date',
                                   'It was not paid yet on that day.');
    end if;
    if new.amount <> round(new.amount, app.currency_decimals(paid.currency)) then
        perform app.refuse_payment('payment_allocations', 'check_allocation_decimals', 'amount',
                                   format('%s has no such amount.', paid.currency));
    end if;
    new.amount := coalesce(round(new.amount, app.currency_decimals(paid.currency)), new.amount);
    return new;
end
$$;
create or replace trigger payment_allocations_begin_trg before insert on payment_allocations
    for each row execute function app.begin_allocation();

-- Refuses what one invoice cannot take; `change` is the sum of its new entries, `grows` whether one is above 0.
create or replace function app.check_allocation(invoice invoices, change numeric, grows boolean,
                                                paid_in text) returns void
    language plpgsql
as $$
begin
    if invoice.issued_at is null then
        perform app.refuse_payment('payments', 'payment_of_draft_invoice', 'invoice_id',
                                   'A draft takes no payments.');
    elsif invoice.status = 'cancelled' and grows then
        perform app.refuse_payment('payments', 'payment_of_cancelled_invoice', 'invoice_id',
                                   format('Invoice %s is cancelled.', invoice.invoice_number));
    elsif paid_in is not null then
        perform app.refuse_payment('payments', 'payment_currency', 'currency',
                                   format('Invoice %s is in %s, not in %s.', invoice.invoice_number,
                                          invoice.currency, paid_in));
    elsif invoice.paid + change > invoice.amount - invoice.credited then
        perform app.refuse_payment('payments', 'payment_overpays', 'amount',
                                   format('Overpayment: %s %s would be paid of %s %s.', invoice.paid + change,
                                          invoice.currency, invoice.amount - invoice.credited,
                                          invoice.currency));
    end if;
end
$$;

create or replace function app.apply_allocations() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    change record;
    invoice invoices;
begin
    if app.rebuilding() then
        return null;
    end if;
    perform from payments p where (p.tenant_id, p.id) in (select n.tenant_id, n.payment_id from new_rows n)
      order by p.id for no key update;
    for change in
        select n.tenant_id, n.invoice_id, sum(n.amount) as amount, bool_or(n.amount > 0) as grows
          from new_rows n group by 1, 2 order by n.invoice_id
    loop
        select * into invoice from invoices i
         where i.tenant_id = change.tenant_id and i.id = change.invoice_id for no key update;
        perform app.check_allocation(invoice, change.amount, change.grows, (
            select p.currency from new_rows n
              join payments p on p.tenant_id = n.tenant_id and p.id = n.payment_id
             where n.tenant_id = change.tenant_id and n.invoice_id = change.invoice_id
               and p.currency <> invoice.currency limit 1));
        update invoices i
           set paid = i.paid + change.amount,
               status = case when i.status = 'cancelled' then i.status
                             else app.invoice_status(i.amount - i.credited - i.paid - change.amount,
                                                     i.due_date, i.tenant_id) end
         where i.tenant_id = change.tenant_id and i.id = change.invoice_id;
    end loop;
    perform app.check_payments_left(array_agg(n.tenant_id), array_agg(n.payment_id), array_agg(n.amount))
       from new_rows n;
    if exists (select from new_rows n
                join payment_allocations a on a.tenant_id = n.tenant_id and a.payment_id = n.payment_id
                                          and a.invoice_id = n.invoice_id
               where n.amount < 0
               group by n.tenant_id, n.payment_id, n.invoice_id, n.id having sum(a.amount) < 0) then
        perform app.refuse_payment('payment_allocations', 'allocation_below_zero', 'amount',
                                   'More than this payment gave would be taken from the invoice.');
    end if;
    update payments p set allocated = p.allocated + n.amount
      from (select n.tenant_id, n.payment_id, sum(n.amount) as amount from new_rows n group by 1, 2) n
     where p.tenant_id = n.tenant_id and p.id = n.payment_id;
    return null;
end
$$;

-- Refuses to allocate more of a payment than is left of it.
create or replace function app.check_payments_left(tenants uuid[], payment_ids uuid[], amounts numeric[])
    returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if exists (select from unnest(tenants, payment_ids, amounts) n(tenant_id, payment_id, amount)
                 join payments p on p.tenant_id = n.tenant_id and p.id = n.payment_id
                group by p.id, p.unallocated having sum(n.amount) > p.unallocated) then
        perform app.refuse_payment('payment_allocations', 'allocation_exceeds_payment', 'amount',
                                   'The payment has less left than that.');
    end if;
end
$$;
create or replace trigger payment_allocations_apply_trg after insert on payment_allocations
    referencing new table as new_rows
    for each statement execute function app.apply_allocations();

-- What is left of a payment is taken back first, then what it gave to invoices, the latest first; these are
-- open again.
create or replace function app.free_allocations(payment payments, missing numeric, by_reversal uuid, on_day date)
    returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    given record;
begin
    for given in
        select a.invoice_id, sum(a.amount) as amount, max(a.allocation_date) as day
          from payment_allocations a
         where a.tenant_id = payment.tenant_id and a.payment_id = payment.id
         group by 1 having sum(a.amount) > 0 order by max(a.created_at) desc, a.invoice_id
    loop
        exit when missing <= 0;
        insert into payment_allocations (tenant_id, payment_id, invoice_id, amount, allocation_date, reversal_id)
        values (payment.tenant_id, payment.id, given.invoice_id, -least(missing, given.amount),
                greatest(on_day, given.day), by_reversal);
        missing := missing - given.amount;
    end loop;
end
$$;
revoke execute on function app.free_allocations from public;

create or replace function app.begin_reversal() returns trigger
    language plpgsql
as $$
declare
    paid record;
begin
    if app.rebuilding() then
        return new;
    end if;
    select p.currency, p.payment_date into paid from payments p
     where p.tenant_id = new.tenant_id and p.id = new.payment_id;
    new.reversal_date := coalesce(new.reversal_date, app.today(new.tenant_id));
    new.reason := btrim(new.reason);
    if new.reversal_date < paid.payment_date then
        perform app.refuse_payment('payment_reversals', 'reversal_before_payment', 'reversal_date',
                                   'It was not paid yet on that day.');
    elsif new.amount <> round(new.amount, app.currency_decimals(paid.currency)) then
        perform app.refuse_payment('payment_reversals', 'check_reversal_decimals', 'amount',
                                   format('%s has no such amount.', paid.currency));
    end if;
    new.amount := coalesce(round(new.amount, app.currency_decimals(paid.currency)), new.amount);
    return new;
end
$$;
create or replace trigger payment_reversals_begin_trg before insert on payment_reversals
    for each row execute function app.begin_reversal();

create or replace function app.apply_reversals() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    entry record;
    payment payments;
begin
    if app.rebuilding() then
        return null;
    end if;
    perform from payments p where (p.tenant_id, p.id) in (select n.tenant_id, n.payment_id from new_rows n)
      order by p.id for no key update;
    perform from invoices i
      where (i.tenant_id, i.id) in (
          select a.tenant_id, a.invoice_id from new_rows n
            join payment_allocations a on a.tenant_id = n.tenant_id and a.payment_id = n.payment_id)
      order by i.id for no key update;
    for entry in select * from new_rows n order by n.payment_id, n.id loop
        select * into payment from payments p where p.tenant_id = entry.tenant_id and p.id = entry.payment_id;
        if not entry.amount <= payment.amount - payment.reversed then
            perform app.refuse_payment('payment_reversals', 'reversal_exceeds_payment', 'amount',
                                       format('%s %s are left of this payment.',
                                              payment.amount - payment.reversed, payment.currency));
        end if;
        perform app.free_allocations(payment, entry.amount - payment.unallocated, entry.id,
                                     entry.reversal_date);
        update payments p set reversed = p.reversed + entry.amount
         where p.tenant_id = entry.tenant_id and p.id = entry.payment_id;
    end loop;
    return null;
end
$$;
create or replace trigger payment_reversals_apply_trg after insert on payment_reversals
    referencing new table as new_rows
    for each statement execute function app.apply_reversals();
