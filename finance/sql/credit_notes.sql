-- A credit note lowers what an invoice asks. What was paid above that is free again: credit of who paid. An
-- invoice that asks nothing any more is cancelled. Locks as in payments.sql.

create or replace function app.begin_credit_note() returns trigger
    language plpgsql
as $$
declare
    bill record;
begin
    if app.rebuilding() then
        return new;
    end if;
    select i.currency, i.issue_date into bill from invoices i
     where i.tenant_id = new.tenant_id and i.id = new.invoice_id;
    new.credit_date := coalesce(new.credit_date, app.today(new.tenant_id));
    new.reason := btrim(new.reason);
    if new.credit_date < bill.issue_date then
        perform app.refuse_payment('credit_notes', 'credit_note_before_invoice', 'credit_date',
                                   'The invoice was not issued yet on that day.');
    elsif new.amount <> round(new.amount, app.currency_decimals(bill.currency)) then
        perform app.refuse_payment('credit_notes', 'check_credit_note_decimals', 'amount',
                                   format('%s has no such amount.', bill.currency));
    end if;
    new.amount := coalesce(round(new.amount, app.currency_decimals(bill.currency)), new.amount);
    return new;
end
$$;
create or replace trigger credit_notes_begin_trg before insert on credit_notes
    for each row execute function app.begin_credit_note();

-- Takes `excess` from what payments gave an invoice, the latest first. Refuses when a payment gave something
-- after `locked` were locked: whoever comes second tries again.
create or replace function app.free_excess(invoice invoices, excess numeric, by_note uuid, on_day date,
                                           locked uuid[]) returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    given record;
begin
    for given in
        select a.payment_id, sum(a.amount) as amount, max(a.allocation_date) as day
          from payment_allocations a
         where a.tenant_id = invoice.tenant_id and a.invoice_id = invoice.id
         group by 1 having sum(a.amount) > 0 order by max(a.created_at) desc, a.payment_id
    loop
        exit when excess <= 0;
        if given.payment_id <> all (locked) then
            raise exception 'A payment came in at the same moment.' using errcode = 'deadlock_detected';
        end if;
        insert into payment_allocations (tenant_id, payment_id, invoice_id, amount, allocation_date,
                                         credit_note_id)
        values (invoice.tenant_id, given.payment_id, invoice.id, -least(excess, given.amount),
                greatest(on_day, given.day), by_note);
        excess := excess - given.amount;
    end loop;
end
$$;
revoke execute on function app.free_excess from public;

create or replace function app.apply_credit_notes() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    locked uuid[];
    entry record;
    invoice invoices;
begin
    if app.rebuilding() then
        return null;
    end if;
    select coalesce(array_agg(distinct a.payment_id), '{}') into locked
      from new_rows n
      join payment_allocations a on a.tenant_id = n.tenant_id and a.invoice_id = n.invoice_id;
    perform from payments p where p.tenant_id in (select n.tenant_id from new_rows n) and p.id = any (locked)
      order by p.id for no key update;
    perform from invoices i where (i.tenant_id, i.id) in (select n.tenant_id, n.invoice_id from new_rows n)
      order by i.id for no key update;
    for entry in select * from new_rows n order by n.invoice_id, n.id loop
        select * into invoice from invoices i where i.tenant_id = entry.tenant_id and i.id = entry.invoice_id;
        if invoice.issued_at is null or invoice.status = 'cancelled' then
            perform app.refuse_payment('credit_notes', 'credit_note_of_no_invoice', 'invoice_id',
                                       'This invoice is a draft or cancelled.');
        elsif not entry.amount <= invoice.amount - invoice.credited then
            perform app.refuse_payment('credit_notes', 'credit_note_exceeds_invoice', 'amount',
                                       format('Invoice %s asks %s %s.', invoice.invoice_number,
                                              invoice.amount - invoice.credited, invoice.currency));
        end if;
        perform app.free_excess(invoice, invoice.paid + invoice.credited + entry.amount - invoice.amount,
                                entry.id, entry.credit_date, locked);
        update invoices i
           set credited = i.credited + entry.amount,
               status = case when i.credited + entry.amount = i.amount then 'cancelled'
                             else app.invoice_status(i.amount - i.credited - i.paid - entry.amount,
                                                     i.due_date, i.tenant_id) end,
               cancelled_on = case when i.credited + entry.amount = i.amount then entry.credit_date end,
               cancel_reason = case when i.credited + entry.amount = i.amount then entry.reason end
         where i.tenant_id = entry.tenant_id and i.id = entry.invoice_id;
    end loop;
    return null;
end
$$;
create or replace trigger credit_notes_apply_trg after insert on credit_notes
    referencing new table as new_rows
    for each statement execute function app.apply_credit_notes();
