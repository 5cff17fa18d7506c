-- Applications: children that would like to come to the school. An application goes from inquiry to applied,
-- accepted and enrolled, a step at a time; while it is open it may be declined or withdrawn, and such a one
-- may be taken up again. Enrolled means that there is a student, who stays the one.

alter table applications drop constraint if exists applications_entered_by_fk;
alter table applications add constraint applications_entered_by_fk
    foreign key (tenant_id, entered_by) references users (tenant_id, id);
alter table applications drop constraint if exists applications_decided_by_fk;
alter table applications add constraint applications_decided_by_fk
    foreign key (tenant_id, decided_by) references users (tenant_id, id);
alter table applications drop constraint if exists applications_student_fk;
alter table applications add constraint applications_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table application_documents drop constraint if exists application_documents_application_fk;
alter table application_documents add constraint application_documents_application_fk
    foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade;
alter table application_documents drop constraint if exists application_documents_uploaded_by_fk;
alter table application_documents add constraint application_documents_uploaded_by_fk
    foreign key (tenant_id, uploaded_by) references users (tenant_id, id);

alter table applications drop constraint if exists check_application_record;
alter table applications add constraint check_application_record
    check (jsonb_typeof(record) = 'object' and length(record::text) <= 50000);
-- Strangers write it.
alter table applications drop constraint if exists check_application_message;
alter table applications add constraint check_application_message check (length(message) <= 4000);
-- A row is the right to read its file, as of absences: letters and pictures, never a page or a program.
alter table application_documents drop constraint if exists check_application_document_name;
alter table application_documents add constraint check_application_document_name
    check (stored_name ~ '^applications/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)*$');
alter table application_documents drop constraint if exists check_application_document_type;
alter table application_documents add constraint check_application_document_type
    check (content_type in (
        'application/msword', 'application/pdf', 'application/vnd.oasis.opendocument.text',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'image/gif',
        'image/heic', 'image/jpeg', 'image/png', 'image/webp', 'text/plain'));

select app.watch('applications', 'application', 'form_key');
select app.watch('application_documents', 'application_document');

-- Whether an application of one status may get the other.
create or replace function app.may_follow(old_status text, new_status text) returns boolean
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return case old_status
        when 'inquiry' then new_status in ('applied', 'declined', 'withdrawn')
        when 'applied' then new_status in ('accepted', 'declined', 'withdrawn')
        when 'accepted' then new_status in ('enrolled', 'declined', 'withdrawn')
        when 'declined' then new_status = 'applied'
        when 'withdrawn' then new_status = 'applied'
        else false end;

-- Which step follows which; who entered it and who decided, which is whoever is asking.
create or replace function app.keep_application() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() then
        return new;
    end if;
    if tg_op = 'INSERT' then
        if new.status not in ('inquiry', 'applied') then
            raise exception 'An application begins as an inquiry or as applied.'
                using errcode = 'check_violation', table = tg_table_name, column = 'status',
                      constraint = 'application_begins';
        end if;
        if app.user_id() is not null then
            new.entered_by := app.user_id();
            new.source := 'office';
        end if;
        return new;
    end if;
    new.source := old.source;
    new.entered_by := old.entered_by;
    new.received_at := old.received_at;
    new.form_key := old.form_key;
    if old.status = 'enrolled' and new.student_id is distinct from old.student_id then
        raise exception 'The student of an application stays the one.'
            using errcode = 'check_violation', table = tg_table_name, column = 'student_id',
                  constraint = 'application_keeps_student';
    end if;
    if new.status = old.status then
        new.decided_by := old.decided_by;
        new.decided_at := old.decided_at;
        return new;
    end if;
    if not app.may_follow(old.status, new.status) then
        raise exception 'An application that is % does not become %.', old.status, new.status
            using errcode = 'check_violation', table = tg_table_name, column = 'status',
                  constraint = 'application_step';
    end if;
    if new.status = 'applied' then
        new.decided_by := null;
        new.decided_at := null;
        new.reason := null;
    else
        new.decided_by := coalesce(app.user_id(), new.decided_by);
        new.decided_at := case when app.user_id() is null then coalesce(new.decided_at, now())
                               else now() end;
    end if;
    return new;
end
$$;
create or replace trigger applications_keep_trg before insert or update on applications
    for each row execute function app.keep_application();

create or replace trigger application_documents_stamp_trg before insert on application_documents
    for each row when (app.user_id() is not null and new.uploaded_by is distinct from app.user_id())
    execute function app.stamp_uploaded_by();

-- The form on the web. Whoever fills it in is nobody: no policy lets nobody write, and nobody reads anything
-- back. Both are SECURITY DEFINER for that, answer in the school of the context only, only while the school has
-- the form switched on (settings key admission_open), and never to who is signed in: a person's queries are held
-- by the policies (core.rls.as_nobody steps back to nobody). Relied on by academics.services.applying.

create or replace function app.admission_is_open() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select app.is_nobody() and exists (
        select from tenants t where t.id = app.tenant_id() and t.status = 'active'
                                and t.settings -> 'admission_open' = 'true');
$$;

-- The fields of students that the form asks for: their labels and choices, no value of anybody.
create or replace function app.admission_fields() returns setof person_fields
    language sql stable security definer rows 10
    set search_path = pg_catalog, public, pg_temp
as $$
    select f.* from person_fields f join tenants t on t.id = f.tenant_id
     where t.id = app.tenant_id() and app.admission_is_open() and f.role = 'student' and not f.is_archived
       and jsonb_typeof(t.settings -> 'admission_fields') = 'array'
       and t.settings -> 'admission_fields' ? f.key
     order by f.position, f.key;
$$;

-- Take in one application; sent twice, it is one. What comes out are ids of mails to be queued, if any: to the
-- family, no more than one a day to an address, and to the office. A procedure, because no expression inside
-- a query can call one.
create or replace procedure app.apply_for_admission(key uuid, given jsonb, inout to_family uuid,
                                                    inout to_office uuid)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school tenants;
    made   uuid;
    email  text := nullif(btrim(given ->> 'guardian_email'), '');
begin
    to_family := null;
    to_office := null;
    if not app.admission_is_open() then
        raise exception 'This school takes no applications here.'
            using errcode = 'insufficient_privilege', table = 'applications',
                  constraint = 'admission_closed';
    end if;
    -- One after another in a school, so that the number holds.
    perform pg_advisory_xact_lock(hashtextextended('admission' || app.tenant_id()::text, 0));
    if (select count(*) from applications a
         where a.tenant_id = app.tenant_id() and a.received_at > now() - interval '1 day'
           and a.source = 'form') >= 300 then
        raise exception 'Too many applications today.'
            using errcode = 'check_violation', table = 'applications', constraint = 'admission_busy';
    end if;
    select t.* into school from tenants t where t.id = app.tenant_id();
    insert into applications (tenant_id, form_key, source, status, first_name, last_name, birth_date,
                              entry_date, level, record, guardian_name, guardian_email, guardian_phone,
                              guardian_relation, message)
    values (school.id, key, 'form', case when given ->> 'status' = 'inquiry' then 'inquiry' else 'applied' end,
            given ->> 'first_name', given ->> 'last_name', (given ->> 'birth_date')::date,
            (given ->> 'entry_date')::date, nullif(given ->> 'level', ''),
            (select coalesce(jsonb_object_agg(f.key, given -> 'record' -> f.key), '{}')
               from app.admission_fields() f
              where given -> 'record' ? f.key
                and app.record_problem(f.kind, f.choices, given -> 'record' -> f.key) is null),
            given ->> 'guardian_name', email, nullif(given ->> 'guardian_phone', ''),
            given ->> 'guardian_relation', nullif(given ->> 'message', ''))
    on conflict (tenant_id, form_key) do nothing
    returning id into made;
    if made is null then
        return;
    end if;
    if email is not null and not exists (
        select from mails m
         where m.tenant_id = school.id and m.kind = 'application_received'
           and lower(m.address) = lower(email) and m.created_at > now() - interval '1 day') then
        insert into mails (tenant_id, address, kind, params)
        values (school.id, email, 'application_received', jsonb_build_object('application_id', made))
        returning id into to_family;
    end if;
    if school.settings -> 'admission_notify' = 'true' and school.contact_email is not null then
        insert into mails (tenant_id, address, kind, params)
        values (school.id, school.contact_email, 'application_arrived',
                jsonb_build_object('application_id', made))
        returning id into to_office;
    end if;
end
$$;

revoke execute on routine app.admission_is_open, app.admission_fields, app.apply_for_admission from public;
grant execute on routine app.admission_is_open, app.admission_fields, app.apply_for_admission to school_app;
