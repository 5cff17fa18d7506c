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
