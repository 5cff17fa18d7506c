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
    language plpgsql stable
as $$
begin
    -- plpgsql, which keeps its plan: triggers ask this of each row. All names are qualified: the path is
    -- the caller's.
    return current_user = (select pg_catalog.pg_get_userbyid(c.relowner) from pg_catalog.pg_class c
                            where c.oid = 'public.tenants'::pg_catalog.regclass);
end
$$;

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
    first integer;
    last integer;
    numbers text[] := '{}';
begin
    insert into number_series as s (tenant_id, kind, year) values (tenant, series, of_year)
        on conflict (tenant_id, kind, year) do update set last_number = s.last_number
        returning s.last_number into last;
    while cardinality(numbers) < count loop
        first := last + 1;
        last := last + count - cardinality(numbers);
        select numbers || coalesce(array_agg(w.number order by w.n), '{}') into numbers
          from (select n, app.written_number(pattern, this_year, n) as number
                  from generate_series(first, last) n) w
         where not exists (select from invoices i where series = 'invoice' and i.tenant_id = tenant
                                                    and i.invoice_number = w.number)
           and not exists (select from credit_notes c where series = 'credit_note' and c.tenant_id = tenant
                                                        and c.credit_note_number = w.number);
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
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'money_office');
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
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'money_office');
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
    perform app.refuse_stranger('invoices', school, 'money_office');
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
grant execute on procedure app.issue_invoices to school_app, school_admin, school_bursar;

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
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'money_office');
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
alter table payment_reminders drop constraint if exists payment_reminders_late_fee_invoice_fk;
alter table payment_reminders add constraint payment_reminders_late_fee_invoice_fk
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
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_invoice_balance
    to school_app, school_admin, school_bursar, school_student, school_guardian;

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

-- What was owed at the end of a day (app.aging in balances.sql), by who owes it: for the page of the office
-- and its files. Under the policies of whoever reads. Relied on by finance.selectors.aging.

-- The rows of app.aging with the key of the group that each belongs to. Who pays ('payer') is the sponsor or
-- guardian that the invoice names ('sponsor:<id>', 'guardian:<id>'), else the family ('family:<id of a student>'):
-- students who share a guardian, also by way of others. A student of several classes is in each of them, so
-- that the invoices are repeated; 'none' is of nobody's class.
create or replace function app.aging_keys(as_of date, grouped_by text)
    returns table (key text, invoice_id uuid, student_id uuid, currency text, bucket text, balance numeric)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with recursive owed as materialized (
        select a.invoice_id, a.student_id, a.currency, a.bucket, a.balance,
               i.payer_guardian_id, i.payer_sponsor_id
          from app.aging(as_of) a
          join invoices i on i.tenant_id = app.tenant_id() and i.id = a.invoice_id),
    reach (student_id, relative_id) as (
        select distinct o.student_id, o.student_id from owed o
         where o.payer_guardian_id is null and o.payer_sponsor_id is null
        union
        select r.student_id, other.student_id
          from reach r
          join student_guardians own on own.tenant_id = app.tenant_id()
                                    and own.student_id = r.relative_id
          join student_guardians other on other.tenant_id = own.tenant_id
                                      and other.guardian_id = own.guardian_id),
    families as (
        select r.student_id, min(r.relative_id::text) as family from reach r group by 1)
    select case grouped_by when 'student' then o.student_id else o.invoice_id end::text,
           o.invoice_id, o.student_id, o.currency, o.bucket, o.balance
      from owed o
     where grouped_by in ('student', 'invoice')
     union all
    select case when o.payer_sponsor_id is not null then 'sponsor:' || o.payer_sponsor_id
                when o.payer_guardian_id is not null then 'guardian:' || o.payer_guardian_id
                else 'family:' || f.family end,
           o.invoice_id, o.student_id, o.currency, o.bucket, o.balance
      from owed o
      left join families f on f.student_id = o.student_id
     where grouped_by = 'payer'
     union all
    select coalesce(e.class_id::text, 'none'), o.invoice_id, o.student_id, o.currency, o.bucket, o.balance
      from owed o
      left join enrollments e on e.tenant_id = app.tenant_id() and e.student_id = o.student_id
                             and e.enrollment_date <= as_of
                             and (e.status = 'active' or e.completion_date >= as_of)
     where grouped_by = 'class';
end;

-- The groups with their names and sums. `students` names those of a payer who owe.
create or replace function app.aging_groups(as_of date, grouped_by text)
    returns table (key text, name text, students text, currency text, not_due numeric, days_30 numeric,
                   days_60 numeric, days_90 numeric, older numeric, total numeric, invoices integer)
    language sql stable rows 1000
    set search_path = pg_catalog, public, pg_temp
begin atomic
    with summed as (
        select k.key, k.currency, array_agg(distinct k.student_id) as students,
               -- 0 of the amount's own decimals where there is nothing
               sum(case k.bucket when 'current' then k.balance else 0 * k.balance end) as not_due,
               sum(case k.bucket when '1-30' then k.balance else 0 * k.balance end) as days_30,
               sum(case k.bucket when '31-60' then k.balance else 0 * k.balance end) as days_60,
               sum(case k.bucket when '61-90' then k.balance else 0 * k.balance end) as days_90,
               sum(case k.bucket when '90+' then k.balance else 0 * k.balance end) as older,
               sum(k.balance) as total, count(*)::int as invoices
          from app.aging_keys(as_of, grouped_by) k
         group by 1, 2)
    select s.key,
           case when grouped_by = 'student' then
                    (select u.name from users u
                      where u.tenant_id = app.tenant_id() and u.id = s.students[1])
                when grouped_by = 'class' then
                    (select c.name from classes c
                      where c.tenant_id = app.tenant_id() and c.id = nullif(s.key, 'none')::uuid)
                when s.key like 'sponsor:%' then
                    (select p.name from sponsors p
                      where p.tenant_id = app.tenant_id() and p.id = substr(s.key, 9)::uuid)
                when s.key like 'guardian:%' then
                    (select g.name from guardians g
                      where g.tenant_id = app.tenant_id() and g.id = substr(s.key, 10)::uuid)
                when s.key like 'family:%' then
                    coalesce((select string_agg(distinct g.name, ', ')
                                from student_guardians l
                                join guardians g on g.tenant_id = l.tenant_id and g.id = l.guardian_id
                               where l.tenant_id = app.tenant_id() and l.student_id = any (s.students)),
                             n.students) end,
           n.students, s.currency, s.not_due, s.days_30, s.days_60, s.days_90, s.older, s.total, s.invoices
      from summed s
      left join lateral (
           select string_agg(u.name, ', ' order by u.sort_name, u.id) as students from users u
            where u.tenant_id = app.tenant_id() and u.id = any (s.students)) n on grouped_by = 'payer';
end;

-- A statement of account: what changed what these students owe, day by day; below zero is credit. Under the
-- policies of whoever reads. Money that a payment of one student gave to an invoice of another moves from the
-- one account to the other, so that the accounts of a family are together the family's.
-- Relied on by finance.selectors.statement and portal.views.own_statement.

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
    -- Of a payment or an invoice that the reader may not see it is known that it is another student's.
    select a.allocation_date, 'transfer', i.invoice_number::text, i.student_id, i.currency::text, -a.amount,
           a.id, a.created_at
      from invoices i
      join payment_allocations a on a.tenant_id = i.tenant_id and a.invoice_id = i.id
      left join payments p on p.tenant_id = a.tenant_id and p.id = a.payment_id
     where i.tenant_id = app.tenant_id() and i.student_id = any (account.students)
       and (p.id is null or p.student_id <> all (account.students))
     union all
    select a.allocation_date, 'transfer', i.invoice_number::text, p.student_id, p.currency::text, a.amount,
           a.id, a.created_at
      from payments p
      join payment_allocations a on a.tenant_id = p.tenant_id and a.payment_id = p.id
      left join invoices i on i.tenant_id = a.tenant_id and i.id = a.invoice_id
     where p.tenant_id = app.tenant_id() and p.student_id = any (account.students)
       and (i.id is null or i.student_id <> all (account.students));
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
     where i.tenant_id = app.tenant_id() and app.is_money_office()
       and app.invoice_number_key(i.invoice_number)
           like app.contains_pattern(app.invoice_number_key(term));
end;

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

-- Paying online. The school's keys at the provider are in online_accounts, which no role has: the office sets
-- them and sees how they end, families see that there are some, and they are read while nobody is signed in
-- (or where the application steps back to nobody), which no query of a person can. SECURITY DEFINER for that.
-- Relied on by finance.online.accounts.

-- An empty key leaves the one there is. A procedure, because no expression inside a query can call one.
create or replace procedure app.set_online_account(of_provider text, new_key text, new_webhook text,
                                                   active boolean)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    key text := nullif(btrim(new_key), '');
    webhook text := nullif(btrim(new_webhook), '');
begin
    perform app.require_office_for_online();
    update online_accounts a
       set provider = of_provider, is_active = active,
           secret_key = coalesce(key, a.secret_key), secret_hint = coalesce(right(key, 4), a.secret_hint),
           webhook_secret = coalesce(webhook, a.webhook_secret),
           webhook_hint = coalesce(right(webhook, 4), a.webhook_hint)
     where a.tenant_id = app.tenant_id();
    if not found then
        insert into online_accounts (tenant_id, provider, is_active, secret_key, secret_hint,
                                     webhook_secret, webhook_hint)
        values (app.tenant_id(), of_provider, active, coalesce(key, ''), coalesce(right(key, 4), ''),
                coalesce(webhook, ''), coalesce(right(webhook, 4), ''));
    end if;
end
$$;

create or replace procedure app.forget_online_account()
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.require_office_for_online();
    delete from online_accounts a where a.tenant_id = app.tenant_id();
end
$$;

create or replace function app.require_office_for_online() returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if not app.is_money_office() then
        raise exception 'The account for online payment is the office''s.'
            using errcode = 'insufficient_privilege', table = 'online_accounts',
                  constraint = 'online_accounts_office';
    end if;
end
$$;

-- What the office may know of it.
create or replace function app.online_account()
    returns table (provider varchar, secret_hint varchar, webhook_hint varchar, is_active boolean,
                   updated_at timestamptz)
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select a.provider, a.secret_hint, a.webhook_hint, a.is_active, a.updated_at from online_accounts a
     where a.tenant_id = app.tenant_id() and app.is_money_office();
$$;

-- The provider that families can pay by; NULL for none. For whoever is signed in.
create or replace function app.online_provider() returns text
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select a.provider from online_accounts a
     where a.tenant_id = app.tenant_id() and a.is_active and app.user_role() is not null;
$$;

-- Of the school whose context it is.
create or replace function app.online_secrets()
    returns table (provider varchar, secret_key text, webhook_secret text)
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select a.provider, a.secret_key, a.webhook_secret from online_accounts a
     where a.tenant_id = app.tenant_id() and app.is_nobody();
$$;

revoke execute on routine app.set_online_account, app.forget_online_account, app.require_office_for_online,
    app.online_account, app.online_provider, app.online_secrets from public;
grant execute on routine app.set_online_account, app.forget_online_account, app.online_account
    to school_app, school_admin, school_bursar;
grant execute on routine app.online_provider
    to school_app, school_admin, school_bursar, school_student, school_guardian;
grant execute on routine app.online_secrets to school_app;

-- What is paid is what is open of the invoice, whatever a client writes there. Under the policies of whoever
-- begins it: of an invoice they do not see there is nothing to copy, and the policies refuse the row.
create or replace function app.begin_checkout() returns trigger
    language plpgsql
as $$
declare
    invoice record;
begin
    if app.rebuilding() then
        return new;
    end if;
    if app.user_id() is not null then
        new.started_by := app.user_id();
    end if;
    select i.balance, i.currency, i.status, i.issued_at into invoice from invoices i
     where i.tenant_id = new.tenant_id and i.id = new.invoice_id;
    if not found then
        return new;
    elsif invoice.issued_at is null or invoice.status = 'cancelled' or invoice.balance <= 0 then
        perform app.refuse_payment('online_checkouts', 'checkout_nothing_to_pay', 'invoice_id',
                                   'Nothing is to be paid of this invoice.');
    end if;
    new.amount := invoice.balance;
    new.currency := invoice.currency;
    return new;
end
$$;
create or replace trigger online_checkouts_begin_trg before insert on online_checkouts
    for each row execute function app.begin_checkout();

-- A school's messages are taken in one after another, so that a refund and its payment, or two deliveries of
-- the same, cannot miss each other. SECURITY DEFINER for the lock on the account.
create or replace function app.queue_online_event() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'money_office');
    perform from online_accounts a where a.tenant_id = new.tenant_id for no key update;
    return new;
end
$$;
create or replace trigger online_events_queue_trg before insert on online_events
    for each row execute function app.queue_online_event();

alter table online_checkouts drop constraint if exists online_checkouts_invoice_fk;
alter table online_checkouts add constraint online_checkouts_invoice_fk
    foreign key (tenant_id, invoice_id) references invoices (tenant_id, id);
alter table online_checkouts drop constraint if exists online_checkouts_started_by_fk;
alter table online_checkouts add constraint online_checkouts_started_by_fk
    foreign key (tenant_id, started_by) references users (tenant_id, id);
alter table online_events drop constraint if exists online_events_checkout_fk;
alter table online_events add constraint online_events_checkout_fk
    foreign key (tenant_id, checkout_id) references online_checkouts (tenant_id, id);
alter table online_events drop constraint if exists online_events_payment_fk;
alter table online_events add constraint online_events_payment_fk
    foreign key (tenant_id, payment_id) references payments (tenant_id, id);

select app.watch('online_accounts', 'online_account', 'secret_key', 'webhook_secret');
select app.watch('online_checkouts', 'online_checkout');
select app.watch('online_events', 'online_event');

-- The school's settings for money: keys of tenants.settings that the money's office may write, an admin or a
-- bursar, who changes nothing else of the school. A key of null goes away; others stay as they are.
--
-- SECURITY DEFINER because of that: the policies of tenants are the admins'. A procedure, because no
-- expression inside a query can call one. Relied on by finance.services.settings.

create or replace procedure app.set_money_settings(changed jsonb)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    keys constant text[] := array['currency', 'bank_details', 'payment_days', 'payment_methods', 'tax_number',
                                  'tax_name', 'tax_percent', 'invoice_note', 'invoice_numbers',
                                  'credit_note_numbers', 'reminders'];
    wrong text := (select min(k) from jsonb_object_keys(changed) k where k <> all (keys));
begin
    perform app.refuse_stranger('tenants', app.tenant_id(), 'money_office');
    if wrong is not null then
        raise exception '% is no setting for money.', wrong
            using errcode = 'insufficient_privilege', table = 'tenants', column = 'settings',
                  constraint = 'tenants_money_settings';
    end if;
    update tenants t
       set settings = (case when jsonb_typeof(t.settings) = 'object' then t.settings else '{}' end || changed)
                      - array(select k.key from jsonb_each(changed) k where jsonb_typeof(k.value) = 'null')
     where t.id = app.tenant_id();
end
$$;
revoke execute on procedure app.set_money_settings from public;
grant execute on procedure app.set_money_settings to school_app, school_admin, school_bursar;

-- Statements of the bank. A file is imported once, and a line of it once, whichever files have it: by the
-- bank's reference, its day and amount, or where the bank gives no reference by all that it says. Lines that
-- are the same in all this are told apart by their count in one file (app.import_bank_lines). A line is posted
-- as a payment of its own amount, currency and day, or ignored with a reason; when the payment is reversed, it
-- is open again. Relied on by finance.services.bank_statements and finance.services.bank_posting.

alter table bank_statements drop constraint if exists bank_statements_recorded_by_fk;
alter table bank_statements add constraint bank_statements_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);
alter table bank_transactions drop constraint if exists bank_transactions_statement_fk;
alter table bank_transactions add constraint bank_transactions_statement_fk
    foreign key (tenant_id, statement_id) references bank_statements (tenant_id, id) on delete cascade;
alter table bank_transactions drop constraint if exists bank_transactions_payment_fk;
alter table bank_transactions add constraint bank_transactions_payment_fk
    foreign key (tenant_id, payment_id) references payments (tenant_id, id);

alter table bank_transactions drop constraint if exists check_bank_transaction_number;
alter table bank_transactions add constraint check_bank_transaction_number
    check (abs(amount) < 100000000000);
alter table bank_transactions drop constraint if exists check_bank_transaction_currency;
alter table bank_transactions add constraint check_bank_transaction_currency
    check (app.currency_decimals(currency) is not null);
alter table bank_transactions drop constraint if exists check_bank_transaction_decimals;
alter table bank_transactions add constraint check_bank_transaction_decimals
    check (amount = round(amount, app.currency_decimals(currency)));

create or replace trigger bank_transactions_fit_amount_trg before insert on bank_transactions
    for each row when (scale(new.amount) <> app.currency_decimals(new.currency))
    execute function app.fit_amount();
create or replace trigger bank_statements_stamp_insert_trg before insert on bank_statements
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();

-- What tells a line from others of its account. Spaces and capitals do not: banks write the same line otherwise.
create or replace function app.bank_line_key(line_date date, amount numeric, currency text, reference text,
                                             party text, party_account text, message text) returns text
    language sql stable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select concat_ws('|', to_char(line_date, 'YYYY-MM-DD'), trim_scale(amount), currency,
                     case when reference <> '' then 'r:' || reference
                          else lower(regexp_replace(concat_ws('|', party, party_account, message),
                                                    '[[:space:]]+', '', 'g')) end);
end;

create or replace function app.begin_bank_transaction() returns trigger
    language plpgsql
as $$
begin
    new.fingerprint := encode(sha256(convert_to(
        app.bank_line_key(new.booking_date, new.amount, new.currency, new.bank_reference, new.party,
                          new.party_account, new.message) || '|' || new.occurrence, 'UTF8')), 'hex');
    return new;
end
$$;
create or replace trigger bank_transactions_begin_trg before insert on bank_transactions
    for each row execute function app.begin_bank_transaction();

-- The lines of a statement, a JSON list; returns how many no statement before it had.
create or replace function app.import_bank_lines(statement uuid, lines jsonb) returns integer
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    added integer;
begin
    insert into bank_transactions (tenant_id, statement_id, line_number, account, booking_date, amount, currency,
                                   party, party_account, message, bank_reference, occurrence)
    select app.tenant_id(), statement, n.line_number, n.account, n.booking_date, n.amount, n.currency, n.party,
           n.party_account, n.message, n.bank_reference,
           row_number() over (partition by n.account, app.bank_line_key(
               n.booking_date, n.amount, n.currency, n.bank_reference, n.party, n.party_account, n.message)
                              order by n.line_number)
      from jsonb_to_recordset(lines) n(line_number integer, account text, booking_date date, amount numeric,
                                       currency text, party text, party_account text, message text,
                                       bank_reference text)
     -- In one order everywhere, so that two files at once wait for each other instead of blocking.
     order by n.account, n.booking_date, n.amount, n.bank_reference, n.message, n.line_number
        on conflict (tenant_id, account, fingerprint) do nothing;
    get diagnostics added = row_count;
    return added;
end
$$;

-- Posting is for good, but for a reversal of the payment; the payment is this line and no other money.
create or replace function app.guard_bank_transaction() returns trigger
    language plpgsql
as $$
declare
    paid record;
begin
    if app.rebuilding() then
        return new;
    end if;
    new.ignore_reason := btrim(new.ignore_reason);
    if tg_op = 'UPDATE' and old.payment_id is not null and new.payment_id is distinct from old.payment_id
       and not app.is_owner() then
        perform app.refuse_payment('bank_transactions', 'bank_line_is_posted', 'payment_id',
                                   'The line is posted.');
    end if;
    if new.payment_id is not null and (tg_op = 'INSERT' or new.payment_id is distinct from old.payment_id) then
        select p.amount, p.currency, p.payment_method, p.payment_date into paid from payments p
         where p.tenant_id = new.tenant_id and p.id = new.payment_id;
        if found and (paid.amount, paid.currency, paid.payment_method, paid.payment_date)
                     is distinct from (new.amount, new.currency, 'bank_transfer', new.booking_date) then
            perform app.refuse_payment('bank_transactions', 'bank_line_is_another_payment', 'payment_id',
                                       'The payment is of another amount, currency, method or day.');
        end if;
    end if;
    return new;
end
$$;
-- Named to run after the amount has its currency's decimals.
create or replace trigger bank_transactions_guard_trg before insert or update on bank_transactions
    for each row execute function app.guard_bank_transaction();

create or replace function app.keep_posted_statement() returns trigger
    language plpgsql
as $$
begin
    perform app.refuse_payment('bank_statements', 'bank_statement_is_posted', 'payment_id',
                               'Payments were posted from this statement.');
    return old;
end
$$;
create or replace trigger bank_transactions_keep_posted_trg before delete on bank_transactions
    for each row when (old.payment_id is not null)
    execute function app.keep_posted_statement();

-- SECURITY DEFINER, and AFTER the policies were asked: nobody else takes a posting back. A refund leaves the
-- line posted: the money came, and goes out by a line of its own.
create or replace function app.reopen_bank_lines() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() then
        return null;
    end if;
    update bank_transactions t set payment_id = null
      from new_rows n
      join payments p on p.tenant_id = n.tenant_id and p.id = n.payment_id
     where n.kind = 'reversal' and p.reversed = p.amount
       and t.tenant_id = n.tenant_id and t.payment_id = n.payment_id;
    return null;
end
$$;
-- Its name puts it after payment_reversals_apply_trg, which writes the sums.
create or replace trigger payment_reversals_reopen_lines_trg after insert on payment_reversals
    referencing new table as new_rows
    for each statement execute function app.reopen_bank_lines();

select app.watch('bank_statements', 'bank_statement');
select app.watch('bank_transactions', 'bank_transaction', 'fingerprint', 'status');

-- Which invoices a line of the bank may be for. Points, together 100 at most: the invoice's number in the text
-- (60; 40 when written without its zeros), an amount that is what is still to pay (25), a name of the student, a
-- guardian or the sponsor (15; 8 for the family name alone). Words and numbers are joined by equality, so that
-- thousands of invoices are no more than a hash table. Under the policies of whoever reads.
-- Relied on by finance.selectors.bank.

-- The words of a folded text, in their order, without single letters; Mueller is Müller.
create or replace function app.bank_words(folded text) returns text[]
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    -- An expression, which the planner puts in place: a query of its own is planned for each name.
    return string_to_array(btrim(regexp_replace(regexp_replace(regexp_replace(
        replace(replace(replace(replace(folded, '''', ''), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'),
        '[^[:alnum:]]+', ' ', 'g'), '\m[[:alnum:]]\M', '', 'g'), ' +', ' ', 'g')), ' ');

-- A regular expression for an invoice's number (folded) however it is punctuated: 2026-00042, 2026/00042,
-- 2026 00042; with `loose` without the zeros, too: 2026-42.
create or replace function app.bank_number_pattern(number text, loose boolean) returns text
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select '(^|[^0-9])' || string_agg(
               case when loose and p.place > 1 and p.place = p.last
                    then regexp_replace(p.part, '^0+([0-9])', '0*\1') else p.part end,
               '[[:space:]#./_-]*' order by p.place) || '([^0-9]|$)'
      from (select w.place, max(w.place) over () as last,
                   regexp_replace(w.part, '([^[:alnum:]])', '\\\1', 'g') as part
              from regexp_split_to_table(
                       regexp_replace(regexp_replace(number, '([a-z])([0-9])', '\1-\2', 'g'),
                                      '([0-9])([a-z])', '\1-\2', 'g'),
                       '[[:space:]#./_-]+') with ordinality w(part, place)
             where w.part <> '') p);
end
$$;

create or replace function app.bank_proposals(lines uuid[], most integer)
    returns table (transaction_id uuid, invoice_id uuid, score integer, by_number integer, by_amount integer,
                   by_name integer)
    language sql stable rows 100
    set search_path = pg_catalog, public, pg_temp
    -- The planner knows nothing of how many rows the parts have; a loop in a loop would be minutes.
    set enable_nestloop = off
begin atomic
    with line as materialized (
        select t.id, t.amount, t.currency, f.text, app.invoice_number_key(f.text) as squeezed,
               app.bank_words(f.text) as words
          from bank_transactions t
          cross join lateral (select app.folded(t.party || ' ' || t.message) as text) f
         where t.tenant_id = app.tenant_id() and t.id = any (bank_proposals.lines) and t.amount > 0
    ), bill as materialized (
        select i.id, i.currency, i.balance, i.due_date, i.student_id, i.payer_guardian_id, i.payer_sponsor_id,
               app.folded(i.invoice_number) as number, app.invoice_number_key(i.invoice_number) as key
          from invoices i
         where i.tenant_id = app.tenant_id() and i.status in ('pending', 'overdue')
           and i.issued_at is not null and i.balance > 0
           and i.currency in (select l.currency from line l)
    ), part as (
        select l.id, ltrim(m.digits[1], '0') as digits
          from line l cross join lateral regexp_matches(l.text, '[0-9]+', 'g') m(digits)
         union
        select l.id, ltrim(m.digits[1], '0')
          from line l cross join lateral regexp_matches(l.squeezed, '[0-9]+', 'g') m(digits)
    ), tail as (
        select b.id, ltrim(substring(b.number from '([0-9]+)[^0-9]*$'), '0') as digits from bill b
         union
        select b.id, ltrim(substring(b.key from '([0-9]+)[^0-9]*$'), '0') from bill b
    ), numbered as (
        select p.id as line_id, b.id as bill_id,
               max(case when length(b.key) < 3 or t.digits = '' then 0
                        when l.text ~ app.bank_number_pattern(b.number, false) then 60
                        when length(t.digits) > 5 and strpos(l.squeezed, b.key) > 0 then 60
                        when l.text ~ app.bank_number_pattern(b.number, true) then 40
                        else 0 end) as points
          from part p
          join tail t on t.digits = p.digits
          join bill b on b.id = t.id
          join line l on l.id = p.id and l.currency = b.currency
         group by 1, 2
    ), payer as (
        select b.id as bill_id, b.student_id as key from bill b
         union all
        select b.id, b.payer_guardian_id from bill b where b.payer_guardian_id is not null
         union all
        select b.id, b.payer_sponsor_id from bill b where b.payer_sponsor_id is not null
    ), person as (
        select u.id as key, u.sort_name as name from users u
         where u.tenant_id = app.tenant_id() and u.id in (select b.student_id from bill b)
         union
        select s.student_id, g.sort_name
          from student_guardians s
          join guardians g on g.tenant_id = app.tenant_id() and g.id = s.guardian_id
         where s.tenant_id = app.tenant_id() and s.student_id in (select b.student_id from bill b)
         union
        select g.id, g.sort_name from guardians g
         where g.tenant_id = app.tenant_id() and g.id in (select b.payer_guardian_id from bill b)
         union
        select s.id, s.sort_name from sponsors s
         where s.tenant_id = app.tenant_id() and s.id in (select b.payer_sponsor_id from bill b)
    ), name as materialized (
        select p.key, app.bank_words(p.name) as words from person p
    ), recognised as (
        select l.id as line_id, n.key, max(case when l.words @> n.words then 15 else 8 end) as points
          from line l
          cross join lateral unnest(l.words) w(word)
          join name n on n.words[cardinality(n.words)] = w.word
         group by 1, 2
    ), named as (
        select r.line_id, p.bill_id, max(r.points) as points
          from recognised r
          join payer p on p.key = r.key
          join bill b on b.id = p.bill_id
          join line l on l.id = r.line_id and l.currency = b.currency
         group by 1, 2
    ), candidate as (
        select n.line_id, n.bill_id from numbered n where n.points > 0
         union
        select n.line_id, n.bill_id from named n
         union
        select l.id, b.id from line l join bill b on b.currency = l.currency and b.balance = l.amount
    ), judged as (
        select c.line_id, c.bill_id, coalesce(n.points, 0) as by_number,
               case when b.balance = l.amount then 25 else 0 end as by_amount,
               coalesce(w.points, 0) as by_name, b.due_date
          from candidate c
          join line l on l.id = c.line_id
          join bill b on b.id = c.bill_id
          left join numbered n on n.line_id = c.line_id and n.bill_id = c.bill_id
          left join named w on w.line_id = c.line_id and w.bill_id = c.bill_id
    )
    select j.line_id, j.bill_id, j.by_number + j.by_amount + j.by_name, j.by_number, j.by_amount, j.by_name
      from (select q.*, row_number() over (
                       partition by q.line_id
                       order by q.by_number + q.by_amount + q.by_name desc, q.due_date, q.bill_id) as place
              from judged q) j
     where j.place <= bank_proposals.most
     order by j.line_id, j.place;
end;

-- Money does not move from one student to another: invoices are frozen, payments append-only (decision 9).
-- So who has any cannot be merged into somebody else (academics/sql/merging.sql).

create or replace function app.keep_money_of_merged() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    if app.rebuilding() then
        return new;
    end if;
    if exists (select from invoices i where i.tenant_id = new.tenant_id and i.student_id = new.merged_id)
       or exists (select from payments p
                   where p.tenant_id = new.tenant_id and p.student_id = new.merged_id)
       or exists (select from student_discounts d
                   where d.tenant_id = new.tenant_id and d.student_id = new.merged_id)
       or exists (select from plan_charges c
                   where c.tenant_id = new.tenant_id and c.student_id = new.merged_id) then
        raise exception 'money does not move' using errcode = 'check_violation',
            table = tg_table_name, column = 'merged_id', constraint = 'merge_moves_money';
    end if;
    return new;
end
$$;
create or replace trigger student_merges_keep_money_trg before insert on student_merges
    for each row execute function app.keep_money_of_merged();

-- Row-level security and privileges of finance; `manage.py policies` makes this file from
-- finance/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- invoices
alter table invoices enable row level security;
revoke all on invoices
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoices
    to school_app, school_admin, school_bursar;
grant select on invoices
    to school_student, school_guardian;

drop policy if exists invoices_admin_all on invoices;
create policy invoices_admin_all on invoices for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoices_bursar_all on invoices;
create policy invoices_bursar_all on invoices for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
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
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoice_lines
    to school_app, school_admin, school_bursar;
grant select on invoice_lines
    to school_student, school_guardian;

drop policy if exists invoice_lines_admin_all on invoice_lines;
create policy invoice_lines_admin_all on invoice_lines for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoice_lines_bursar_all on invoice_lines;
create policy invoice_lines_bursar_all on invoice_lines for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
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
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payments
    to school_app, school_admin, school_bursar;
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
drop policy if exists payments_bursar_select on payments;
create policy payments_bursar_select on payments for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payments_bursar_insert on payments;
create policy payments_bursar_insert on payments for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
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
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_allocations
    to school_app, school_admin, school_bursar;
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
drop policy if exists payment_allocations_bursar_select on payment_allocations;
create policy payment_allocations_bursar_select on payment_allocations for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_allocations_bursar_insert on payment_allocations;
create policy payment_allocations_bursar_insert on payment_allocations for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_allocations_student_select on payment_allocations;
create policy payment_allocations_student_select on payment_allocations for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_student_payment_select on payment_allocations;
create policy payment_allocations_student_payment_select on payment_allocations for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_guardian_select on payment_allocations;
create policy payment_allocations_guardian_select on payment_allocations for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_guardian_payment_select on payment_allocations;
create policy payment_allocations_guardian_payment_select on payment_allocations for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));

-- credit_notes
alter table credit_notes enable row level security;
revoke all on credit_notes
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on credit_notes
    to school_app, school_admin, school_bursar;
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
drop policy if exists credit_notes_bursar_select on credit_notes;
create policy credit_notes_bursar_select on credit_notes for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists credit_notes_bursar_insert on credit_notes;
create policy credit_notes_bursar_insert on credit_notes for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
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
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_reversals
    to school_app, school_admin, school_bursar;
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
drop policy if exists payment_reversals_bursar_select on payment_reversals;
create policy payment_reversals_bursar_select on payment_reversals for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_reversals_bursar_insert on payment_reversals;
create policy payment_reversals_bursar_insert on payment_reversals for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
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
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_reminders
    to school_app, school_admin, school_bursar;

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
drop policy if exists payment_reminders_bursar_select on payment_reminders;
create policy payment_reminders_bursar_select on payment_reminders for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_reminders_bursar_insert on payment_reminders;
create policy payment_reminders_bursar_insert on payment_reminders for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- fees
alter table fees enable row level security;
revoke all on fees
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fees
    to school_app, school_admin, school_bursar;

drop policy if exists fees_admin_all on fees;
create policy fees_admin_all on fees for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists fees_bursar_all on fees;
create policy fees_bursar_all on fees for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- sponsors
alter table sponsors enable row level security;
revoke all on sponsors
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on sponsors
    to school_app, school_admin, school_bursar;

drop policy if exists sponsors_admin_all on sponsors;
create policy sponsors_admin_all on sponsors for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists sponsors_bursar_all on sponsors;
create policy sponsors_bursar_all on sponsors for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- fee_plans
alter table fee_plans enable row level security;
revoke all on fee_plans
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fee_plans
    to school_app, school_admin, school_bursar;

drop policy if exists fee_plans_admin_all on fee_plans;
create policy fee_plans_admin_all on fee_plans for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists fee_plans_bursar_all on fee_plans;
create policy fee_plans_bursar_all on fee_plans for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- fee_plan_items
alter table fee_plan_items enable row level security;
revoke all on fee_plan_items
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fee_plan_items
    to school_app, school_admin, school_bursar;

drop policy if exists fee_plan_items_admin_all on fee_plan_items;
create policy fee_plan_items_admin_all on fee_plan_items for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists fee_plan_items_bursar_all on fee_plan_items;
create policy fee_plan_items_bursar_all on fee_plan_items for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- installments
alter table installments enable row level security;
revoke all on installments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on installments
    to school_app, school_admin, school_bursar;

drop policy if exists installments_admin_all on installments;
create policy installments_admin_all on installments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists installments_bursar_all on installments;
create policy installments_bursar_all on installments for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- discounts
alter table discounts enable row level security;
revoke all on discounts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on discounts
    to school_app, school_admin, school_bursar;

drop policy if exists discounts_admin_all on discounts;
create policy discounts_admin_all on discounts for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists discounts_bursar_all on discounts;
create policy discounts_bursar_all on discounts for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- student_discounts
alter table student_discounts enable row level security;
revoke all on student_discounts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on student_discounts
    to school_app, school_admin, school_bursar;

drop policy if exists student_discounts_admin_all on student_discounts;
create policy student_discounts_admin_all on student_discounts for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_discounts_bursar_all on student_discounts;
create policy student_discounts_bursar_all on student_discounts for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- billing_runs
alter table billing_runs enable row level security;
revoke all on billing_runs
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on billing_runs
    to school_app, school_admin, school_bursar;

drop policy if exists billing_runs_admin_all on billing_runs;
create policy billing_runs_admin_all on billing_runs for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists billing_runs_bursar_all on billing_runs;
create policy billing_runs_bursar_all on billing_runs for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- reminder_opt_outs
alter table reminder_opt_outs enable row level security;
revoke all on reminder_opt_outs
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on reminder_opt_outs
    to school_app, school_admin, school_bursar;

drop policy if exists reminder_opt_outs_admin_all on reminder_opt_outs;
create policy reminder_opt_outs_admin_all on reminder_opt_outs for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists reminder_opt_outs_bursar_all on reminder_opt_outs;
create policy reminder_opt_outs_bursar_all on reminder_opt_outs for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- closed_months
alter table closed_months enable row level security;
revoke all on closed_months
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (reopen_reason, updated_at) on closed_months
    to school_app, school_admin, school_bursar;

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
drop policy if exists closed_months_bursar_select on closed_months;
create policy closed_months_bursar_select on closed_months for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists closed_months_bursar_insert on closed_months;
create policy closed_months_bursar_insert on closed_months for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists closed_months_bursar_update on closed_months;
create policy closed_months_bursar_update on closed_months for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- number_series
alter table number_series enable row level security;
revoke all on number_series
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on number_series
    to school_app, school_admin, school_bursar;

drop policy if exists number_series_admin_select on number_series;
create policy number_series_admin_select on number_series for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists number_series_bursar_select on number_series;
create policy number_series_bursar_select on number_series for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- plan_charges
alter table plan_charges enable row level security;
revoke all on plan_charges
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on plan_charges
    to school_app, school_admin, school_bursar;

drop policy if exists plan_charges_admin_select on plan_charges;
create policy plan_charges_admin_select on plan_charges for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists plan_charges_bursar_select on plan_charges;
create policy plan_charges_bursar_select on plan_charges for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- online_accounts
alter table online_accounts enable row level security;
revoke all on online_accounts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- online_checkouts
alter table online_checkouts enable row level security;
revoke all on online_checkouts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on online_checkouts
    to school_app, school_admin, school_bursar, school_student, school_guardian;

drop policy if exists online_checkouts_admin_select on online_checkouts;
create policy online_checkouts_admin_select on online_checkouts for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_checkouts_admin_insert on online_checkouts;
create policy online_checkouts_admin_insert on online_checkouts for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_checkouts_bursar_select on online_checkouts;
create policy online_checkouts_bursar_select on online_checkouts for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_checkouts_bursar_insert on online_checkouts;
create policy online_checkouts_bursar_insert on online_checkouts for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_checkouts_student_select on online_checkouts;
create policy online_checkouts_student_select on online_checkouts for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists online_checkouts_student_insert on online_checkouts;
create policy online_checkouts_student_insert on online_checkouts for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists online_checkouts_guardian_select on online_checkouts;
create policy online_checkouts_guardian_select on online_checkouts for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists online_checkouts_guardian_insert on online_checkouts;
create policy online_checkouts_guardian_insert on online_checkouts for insert
    to school_app, school_guardian
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- online_events
alter table online_events enable row level security;
revoke all on online_events
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (note, outcome, payment_id, updated_at) on online_events
    to school_app, school_admin, school_bursar;

drop policy if exists online_events_admin_select on online_events;
create policy online_events_admin_select on online_events for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_events_admin_insert on online_events;
create policy online_events_admin_insert on online_events for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_events_admin_update on online_events;
create policy online_events_admin_update on online_events for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_events_bursar_select on online_events;
create policy online_events_bursar_select on online_events for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_events_bursar_insert on online_events;
create policy online_events_bursar_insert on online_events for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_events_bursar_update on online_events;
create policy online_events_bursar_update on online_events for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- bank_statements
alter table bank_statements enable row level security;
revoke all on bank_statements
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on bank_statements
    to school_app, school_admin, school_bursar;

drop policy if exists bank_statements_admin_select on bank_statements;
create policy bank_statements_admin_select on bank_statements for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_statements_admin_insert on bank_statements;
create policy bank_statements_admin_insert on bank_statements for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_statements_admin_delete on bank_statements;
create policy bank_statements_admin_delete on bank_statements for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_statements_bursar_select on bank_statements;
create policy bank_statements_bursar_select on bank_statements for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_statements_bursar_insert on bank_statements;
create policy bank_statements_bursar_insert on bank_statements for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_statements_bursar_delete on bank_statements;
create policy bank_statements_bursar_delete on bank_statements for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- bank_transactions
alter table bank_transactions enable row level security;
revoke all on bank_transactions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (ignore_reason, payment_id, updated_at) on bank_transactions
    to school_app, school_admin, school_bursar;

drop policy if exists bank_transactions_admin_select on bank_transactions;
create policy bank_transactions_admin_select on bank_transactions for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_transactions_admin_insert on bank_transactions;
create policy bank_transactions_admin_insert on bank_transactions for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_transactions_admin_update on bank_transactions;
create policy bank_transactions_admin_update on bank_transactions for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_transactions_bursar_select on bank_transactions;
create policy bank_transactions_bursar_select on bank_transactions for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_transactions_bursar_insert on bank_transactions;
create policy bank_transactions_bursar_insert on bank_transactions for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_transactions_bursar_update on bank_transactions;
create policy bank_transactions_bursar_update on bank_transactions for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
