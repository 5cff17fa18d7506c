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
