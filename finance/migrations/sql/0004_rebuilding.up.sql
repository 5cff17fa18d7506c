-- A school that is rebuilt from its file keeps what the file says (app.rebuilding).

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
