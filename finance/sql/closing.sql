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
