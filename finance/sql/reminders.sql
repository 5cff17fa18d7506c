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
