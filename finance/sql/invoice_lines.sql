-- The lines of an invoice are rows; the specification's column line_items shows the same as JSON. Whichever is
-- written, the other follows: lines work out a draft's amount and items, and items written by themselves
-- (an INSERT of the specification's shape, a file) become lines.

-- Works out the line's amount, and keeps the lines of issued invoices. The invoice is locked, so that it is
-- not issued meanwhile.
create or replace function app.guard_invoice_line() returns trigger
    language plpgsql
as $$
declare
    line invoice_lines := coalesce(new, old);
    bill record;
begin
    -- The database's own bulk billing writes invoice and lines in one statement, worked out.
    if app.rebuilding() or tg_op = 'INSERT' and new.amount is not null and app.is_owner() then
        return line;
    end if;
    select i.invoice_number, i.currency, i.issued_at into bill from invoices i
     where i.tenant_id = line.tenant_id and i.id = line.invoice_id for no key update;
    if tg_op = 'UPDATE' and new.invoice_id <> old.invoice_id
       or bill.issued_at is not null and not app.is_owner() then
        raise exception 'Invoice % is issued; its lines stay.', bill.invoice_number
            using errcode = 'check_violation', table = 'invoice_lines', constraint = 'invoice_is_issued';
    end if;
    if tg_op <> 'DELETE' then
        line.amount := round(line.quantity * line.unit_price, app.currency_decimals(bill.currency));
    end if;
    return line;
end
$$;
create or replace trigger invoice_lines_guard_trg before insert or update or delete on invoice_lines
    for each row execute function app.guard_invoice_line();

-- A draft's amount and items are those of its lines. SECURITY DEFINER, and AFTER the policies: it writes what
-- follows from the lines alone.
create or replace function app.mirror_lines() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    tenants uuid[];
    invoice_ids uuid[];
begin
    if tg_op <> 'DELETE' then
        select array_agg(n.tenant_id), array_agg(n.invoice_id) into tenants, invoice_ids
          from (select distinct n.tenant_id, n.invoice_id from new_rows n) n;
    else
        select array_agg(o.tenant_id), array_agg(o.invoice_id) into tenants, invoice_ids
          from (select distinct o.tenant_id, o.invoice_id from old_rows o) o;
    end if;
    perform from invoices i
      where (i.tenant_id, i.id) in (select * from unnest(tenants, invoice_ids)) and i.issued_at is null
      order by i.id for no key update;
    update invoices i set amount = m.amount, line_items = m.items
      from (select t.tenant_id, t.invoice_id, coalesce(sum(l.amount), 0) as amount,
                   coalesce(jsonb_agg(jsonb_build_object(
                       'description', l.description, 'quantity', trim_scale(l.quantity)::text,
                       'unit_price', l.unit_price::text) order by l.position, l.created_at, l.id)
                       filter (where l.id is not null), '[]') as items
              from unnest(tenants, invoice_ids) t(tenant_id, invoice_id)
              left join invoice_lines l on l.tenant_id = t.tenant_id and l.invoice_id = t.invoice_id
             group by 1, 2) m
     where i.tenant_id = m.tenant_id and i.id = m.invoice_id and i.issued_at is null
       and (i.amount, i.line_items) is distinct from (m.amount, m.items)
       and not app.rebuilding();
    return null;
end
$$;
create or replace trigger invoice_lines_mirror_insert_trg after insert on invoice_lines
    referencing new table as new_rows
    for each statement execute function app.mirror_lines();
create or replace trigger invoice_lines_mirror_update_trg after update on invoice_lines
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.mirror_lines();
create or replace trigger invoice_lines_mirror_delete_trg after delete on invoice_lines
    referencing old table as old_rows
    for each statement execute function app.mirror_lines();

-- Items that were written by themselves become the lines. Not what the lines have just written there (depth).
create or replace function app.lines_from_items() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() then
        return null;
    end if;
    if tg_op = 'UPDATE' then
        delete from invoice_lines l using new_rows n, old_rows o
         where o.tenant_id = n.tenant_id and o.id = n.id and n.line_items is distinct from o.line_items
           and l.tenant_id = n.tenant_id and l.invoice_id = n.id;
    end if;
    insert into invoice_lines (tenant_id, invoice_id, position, description, quantity, unit_price)
    select n.tenant_id, n.id, i.place, coalesce(i.item ->> 'description', ''),
           (i.item ->> 'quantity')::numeric, (i.item ->> 'unit_price')::numeric
      from new_rows n, jsonb_array_elements(
               case when jsonb_typeof(n.line_items) = 'array' then n.line_items else '[]' end)
           with ordinality i(item, place)
     where not exists (select from invoice_lines l where l.tenant_id = n.tenant_id and l.invoice_id = n.id);
    return null;
end
$$;
create or replace trigger invoices_lines_insert_trg after insert on invoices
    referencing new table as new_rows
    for each statement when (pg_trigger_depth() = 0) execute function app.lines_from_items();
create or replace trigger invoices_lines_update_trg after update on invoices
    referencing old table as old_rows new table as new_rows
    for each statement when (pg_trigger_depth() = 0) execute function app.lines_from_items();
