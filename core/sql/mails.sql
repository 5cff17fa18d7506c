-- Mail of a school: the office reads it and asks for it; the queue (as the school itself, role admin)
-- writes how it fared. Nobody deletes it. A row has ids, never a text, link or token.

alter table mails drop constraint if exists mails_recipient_fk;
alter table mails add constraint mails_recipient_fk
    foreign key (tenant_id, recipient_id) references users (tenant_id, id);
alter table mails drop constraint if exists mails_requested_by_fk;
alter table mails add constraint mails_requested_by_fk
    foreign key (tenant_id, requested_by_id) references users (tenant_id, id);

select app.watch('mails', 'mail', 'subject', 'attempts', 'error', 'sent_at', 'params');

-- Who asked for a mail is whoever is asking; without a person (the school itself) what is given counts.
-- It is no column that an UPDATE may name.
create or replace function app.stamp_mail() returns trigger
    language plpgsql
as $$
begin
    new.requested_by_id := app.user_id();
    return new;
end
$$;
create or replace trigger mails_stamp_trg before insert on mails
    for each row when (app.user_id() is not null
                       and new.requested_by_id is distinct from app.user_id())
    execute function app.stamp_mail();

-- SECURITY DEFINER because who forgot a password is nobody yet, and no policy lets nobody write or
-- look for a person. It answers with an id whether there is such a person or not, so that whoever
-- asks does the same work and learns nothing. A procedure, because no expression inside a query can
-- call one. Relied on by core.services.invitations.
create or replace procedure app.ask_password_reset(login_email text, inout mail uuid)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    with made as (
        insert into mails (tenant_id, recipient_id, address, kind)
        select u.tenant_id, u.id, u.email, 'password_reset'
          from users u
         where u.tenant_id = app.tenant_id() and lower(u.email) = lower(login_email)
           and u.email not like '%@no-email.invalid'
           and u.status = 'active' and u.deleted_at is null
        returning id)
    select coalesce((select id from made), gen_random_uuid());
$$;
revoke execute on procedure app.ask_password_reset from public;
grant execute on procedure app.ask_password_reset
    to school_app, school_visitor, school_admin, school_registrar, school_bursar, school_teacher,
        school_student, school_guardian;
