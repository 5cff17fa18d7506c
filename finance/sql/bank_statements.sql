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
