-- Composite foreign keys and checks of the tables of money.

alter table invoices drop constraint if exists invoices_student_fk;
alter table invoices add constraint invoices_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table invoices drop constraint if exists invoices_payer_guardian_fk;
alter table invoices add constraint invoices_payer_guardian_fk
    foreign key (tenant_id, payer_guardian_id) references guardians (tenant_id, id);
alter table invoices drop constraint if exists invoices_payer_sponsor_fk;
alter table invoices add constraint invoices_payer_sponsor_fk
    foreign key (tenant_id, payer_sponsor_id) references sponsors (tenant_id, id);

alter table invoice_lines drop constraint if exists invoice_lines_invoice_fk;
alter table invoice_lines add constraint invoice_lines_invoice_fk
    foreign key (tenant_id, invoice_id) references invoices (tenant_id, id) on delete cascade;
alter table invoice_lines drop constraint if exists invoice_lines_fee_fk;
alter table invoice_lines add constraint invoice_lines_fee_fk
    foreign key (tenant_id, fee_id) references fees (tenant_id, id);
alter table invoice_lines drop constraint if exists invoice_lines_class_fk;
alter table invoice_lines add constraint invoice_lines_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);
alter table invoice_lines drop constraint if exists invoice_lines_term_fk;
alter table invoice_lines add constraint invoice_lines_term_fk
    foreign key (tenant_id, term_id) references terms (tenant_id, id);

-- The student is part of the key: a payment for one invoice belongs to the invoice's own student.
alter table payments drop constraint if exists payments_invoice_fk;
alter table payments add constraint payments_invoice_fk
    foreign key (tenant_id, invoice_id, student_id) references invoices (tenant_id, id, student_id);
-- On account it belongs to a student as well.
alter table payments drop constraint if exists payments_student_fk;
alter table payments add constraint payments_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table payments drop constraint if exists payments_payer_guardian_fk;
alter table payments add constraint payments_payer_guardian_fk
    foreign key (tenant_id, payer_guardian_id) references guardians (tenant_id, id);
alter table payments drop constraint if exists payments_payer_sponsor_fk;
alter table payments add constraint payments_payer_sponsor_fk
    foreign key (tenant_id, payer_sponsor_id) references sponsors (tenant_id, id);
alter table payments drop constraint if exists payments_recorded_by_fk;
alter table payments add constraint payments_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table payment_reversals drop constraint if exists payment_reversals_payment_fk;
alter table payment_reversals add constraint payment_reversals_payment_fk
    foreign key (tenant_id, payment_id) references payments (tenant_id, id);
alter table payment_reversals drop constraint if exists payment_reversals_recorded_by_fk;
alter table payment_reversals add constraint payment_reversals_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table credit_notes drop constraint if exists credit_notes_invoice_fk;
alter table credit_notes add constraint credit_notes_invoice_fk
    foreign key (tenant_id, invoice_id) references invoices (tenant_id, id);
alter table credit_notes drop constraint if exists credit_notes_recorded_by_fk;
alter table credit_notes add constraint credit_notes_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table payment_allocations drop constraint if exists payment_allocations_payment_fk;
alter table payment_allocations add constraint payment_allocations_payment_fk
    foreign key (tenant_id, payment_id) references payments (tenant_id, id);
alter table payment_allocations drop constraint if exists payment_allocations_invoice_fk;
alter table payment_allocations add constraint payment_allocations_invoice_fk
    foreign key (tenant_id, invoice_id) references invoices (tenant_id, id);
alter table payment_allocations drop constraint if exists payment_allocations_reversal_fk;
alter table payment_allocations add constraint payment_allocations_reversal_fk
    foreign key (tenant_id, reversal_id) references payment_reversals (tenant_id, id);
alter table payment_allocations drop constraint if exists payment_allocations_credit_note_fk;
alter table payment_allocations add constraint payment_allocations_credit_note_fk
    foreign key (tenant_id, credit_note_id) references credit_notes (tenant_id, id);
alter table payment_allocations drop constraint if exists payment_allocations_recorded_by_fk;
alter table payment_allocations add constraint payment_allocations_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table closed_months drop constraint if exists closed_months_closed_by_fk;
alter table closed_months add constraint closed_months_closed_by_fk
    foreign key (tenant_id, closed_by) references users (tenant_id, id);
alter table closed_months drop constraint if exists closed_months_reopened_by_fk;
alter table closed_months add constraint closed_months_reopened_by_fk
    foreign key (tenant_id, reopened_by) references users (tenant_id, id);

-- NaN compares as greater than every number, so that an upper bound refuses it, too.
alter table invoices drop constraint if exists check_invoice_amount_number;
alter table invoices add constraint check_invoice_amount_number check (amount < 100000000000);
alter table invoices drop constraint if exists check_invoice_currency;
alter table invoices add constraint check_invoice_currency
    check (app.currency_decimals(currency) is not null);
alter table invoices drop constraint if exists check_invoice_decimals;
alter table invoices add constraint check_invoice_decimals
    check (amount = round(amount, app.currency_decimals(currency)));
alter table payments drop constraint if exists check_amount_number;
alter table payments add constraint check_amount_number check (amount < 100000000000);
alter table payments drop constraint if exists check_payment_currency;
alter table payments add constraint check_payment_currency
    check (app.currency_decimals(currency) is not null);
alter table payments drop constraint if exists check_payment_decimals;
alter table payments add constraint check_payment_decimals
    check (amount = round(amount, app.currency_decimals(currency)));
alter table fees drop constraint if exists check_fee_number;
alter table fees add constraint check_fee_number check (amount < 100000000000);
alter table fees drop constraint if exists check_fee_currency;
alter table fees add constraint check_fee_currency
    check (app.currency_decimals(currency) is not null);
alter table fees drop constraint if exists check_fee_decimals;
alter table fees add constraint check_fee_decimals
    check (amount = round(amount, app.currency_decimals(currency)));
alter table invoice_lines drop constraint if exists check_line_numbers;
alter table invoice_lines add constraint check_line_numbers
    check (abs(quantity) < 100000000000 and abs(unit_price) < 100000000000
           and abs(amount) < 100000000000);

create or replace trigger invoices_fit_amount_trg before insert or update on invoices
    for each row when (scale(new.amount) <> app.currency_decimals(new.currency))
    execute function app.fit_amount();
create or replace trigger payments_fit_amount_trg before insert on payments
    for each row when (scale(new.amount) <> app.currency_decimals(new.currency))
    execute function app.fit_amount();
create or replace trigger fees_fit_amount_trg before insert or update on fees
    for each row when (scale(new.amount) <> app.currency_decimals(new.currency))
    execute function app.fit_amount();

-- The sum of quantity x unit_price, each line in the currency's decimals, or NULL when the items are not a
-- list of such objects.
create or replace function app.line_items_total(items jsonb, places integer) returns numeric
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select case when bool_and((i ->> 'quantity' is not null) and (i ->> 'unit_price' is not null))
                        then sum(round((i ->> 'quantity')::numeric * (i ->> 'unit_price')::numeric, places))
                   end
              from jsonb_array_elements(items) i);
exception when others then
    return null;
end
$$;

alter table invoices drop constraint if exists check_line_items;
alter table invoices add constraint check_line_items
    check (line_items is null or jsonb_typeof(line_items) = 'null' or line_items = '[]'
           or coalesce(app.line_items_total(line_items, app.currency_decimals(currency)) = amount, false));

-- Whoever is asking has recorded it, whatever a client writes there.
create or replace trigger payments_stamp_insert_trg before insert on payments
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger payment_allocations_stamp_insert_trg before insert on payment_allocations
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger payment_reversals_stamp_insert_trg before insert on payment_reversals
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger credit_notes_stamp_insert_trg before insert on credit_notes
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();

select app.watch('fees', 'fee', 'sort_name');
select app.watch('sponsors', 'sponsor', 'sort_name');
select app.watch('invoices', 'invoice', 'paid', 'credited', 'balance');
select app.watch('invoice_lines', 'invoice_line');
select app.watch('payments', 'payment', 'allocated', 'reversed', 'unallocated');
select app.watch('payment_allocations', 'payment_allocation');
select app.watch('payment_reversals', 'payment_reversal');
select app.watch('credit_notes', 'credit_note');
select app.watch('closed_months', 'closed_month');
select app.watch('number_series', 'number_series', 'last_number');
