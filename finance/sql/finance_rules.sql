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
