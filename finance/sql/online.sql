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
