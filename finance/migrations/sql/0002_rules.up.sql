-- The currencies of ISO 4217 with their number of decimals, as finance/currencies.py has them from a library;
-- NULL for anything else. Relied on by every amount of money.

create or replace function app.currency_decimals(currency text) returns integer
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return case
        when currency in ('USD', 'EUR', 'GBP') then 2
        when currency = any (string_to_array(
                'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', ' ')) then 0
        when currency = any (string_to_array(
                'BHD IQD JOD KWD LYD OMR TND', ' ')) then 3
        when currency = any (regexp_split_to_array(
                'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD
                 BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP
                 DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
                 IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
                 MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
                 NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
                 SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD
                 USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG', '\s+')) then 2
    end;

-- An amount has its currency's decimals: 5 dollars are kept as 5.00. What would have to be rounded stays as
-- it is, for a check to refuse.
create or replace function app.fit_amount() returns trigger
    language plpgsql
as $$
declare
    places integer := app.currency_decimals(new.currency);
begin
    if round(new.amount, places) = new.amount then
        new.amount := round(new.amount, places);
    end if;
    return new;
end
$$;

-- Money is only ever added to: a payment, what it is allocated to, what was taken back of it and a credit note
-- are never changed or deleted, by anybody. A mistake gets a counter-entry (docs/decisions/0009).
-- Relied on by every balance of a past day.

-- Whether the database itself is writing: a function of the owner's, or a session of the owner.
create or replace function app.is_owner() returns boolean
    language sql stable
    return current_user = (select pg_get_userbyid(c.relowner) from pg_class c
                            where c.oid = 'tenants'::regclass);

create or replace function app.refuse_money_change() returns trigger
    language plpgsql
as $$
begin
    raise exception 'What was recorded as % is not changed or deleted.', tg_table_name
        using errcode = 'insufficient_privilege', table = tg_table_name,
              constraint = 'money_is_append_only';
end
$$;

create or replace trigger payments_append_only_trg before delete on payments
    for each statement execute function app.refuse_money_change();
-- The database itself keeps the two sums of the payment's entries.
create or replace trigger payments_append_only_update_trg before update on payments
    for each row when (
        (new.id, new.tenant_id, new.invoice_id, new.student_id, new.payer_guardian_id,
         new.payer_sponsor_id, new.amount, new.currency, new.payment_method, new.transaction_id)
            is distinct from
        (old.id, old.tenant_id, old.invoice_id, old.student_id, old.payer_guardian_id,
         old.payer_sponsor_id, old.amount, old.currency, old.payment_method, old.transaction_id)
        or (new.receipt_url, new.payment_date, new.notes, new.recorded_by, new.token, new.created_at)
            is distinct from
        (old.receipt_url, old.payment_date, old.notes, old.recorded_by, old.token, old.created_at))
    execute function app.refuse_money_change();
create or replace trigger payment_allocations_append_only_trg before update or delete
    on payment_allocations for each statement execute function app.refuse_money_change();
create or replace trigger payment_reversals_append_only_trg before update or delete
    on payment_reversals for each statement execute function app.refuse_money_change();
create or replace trigger credit_notes_append_only_trg before update or delete
    on credit_notes for each statement execute function app.refuse_money_change();

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

-- What an invoice is: a draft, issued, cancelled; pending, overdue, paid. What it was issued with stays, and
-- whether it is paid follows from its entries alone, whatever a client writes there. Pending or overdue is the
-- date's to say (app.invoice_state); what is stored of that follows within minutes.

-- Today at the school: core/sql/school_date.sql, under the name it has always had here.
create or replace function app.today(tenant uuid) returns date
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    return app.school_date(tenant);
end
$$;

-- What an invoice's status is, by what is still to pay and the date at the school.
create or replace function app.invoice_status(balance numeric, due_date date, tenant uuid) returns text
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select case when balance <= 0 then 'paid'
                when due_date < app.today(tenant) then 'overdue'
                else 'pending' end;
end;

create or replace function app.refuse_invoice(invoice invoices, rule text, field text) returns void
    language plpgsql
as $$
begin
    raise exception 'Invoice % cannot be changed like this (%).', invoice.invoice_number, field
        using errcode = 'check_violation', table = 'invoices', column = field, constraint = rule;
end
$$;

-- A number, or issued_at, makes an invoice an issued one; without either it is a draft.
create or replace function app.begin_invoice() returns trigger
    language plpgsql
as $$
begin
    if app.rebuilding() then
        return new;
    end if;
    if not app.is_owner() then
        new.paid := 0;
        new.credited := 0;
        new.cancelled_on := null;
    end if;
    new.invoice_number := nullif(new.invoice_number, '');
    if new.invoice_number is not null then
        new.issued_at := coalesce(new.issued_at, now());
    end if;
    if new.status not in ('pending', 'paid', 'overdue', 'cancelled') then
        return new;  -- for the check to refuse
    elsif new.issued_at is null then
        new.status := 'pending';
    elsif new.status = 'cancelled' then
        new.cancelled_on := coalesce(new.cancelled_on, new.issue_date);
    elsif new.status = 'paid' or new.amount - new.credited - new.paid <= 0 then
        new.status := app.invoice_status(new.amount - new.credited - new.paid, new.due_date, new.tenant_id);
    end if;
    return new;
end
$$;
create or replace trigger invoices_begin_trg before insert on invoices
    for each row execute function app.begin_invoice();

-- The column of an issued invoice that an update would change, or NULL.
create or replace function app.frozen_column(was invoices, becomes invoices) returns text
    language sql immutable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select case when becomes.invoice_number is distinct from was.invoice_number then 'invoice_number'
                when becomes.student_id <> was.student_id then 'student_id'
                when becomes.amount <> was.amount then 'amount'
                when becomes.currency <> was.currency then 'currency'
                when becomes.line_items is distinct from was.line_items then 'line_items'
                when becomes.issue_date <> was.issue_date then 'issue_date'
                when becomes.due_date <> was.due_date then 'due_date'
                when becomes.description is distinct from was.description then 'description'
                when (becomes.payer_guardian_id, becomes.payer_sponsor_id)
                     is distinct from (was.payer_guardian_id, was.payer_sponsor_id) then 'payer_guardian_id'
                when (becomes.tenant_id, becomes.id, becomes.issued_at, becomes.paid, becomes.credited,
                      becomes.cancelled_on)
                     is distinct from (was.tenant_id, was.id, was.issued_at, was.paid, was.credited,
                                       was.cancelled_on) then 'amount' end;
end;

-- What a client may change. (The database's own functions, as the owner, keep the sums and the status.)
create or replace function app.guard_invoice() returns trigger
    language plpgsql
as $$
declare
    frozen text;
begin
    if app.is_owner() then
        return new;
    end if;
    if old.issued_at is null then
        new.paid := 0;
        new.credited := 0;
        new.cancelled_on := null;
        new.invoice_number := nullif(new.invoice_number, '');
        if new.invoice_number is not null then
            new.issued_at := coalesce(new.issued_at, now());
        end if;
        new.status := case when new.issued_at is null then 'pending'
                           else app.invoice_status(new.amount, new.due_date, new.tenant_id) end;
        return new;
    end if;
    frozen := app.frozen_column(old, new);
    if frozen is not null then
        perform app.refuse_invoice(old, 'invoice_is_issued', frozen);
    elsif new.status = 'cancelled' and old.status <> 'cancelled' then
        if old.paid > 0 then
            perform app.refuse_invoice(old, 'invoice_has_payments', 'status');
        end if;
        new.cancelled_on := greatest(app.today(new.tenant_id), new.issue_date);
    elsif old.status = 'cancelled' and new.status <> 'cancelled' then
        perform app.refuse_invoice(old, 'invoice_is_cancelled', 'status');
    elsif new.cancel_reason is distinct from old.cancel_reason then
        perform app.refuse_invoice(old, 'invoice_is_issued', 'cancel_reason');
    elsif new.status = 'paid' and old.status <> 'paid' then
        perform app.refuse_invoice(old, 'invoice_not_covered', 'status');
    elsif old.status = 'paid' and new.status in ('pending', 'overdue') then
        new.status := 'paid';  -- covered is paid, whatever a form had open
    end if;
    return new;
end
$$;
create or replace trigger invoices_guard_trg before update on invoices
    for each row execute function app.guard_invoice();

create or replace function app.keep_issued_invoice() returns trigger
    language plpgsql
as $$
begin
    perform app.refuse_invoice(old, 'invoice_is_issued', 'status');
end
$$;
create or replace trigger invoices_keep_issued_trg before delete on invoices
    for each row when (old.issued_at is not null) execute function app.keep_issued_invoice();

-- Overdue begins the day after the due date, at the school. Runs as its caller: the office for its
-- own school (finance.tasks, in each). Returns the number changed.
create or replace function app.mark_overdue_invoices() returns bigint
    language sql
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with marked as (
        update invoices i set status = 'overdue'
          from tenants t
         where t.id = i.tenant_id and i.status = 'pending' and i.issued_at is not null
           and i.due_date < app.today(t.id)
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
                    where i.tenant_id = t.id and i.status = 'pending' and i.issued_at is not null
                      and i.due_date < current_date + 1 and i.due_date < app.today(t.id))
     order by t.id;
$$;
revoke execute on function app.schools_with_late_invoices from public;
grant execute on function app.schools_with_late_invoices to school_app;

-- Numbers of invoices and credit notes: by the school's pattern (settings keys invoice_numbers and
-- credit_note_numbers; YYYY is the year, #### the number with leading zeros), gapless in a school and year.
-- The row of the series is locked until the transaction ends: whoever gives a number out next waits, and
-- takes the same number when the first one fails.

create or replace function app.number_pattern(tenant uuid, series text) returns text
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select coalesce(nullif(t.settings ->> (series || '_numbers'), ''),
                    case series when 'invoice' then 'YYYY-#####' else 'CN-YYYY-####' end)
      from tenants t where t.id = tenant;
end;

create or replace function app.written_number(pattern text, year integer, n integer) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select replace(case when pattern ~ '#' then
                        regexp_replace(pattern, '#+', lpad(n::text, greatest(
                            length(substring(pattern from '#+')), length(n::text)), '0'))
                   else pattern || n end, 'YYYY', year::text);
end;

-- The next `count` numbers. What was written by hand, or came with a file, is passed over. Run by the
-- functions below alone.
create or replace function app.next_numbers(tenant uuid, series text, day date, count integer)
    returns text[]
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    pattern text := app.number_pattern(tenant, series);
    this_year integer := extract(year from day);
    of_year integer := case when pattern like '%YYYY%' then this_year else 0 end;
    last integer;
    number text;
    numbers text[] := '{}';
begin
    insert into number_series as s (tenant_id, kind, year) values (tenant, series, of_year)
        on conflict (tenant_id, kind, year) do update set last_number = s.last_number
        returning s.last_number into last;
    while cardinality(numbers) < count loop
        last := last + 1;
        number := app.written_number(pattern, this_year, last);
        if not exists (select from invoices i where series = 'invoice' and i.tenant_id = tenant
                                                and i.invoice_number = number)
           and not exists (select from credit_notes c where series = 'credit_note' and c.tenant_id = tenant
                                                        and c.credit_note_number = number) then
            numbers := numbers || number;
        end if;
    end loop;
    update number_series s set last_number = last
     where s.tenant_id = tenant and s.kind = series and s.year = of_year;
    return numbers;
end
$$;
revoke execute on function app.next_numbers from public;

-- SECURITY DEFINER because nobody writes the series by hand.
create or replace function app.give_invoice_number() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'admin');
    new.invoice_number := (app.next_numbers(new.tenant_id, 'invoice', new.issue_date, 1))[1];
    return new;
end
$$;
create or replace trigger invoices_number_trg before insert or update on invoices
    for each row when (new.issued_at is not null and new.invoice_number is null)
    execute function app.give_invoice_number();

create or replace function app.give_credit_note_number() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'admin');
    new.credit_note_number := (app.next_numbers(new.tenant_id, 'credit_note',
        coalesce(new.credit_date, app.today(new.tenant_id)), 1))[1];
    return new;
end
$$;
create or replace trigger credit_notes_number_trg before insert on credit_notes
    for each row when (coalesce(new.credit_note_number, '') = '')
    execute function app.give_credit_note_number();

-- Issue drafts, in the order given, with one look at the series for each year. Refuses what is no draft of
-- the school. A procedure, so that it cannot stand in a query; SECURITY DEFINER for the series.
-- Relied on by finance.services.invoices.
create or replace procedure app.issue_invoices(drafts uuid[])
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school uuid := app.tenant_id();
    a_year record;
    numbers text[];
begin
    perform app.refuse_stranger('invoices', school, 'admin');
    perform from invoices i where i.tenant_id = school and i.id = any (drafts)
      order by i.id for no key update;
    if (select count(*) from invoices i where i.tenant_id = school and i.id = any (drafts)
                                          and i.issued_at is null)
       <> (select count(distinct d) from unnest(drafts) d) then
        raise exception 'Not all of these are drafts.'
            using errcode = 'check_violation', table = 'invoices', constraint = 'invoice_is_issued';
    end if;
    for a_year in
        select extract(year from i.issue_date) as year, min(i.issue_date) as day,
               array_agg(i.id order by d.place) as ids
          from (select u.id, min(u.place) as place
                  from unnest(drafts) with ordinality u(id, place) group by 1) d
          join invoices i on i.tenant_id = school and i.id = d.id
         group by 1 order by 1
    loop
        numbers := app.next_numbers(school, 'invoice', a_year.day, cardinality(a_year.ids));
        update invoices i
           set invoice_number = n.number, issued_at = now(),
               status = app.invoice_status(i.amount, i.due_date, i.tenant_id)
          from unnest(a_year.ids, numbers) n(id, number)
         where i.tenant_id = school and i.id = n.id;
    end loop;
end
$$;
revoke execute on procedure app.issue_invoices from public;
grant execute on procedure app.issue_invoices to school_app, school_admin;

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
    if app.rebuilding() then
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
      where (i.tenant_id, i.id) in (select * from unnest(tenants, invoice_ids))
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

-- A closed month takes no more entries. Whoever writes one holds a shared lock until the end of the
-- transaction, and whoever closes waits for them: what is closed has all its entries.

create or replace function app.lock_books(tenant uuid, closing boolean) returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if closing then
        perform pg_advisory_xact_lock(hashtextextended('closed_months ' || tenant, 0));
    else
        perform pg_advisory_xact_lock_shared(hashtextextended('closed_months ' || tenant, 0));
    end if;
end
$$;
revoke execute on function app.lock_books from public;

-- Refuses an entry that is dated in a closed month; of one school at a time, as all statements are.
create or replace function app.refuse_closed(days date[], tenant uuid, on_table text, field text) returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    shut date;
begin
    if days is null or app.rebuilding() then
        return;
    end if;
    perform app.lock_books(tenant, false);
    select c.month into shut from closed_months c
     where c.tenant_id = tenant and c.reopened_at is null
       and c.month in (select date_trunc('month', d)::date from unnest(days) d) limit 1;
    if found then
        raise exception 'The books of % are closed.', to_char(shut, 'YYYY-MM')
            using errcode = 'check_violation', table = on_table, column = field,
                  constraint = 'month_is_closed';
    end if;
end
$$;
revoke execute on function app.refuse_closed from public;

-- SECURITY DEFINER, and AFTER the policies were asked: the rule is the same for whoever writes an entry.
-- Its argument is the column of the entry's date.
create or replace function app.keep_closed() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school record;
begin
    for school in execute format(
        'select n.tenant_id, array_agg(distinct n.%I) as days from new_rows n group by 1', tg_argv[0])
    loop
        perform app.refuse_closed(school.days, school.tenant_id, tg_table_name, tg_argv[0]);
    end loop;
    return null;
end
$$;
create or replace trigger payments_open_month_trg after insert on payments
    referencing new table as new_rows
    for each statement execute function app.keep_closed('payment_date');
create or replace trigger payment_allocations_open_month_trg after insert on payment_allocations
    referencing new table as new_rows
    for each statement execute function app.keep_closed('allocation_date');
create or replace trigger payment_reversals_open_month_trg after insert on payment_reversals
    referencing new table as new_rows
    for each statement execute function app.keep_closed('reversal_date');
create or replace trigger credit_notes_open_month_trg after insert on credit_notes
    referencing new table as new_rows
    for each statement execute function app.keep_closed('credit_date');

-- An invoice is an entry of the day it is issued on, and of the day it is cancelled on.
create or replace function app.keep_closed_to_invoices() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school record;
begin
    if tg_op = 'INSERT' then
        for school in
            select n.tenant_id, array_agg(distinct n.issue_date) as days from new_rows n
             where n.issued_at is not null group by 1
        loop
            perform app.refuse_closed(school.days, school.tenant_id, tg_table_name, 'issue_date');
        end loop;
        return null;
    end if;
    for school in
        select n.tenant_id,
               array_agg(distinct n.issue_date) filter (where o.issued_at is null) as days,
               array_agg(distinct n.cancelled_on) filter (where o.cancelled_on is null
                                                            and n.cancelled_on is not null) as last_days
          from new_rows n join old_rows o on o.tenant_id = n.tenant_id and o.id = n.id
         where n.issued_at is not null and (o.issued_at is null or o.cancelled_on is null)
         group by 1
    loop
        perform app.refuse_closed(school.days, school.tenant_id, tg_table_name, 'issue_date');
        perform app.refuse_closed(school.last_days, school.tenant_id, tg_table_name, 'status');
    end loop;
    return null;
end
$$;
create or replace trigger invoices_open_month_insert_trg after insert on invoices
    referencing new table as new_rows
    for each statement execute function app.keep_closed_to_invoices();
create or replace trigger invoices_open_month_update_trg after update on invoices
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.keep_closed_to_invoices();

-- A month is closed when it is over, and reopened by writing the reason; who and when, the database writes.
-- SECURITY DEFINER for the lock, which nobody else may take.
create or replace function app.close_month() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'admin');
    if app.rebuilding() then
        return new;
    end if;
    new.month := date_trunc('month', new.month);
    new.closed_by := app.user_id();
    new.reopened_at := null;
    new.reopened_by := null;
    new.reopen_reason := null;
    perform app.lock_books(new.tenant_id, true);
    if (new.month + interval '1 month')::date > app.today(new.tenant_id) then
        raise exception 'The month is not over.'
            using errcode = 'check_violation', table = tg_table_name, column = 'month',
                  constraint = 'closed_month_not_over';
    end if;
    return new;
end
$$;
create or replace trigger closed_months_close_trg before insert on closed_months
    for each row execute function app.close_month();

create or replace function app.reopen_month() returns trigger
    language plpgsql
as $$
begin
    if old.reopened_at is not null or new.month <> old.month then
        raise exception 'It is reopened already.'
            using errcode = 'check_violation', table = tg_table_name, column = 'month',
                  constraint = 'closed_month_stays';
    end if;
    new.reopen_reason := btrim(new.reopen_reason);
    if new.reopen_reason is not null then
        new.reopened_at := now();
        new.reopened_by := app.user_id();
    end if;
    return new;
end
$$;
create or replace trigger closed_months_reopen_trg before update on closed_months
    for each row execute function app.reopen_month();
-- Reminders of overdue invoices: each stage once, in its turn, and only while something is to pay. The
-- invoice's row is locked, so that two who remind at the same moment write one after the other.

alter table payment_reminders drop constraint if exists payment_reminders_invoice_fk;
alter table payment_reminders add constraint payment_reminders_invoice_fk
    foreign key (tenant_id, invoice_id) references invoices (tenant_id, id);
alter table payment_reminders drop constraint if exists payment_reminders_fee_fk;
alter table payment_reminders add constraint payment_reminders_fee_fk
    foreign key (tenant_id, late_fee_invoice_id) references invoices (tenant_id, id);
alter table payment_reminders drop constraint if exists payment_reminders_recorded_by_fk;
alter table payment_reminders add constraint payment_reminders_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table reminder_opt_outs drop constraint if exists reminder_opt_outs_student_fk;
alter table reminder_opt_outs add constraint reminder_opt_outs_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id) on delete cascade;
alter table reminder_opt_outs drop constraint if exists reminder_opt_outs_guardian_fk;
alter table reminder_opt_outs add constraint reminder_opt_outs_guardian_fk
    foreign key (tenant_id, guardian_id) references guardians (tenant_id, id) on delete cascade;
alter table reminder_opt_outs drop constraint if exists reminder_opt_outs_recorded_by_fk;
alter table reminder_opt_outs add constraint reminder_opt_outs_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

create or replace trigger payment_reminders_stamp_insert_trg before insert on payment_reminders
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger reminder_opt_outs_stamp_insert_trg before insert on reminder_opt_outs
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();

create or replace function app.begin_reminder() returns trigger
    language plpgsql
as $$
declare
    bill record;
    last integer;
begin
    if app.rebuilding() then
        return new;
    end if;
    new.reminder_date := coalesce(new.reminder_date, app.today(new.tenant_id));
    select i.issued_at, i.balance, i.due_date into bill from invoices i
     where i.tenant_id = new.tenant_id and i.id = new.invoice_id for no key update;
    if not found then
        return new;
    end if;
    select coalesce(max(r.stage), 0) into last from payment_reminders r
     where r.tenant_id = new.tenant_id and r.invoice_id = new.invoice_id;
    if bill.issued_at is null or bill.balance <= 0 then
        perform app.refuse_payment('payment_reminders', 'reminder_of_settled_invoice', 'invoice',
                                   'Nothing is to pay of it.');
    elsif bill.due_date >= new.reminder_date then
        perform app.refuse_payment('payment_reminders', 'reminder_before_due', 'reminder_date',
                                   'It is not overdue on that day.');
    elsif new.stage > last + 1 then
        perform app.refuse_payment('payment_reminders', 'reminder_out_of_turn', 'stage',
                                   'The stage before it was not sent.');
    end if;
    return new;
end
$$;
create or replace trigger payment_reminders_begin_trg before insert on payment_reminders
    for each row execute function app.begin_reminder();
create or replace trigger payment_reminders_append_only_trg before update or delete
    on payment_reminders for each statement execute function app.refuse_money_change();

select app.watch('payment_reminders', 'payment_reminder');
select app.watch('reminder_opt_outs', 'reminder_opt_out');

-- The schools that send reminders by themselves and have an invoice to remind of: ids only. SECURITY DEFINER
-- because a job that belongs to no school sees no school's rows. Relied on by finance.tasks.
create or replace function app.schools_with_reminders() returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select t.id from tenants t
     where app.is_nobody()
       and t.status = 'active' and t.settings #> '{reminders,automatic}' = 'true'
       and exists (select from invoices i
                    where i.tenant_id = t.id and i.status in ('pending', 'overdue')
                      and i.issued_at is not null and i.due_date < current_date + 1
                      and i.due_date < app.today(t.id))
     order by t.id;
$$;
revoke execute on function app.schools_with_reminders from public;
grant execute on function app.schools_with_reminders to school_app;

-- What is owed. invoices.balance is the one place that works a balance out; everything that shows one reads it:
-- this view, lists, profile, portal, reports. Under the policies of whoever reads.

create or replace view view_invoice_balance with (security_invoker = true) as
    select i.tenant_id, i.id as invoice_id, i.invoice_number, i.student_id, i.currency, i.amount, i.paid,
           i.balance, i.due_date,
           app.invoice_state(i.status, i.due_date, (select app.today(app.tenant_id())))::varchar(50) as status
      from invoices i
     where i.issued_at is not null;

revoke all on view_invoice_balance
    from school_app, school_admin, school_teacher, school_student, school_guardian;
grant select on view_invoice_balance
    to school_app, school_admin, school_student, school_guardian;

create index if not exists idx_invoices_cancelled on invoices (tenant_id, cancelled_on)
    where cancelled_on is not null;

-- A student and their siblings, who share a guardian with them: they pay together. An array, so that an index
-- finds the family's invoices.
create or replace function app.family(student uuid) returns uuid[]
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select array(select family.student
                  union
                 select sibling.student_id
                   from student_guardians own
                   join student_guardians sibling on sibling.tenant_id = own.tenant_id
                                                 and sibling.guardian_id = own.guardian_id
                  where own.tenant_id = app.tenant_id() and own.student_id = family.student);
end;

-- Overdue begins the day after the due date.
create or replace function app.aging_bucket(due_date date, as_of date) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select case when due_date >= as_of then 'current'
                when as_of - due_date <= 30 then '1-30'
                when as_of - due_date <= 60 then '31-60'
                when as_of - due_date <= 90 then '61-90'
                else '90+' end;
end;

-- What was owed at the end of a day: entries dated up to it count. So a past day stays as it was unless
-- somebody dates an entry back, which a closed month refuses. What is open now is taken as it is, and what
-- was entered later is put back; for a recent day that is little.
create or replace function app.aging(as_of date)
    returns table (invoice_id uuid, student_id uuid, currency text, bucket text, balance numeric)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with later as materialized (
        select e.invoice_id, sum(e.amount) as amount
          from (select a.invoice_id, a.amount from payment_allocations a
                 where a.tenant_id = app.tenant_id() and a.allocation_date > as_of
                 union all
                select c.invoice_id, c.amount from credit_notes c
                 where c.tenant_id = app.tenant_id() and c.credit_date > as_of) e
         group by 1)
    select o.id, o.student_id, o.currency::text, app.aging_bucket(o.due_date, as_of), o.balance
      from (select i.id, i.student_id, i.currency, i.due_date, i.balance + coalesce(l.amount, 0) as balance
              from invoices i
              left join later l on l.invoice_id = i.id
             where i.tenant_id = app.tenant_id() and i.issued_at is not null
               and i.status in ('pending', 'overdue') and i.issue_date <= as_of
             union all
            select i.id, i.student_id, i.currency, i.due_date,
                   i.amount - i.credited - i.paid + coalesce(l.amount, 0)
              from (select l.invoice_id as id from later l
                     union
                    select c.id from invoices c
                     where c.tenant_id = app.tenant_id() and c.cancelled_on > as_of) c
              join invoices i on i.tenant_id = app.tenant_id() and i.id = c.id
              left join later l on l.invoice_id = i.id
             where i.issued_at is not null and i.issue_date <= as_of
               and (i.status = 'paid' or i.cancelled_on > as_of)) o
     where o.balance > 0;
end;

-- Double entry for accountants: of every day and currency, debits and credits are the same sum. The accounts:
-- receivable, revenue (by fee), credit notes, credit (money on account), bank (by method).
create or replace function app.journal(first_day date, last_day date)
    returns table (entry_date date, account text, detail text, student_id uuid, currency text,
                   debit numeric, credit numeric, document text, document_id uuid)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with entries as (
        -- An invoice: the family owes it, by each of its lines.
        select i.issue_date as day, 'receivable' as debited, null::text as debit_detail,
               'revenue' as credited, coalesce(f.code, f.name) as credit_detail, i.student_id, i.currency,
               coalesce(l.amount, i.amount) as amount, 'invoice' as document, i.id
          from invoices i
          left join invoice_lines l on l.tenant_id = i.tenant_id and l.invoice_id = i.id
          left join fees f on f.tenant_id = l.tenant_id and f.id = l.fee_id
         where i.tenant_id = app.tenant_id() and i.issued_at is not null
           and i.issue_date between first_day and last_day
         union all
        -- Cancelled: what it still asked is owed no more.
        select i.cancelled_on, 'credit notes', null, 'receivable', null, i.student_id, i.currency,
               i.amount - i.credited, 'cancellation', i.id
          from invoices i
         where i.tenant_id = app.tenant_id() and i.issued_at is not null
           and i.cancelled_on between first_day and last_day
         union all
        select c.credit_date, 'credit notes', null, 'receivable', null, i.student_id, i.currency,
               c.amount, 'credit note', c.id
          from credit_notes c
          join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
         where c.tenant_id = app.tenant_id() and c.credit_date between first_day and last_day
         union all
        -- Money comes in on account, and from there it goes to invoices or back.
        select p.payment_date, 'bank', p.payment_method, 'credit', null, p.student_id, p.currency,
               p.amount, 'payment', p.id
          from payments p
         where p.tenant_id = app.tenant_id() and p.payment_date between first_day and last_day
         union all
        select a.allocation_date, 'credit', null, 'receivable', null, p.student_id, p.currency,
               a.amount, 'allocation', a.id
          from payment_allocations a
          join payments p on p.tenant_id = a.tenant_id and p.id = a.payment_id
         where a.tenant_id = app.tenant_id() and a.allocation_date between first_day and last_day
         union all
        select r.reversal_date, 'credit', null, 'bank', p.payment_method, p.student_id, p.currency,
               r.amount, r.kind, r.id
          from payment_reversals r
          join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id
         where r.tenant_id = app.tenant_id() and r.reversal_date between first_day and last_day)
    -- An amount below zero (a discount, an allocation taken back) stands on the other side.
    select e.day, s.account, s.detail, e.student_id, e.currency::text,
           case when s.is_debit = (e.amount > 0) then abs(e.amount) else 0 end,
           case when s.is_debit = (e.amount > 0) then 0 else abs(e.amount) end,
           e.document, e.id
      from entries e
      cross join lateral (values (e.debited, e.debit_detail, true), (e.credited, e.credit_detail, false))
           s(account, detail, is_debit)
     where e.amount <> 0;
end;

-- A statement of account: what changed what these students owe, day by day; below zero is credit. Under the
-- policies of whoever reads. Money that a payment of one student gave to an invoice of another moves from the
-- one account to the other, so that the accounts of a family are together the family's.
-- Relied on by finance.selectors.statement.

create or replace function app.account(students uuid[])
    returns table (entry_date date, kind text, reference text, student_id uuid, currency text,
                   amount numeric, entry_id uuid, entered_at timestamptz)
    language sql stable rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select i.issue_date, 'invoice', i.invoice_number::text, i.student_id, i.currency::text, i.amount, i.id,
           i.issued_at
      from invoices i
     where i.tenant_id = app.tenant_id() and i.student_id = any (account.students)
       and i.issued_at is not null
     union all
    select i.cancelled_on, 'cancellation', i.invoice_number::text, i.student_id, i.currency::text,
           i.credited - i.amount, i.id, i.updated_at
      from invoices i
     where i.tenant_id = app.tenant_id() and i.student_id = any (account.students)
       and i.cancelled_on is not null and i.credited < i.amount
     union all
    select c.credit_date, 'credit_note', c.credit_note_number::text, i.student_id, i.currency::text,
           -c.amount, c.id, c.created_at
      from credit_notes c
      join invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
     where c.tenant_id = app.tenant_id() and i.student_id = any (account.students)
     union all
    select p.payment_date, 'payment', p.transaction_id::text, p.student_id, p.currency::text, -p.amount, p.id,
           p.created_at
      from payments p
     where p.tenant_id = app.tenant_id() and p.student_id = any (account.students)
     union all
    select r.reversal_date, r.kind::text, r.reason, p.student_id, p.currency::text, r.amount, r.id,
           r.created_at
      from payment_reversals r
      join payments p on p.tenant_id = r.tenant_id and p.id = r.payment_id
     where r.tenant_id = app.tenant_id() and p.student_id = any (account.students)
     union all
    select a.allocation_date, 'transfer', i.invoice_number::text,
           case when i.student_id = any (account.students) then i.student_id else p.student_id end,
           p.currency::text,
           case when i.student_id = any (account.students) then -a.amount else a.amount end, a.id,
           a.created_at
      from payment_allocations a
      join payments p on p.tenant_id = a.tenant_id and p.id = a.payment_id
      join invoices i on i.tenant_id = a.tenant_id and i.id = a.invoice_id
     where a.tenant_id = app.tenant_id() and p.student_id <> i.student_id
       and (p.student_id = any (account.students)) <> (i.student_id = any (account.students));
end;

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
           and student_id = app.student_id()
           and issued_at is not null);
drop policy if exists invoices_guardian_select on invoices;
create policy invoices_guardian_select on invoices for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o))
           and issued_at is not null);
drop policy if exists invoices_guardian_payer_select on invoices;
create policy invoices_guardian_payer_select on invoices for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and payer_guardian_id = any (array(select o.id from app.own_guardian o))
           and issued_at is not null);

-- invoice_lines
alter table invoice_lines enable row level security;
revoke all on invoice_lines
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoice_lines
    to school_app, school_admin;
grant select on invoice_lines
    to school_student, school_guardian;

drop policy if exists invoice_lines_admin_all on invoice_lines;
create policy invoice_lines_admin_all on invoice_lines for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoice_lines_student_select on invoice_lines;
create policy invoice_lines_student_select on invoice_lines for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists invoice_lines_guardian_select on invoice_lines;
create policy invoice_lines_guardian_select on invoice_lines for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- payments
alter table payments enable row level security;
revoke all on payments
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payments
    to school_app, school_admin;
grant select on payments
    to school_student, school_guardian;

drop policy if exists payments_admin_select on payments;
create policy payments_admin_select on payments for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payments_admin_insert on payments;
create policy payments_admin_insert on payments for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
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
drop policy if exists payments_guardian_payer_select on payments;
create policy payments_guardian_payer_select on payments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and payer_guardian_id = any (array(select o.id from app.own_guardian o)));

-- payment_allocations
alter table payment_allocations enable row level security;
revoke all on payment_allocations
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_allocations
    to school_app, school_admin;
grant select on payment_allocations
    to school_student, school_guardian;

drop policy if exists payment_allocations_admin_select on payment_allocations;
create policy payment_allocations_admin_select on payment_allocations for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_allocations_admin_insert on payment_allocations;
create policy payment_allocations_admin_insert on payment_allocations for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_allocations_student_select on payment_allocations;
create policy payment_allocations_student_select on payment_allocations for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_guardian_select on payment_allocations;
create policy payment_allocations_guardian_select on payment_allocations for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- credit_notes
alter table credit_notes enable row level security;
revoke all on credit_notes
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on credit_notes
    to school_app, school_admin;
grant select on credit_notes
    to school_student, school_guardian;

drop policy if exists credit_notes_admin_select on credit_notes;
create policy credit_notes_admin_select on credit_notes for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists credit_notes_admin_insert on credit_notes;
create policy credit_notes_admin_insert on credit_notes for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists credit_notes_student_select on credit_notes;
create policy credit_notes_student_select on credit_notes for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists credit_notes_guardian_select on credit_notes;
create policy credit_notes_guardian_select on credit_notes for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- payment_reversals
alter table payment_reversals enable row level security;
revoke all on payment_reversals
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_reversals
    to school_app, school_admin;
grant select on payment_reversals
    to school_student, school_guardian;

drop policy if exists payment_reversals_admin_select on payment_reversals;
create policy payment_reversals_admin_select on payment_reversals for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reversals_admin_insert on payment_reversals;
create policy payment_reversals_admin_insert on payment_reversals for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reversals_student_select on payment_reversals;
create policy payment_reversals_student_select on payment_reversals for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_reversals_guardian_select on payment_reversals;
create policy payment_reversals_guardian_select on payment_reversals for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));

-- payment_reminders
alter table payment_reminders enable row level security;
revoke all on payment_reminders
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_reminders
    to school_app, school_admin;

drop policy if exists payment_reminders_admin_select on payment_reminders;
create policy payment_reminders_admin_select on payment_reminders for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reminders_admin_insert on payment_reminders;
create policy payment_reminders_admin_insert on payment_reminders for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- fees
alter table fees enable row level security;
revoke all on fees
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fees
    to school_app, school_admin;

drop policy if exists fees_admin_all on fees;
create policy fees_admin_all on fees for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- sponsors
alter table sponsors enable row level security;
revoke all on sponsors
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on sponsors
    to school_app, school_admin;

drop policy if exists sponsors_admin_all on sponsors;
create policy sponsors_admin_all on sponsors for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- reminder_opt_outs
alter table reminder_opt_outs enable row level security;
revoke all on reminder_opt_outs
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on reminder_opt_outs
    to school_app, school_admin;

drop policy if exists reminder_opt_outs_admin_all on reminder_opt_outs;
create policy reminder_opt_outs_admin_all on reminder_opt_outs for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- closed_months
alter table closed_months enable row level security;
revoke all on closed_months
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (reopen_reason, updated_at) on closed_months
    to school_app, school_admin;

drop policy if exists closed_months_admin_select on closed_months;
create policy closed_months_admin_select on closed_months for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_months_admin_insert on closed_months;
create policy closed_months_admin_insert on closed_months for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_months_admin_update on closed_months;
create policy closed_months_admin_update on closed_months for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- number_series
alter table number_series enable row level security;
revoke all on number_series
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on number_series
    to school_app, school_admin;

drop policy if exists number_series_admin_select on number_series;
create policy number_series_admin_select on number_series for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
