-- ==================== exchange_rules
-- Composite foreign keys and audit of exports and imports. import_rows is not audited: the rows it
-- tells of are, where they are, and so is the batch. So its rows go with their batch: what an import
-- did, and is undone by, does not go by itself.

alter table exports drop constraint if exists exports_requested_by_fk;
alter table exports add constraint exports_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);

alter table import_batches drop constraint if exists import_batches_requested_by_fk;
alter table import_batches add constraint import_batches_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);
alter table import_batches drop constraint if exists import_batches_undone_by_fk;
alter table import_batches add constraint import_batches_undone_by_fk
    foreign key (tenant_id, undone_by) references users (tenant_id, id);

alter table import_rows drop constraint if exists import_rows_batch_fk;
alter table import_rows add constraint import_rows_batch_fk
    foreign key (tenant_id, batch_id) references import_batches (tenant_id, id) on delete cascade;

-- Who asked for a file or an import is whoever is asking: others than the office the policies refuse to
-- name somebody else, for the office it is noted here. It stays; without a person (the school itself,
-- which has reports made for their readers) what is given counts.
create or replace function app.stamp_requested_by() returns trigger
    language plpgsql
as $$
begin
    new.requested_by := case tg_op when 'INSERT' then app.user_id() else old.requested_by end;
    return new;
end
$$;
create or replace trigger exports_stamp_insert_trg before insert on exports
    for each row when (app.user_id() is not null and app.user_role() = 'admin')
    execute function app.stamp_requested_by();
create or replace trigger exports_stamp_update_trg before update on exports
    for each row when (app.user_id() is not null and app.user_role() = 'admin'
                       and new.requested_by is distinct from old.requested_by)
    execute function app.stamp_requested_by();
create or replace trigger import_batches_stamp_insert_trg before insert on import_batches
    for each row when (app.user_id() is not null and app.user_role() = 'admin')
    execute function app.stamp_requested_by();
create or replace trigger import_batches_stamp_update_trg before update on import_batches
    for each row when (app.user_id() is not null and app.user_role() = 'admin'
                       and new.requested_by is distinct from old.requested_by)
    execute function app.stamp_requested_by();

-- How far a file has come is no news for the audit trail.
select app.watch('exports', 'export', 'rows_done', 'rows_total', 'noticed_at');
select app.watch('import_batches', 'import_batch', 'rows_done');

-- (Deleted with its batch they find none: the key has them go after it.) SECURITY DEFINER so that the
-- rule does not hang on which batches one may read.
create or replace function app.keep_import_rows() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if exists (select from import_batches b
                where (b.tenant_id, b.id) in (select o.tenant_id, o.batch_id from old_rows o)
                  and b.status in ('applied', 'undoing', 'undone')) then
        raise exception 'what an import did stays with it'
            using errcode = 'check_violation', table = tg_table_name,
                  constraint = 'import_rows_stay';
    end if;
    return null;
end
$$;
create or replace trigger import_rows_stay_trg after delete on import_rows
    referencing old table as old_rows
    for each statement execute function app.keep_import_rows();

-- ==================== expired_exports
-- Exports whose time is over, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, and
-- what it may do there is decided by the policies as always. Nobody who is signed in is told anything.
-- Relied on by exchange.exports.cleanup.

create or replace function app.expired_exports() returns table (tenant_id uuid, row_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select e.tenant_id, e.id from exports e
     where app.is_nobody() and e.expires_at <= now();
$$;
revoke execute on function app.expired_exports from public;
grant execute on function app.expired_exports to school_app;

-- ==================== portable_ids
-- Ids of a school's rows as its file has them: relative to the school. A primary key is unique
-- across schools, so the same rows cannot be loaded beside themselves; and a file that is made
-- again from the rebuilt school must be the same file. So a portable id is the id XOR the school's
-- own id. That is its own inverse, and with the new school's id gives the id there (a version 4
-- UUID again, since both schools' ids are of version 4). Relied on by exchange.school_file.
-- They are written to be inlined: one call a value would cost ten times what is done.

create or replace function app.portable_id(id uuid, tenant uuid) returns uuid
    language sql immutable parallel safe
    return encode(substr(bit_send(('x' || encode(uuid_send(id), 'hex'))::bit(128)
                                  # ('x' || encode(uuid_send(tenant), 'hex'))::bit(128)), 5),
                  'hex')::uuid;

-- A UUID as PostgreSQL writes it; anything else is no id of ours and stays.
create or replace function app.is_id(word text) returns boolean
    language sql immutable parallel safe
    return word like '________-____-____-____-____________'
           and translate(word, '0123456789abcdef', '') = '----';

create or replace function app.portable_value(value jsonb, tenant uuid) returns jsonb
    language sql immutable parallel safe
    return case when app.is_id(value #>> '{}')
                then ('"' || app.portable_id((value #>> '{}')::uuid, tenant)::text || '"')::jsonb
                else value end;

-- A document with every id under one of the `keys` (at any depth below it) made portable:
-- {"student_id": {"before": null, "after": "..."}} of the audit trail, {"teacher_id": "..."} of an
-- imported row. UUIDs under other keys are somebody else's (another system's, a bank's) and stay.
create or replace function app.portable_json(doc jsonb, tenant uuid, keys text[],
                                             below boolean default false) returns jsonb
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(doc) = 'object' then
        return (select coalesce(jsonb_object_agg(e.key, case
                   when jsonb_typeof(e.value) not in ('object', 'array') then
                       case when below or e.key = any (keys)
                            then app.portable_value(e.value, tenant) else e.value end
                   -- Most values hold no id at all, and a call costs more than this look.
                   when e.value::text not like '%-____-____-____-____________"%' then e.value
                   else app.portable_json(e.value, tenant, keys, below or e.key = any (keys)) end),
                   '{}')
                  from jsonb_each(doc) e);
    elsif jsonb_typeof(doc) = 'array' then
        return (select coalesce(jsonb_agg(app.portable_json(e.value, tenant, keys, below)
                                          order by e.place), '[]')
                  from jsonb_array_elements(doc) with ordinality e(value, place));
    elsif below then
        return app.portable_value(doc, tenant);
    end if;
    return doc;
end
$$;

-- The same for one document of each of a million rows: (select * from app.portable_document(...))
-- is inlined, so that the flat columns of an imported row and the {before, after} of the audit trail
-- cost no call.
create or replace function app.portable_document(doc jsonb, tenant uuid, keys text[])
    returns setof jsonb
    language sql stable parallel safe rows 1
begin atomic
    select case
           when jsonb_typeof(portable_document.doc) is distinct from 'object'
           then app.portable_json(portable_document.doc, tenant, keys)
           else (select coalesce(jsonb_object_agg(e.key, case
                            when e.value::text not like '%-____-____-____-____________"%' then e.value
                            when e.key <> all (keys) or jsonb_typeof(e.value) = 'array'
                            then app.portable_json(e.value, tenant, keys, e.key = any (keys))
                            when jsonb_typeof(e.value) = 'string'
                            then app.portable_value(e.value, tenant)
                            when e.value - array['before', 'after'] = '{}'
                                 and jsonb_typeof(e.value -> 'before') in ('string', 'null')
                                 and jsonb_typeof(e.value -> 'after') in ('string', 'null')
                            then jsonb_build_object(
                                     'before', app.portable_value(e.value -> 'before', tenant),
                                     'after', app.portable_value(e.value -> 'after', tenant))
                            else app.portable_json(e.value, tenant, keys, true) end), '{}')
                   from jsonb_each(portable_document.doc) e)
           end;
end;

-- ==================== exchange_policies
-- Row-level security and privileges of exchange; `manage.py policies` makes this file from
-- exchange/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- exports
alter table exports enable row level security;
revoke all on exports
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on exports
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

drop policy if exists exports_admin_all on exports;
create policy exports_admin_all on exports for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists exports_registrar_all on exports;
create policy exports_registrar_all on exports for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by = app.user_id());
drop policy if exists exports_bursar_all on exports;
create policy exports_bursar_all on exports for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by = app.user_id());
drop policy if exists exports_teacher_all on exports;
create policy exports_teacher_all on exports for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and requested_by = app.user_id());
drop policy if exists exports_student_all on exports;
create policy exports_student_all on exports for all
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and requested_by = app.user_id());

-- import_batches
alter table import_batches enable row level security;
revoke all on import_batches
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on import_batches
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists import_batches_admin_all on import_batches;
create policy import_batches_admin_all on import_batches for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_batches_registrar_all on import_batches;
create policy import_batches_registrar_all on import_batches for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by = app.user_id());
drop policy if exists import_batches_bursar_all on import_batches;
create policy import_batches_bursar_all on import_batches for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by = app.user_id());
drop policy if exists import_batches_teacher_all on import_batches;
create policy import_batches_teacher_all on import_batches for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and requested_by = app.teacher_id());

-- import_rows
alter table import_rows enable row level security;
revoke all on import_rows
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on import_rows
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists import_rows_admin_select on import_rows;
create policy import_rows_admin_select on import_rows for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_rows_admin_insert on import_rows;
create policy import_rows_admin_insert on import_rows for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_rows_admin_delete on import_rows;
create policy import_rows_admin_delete on import_rows for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists import_rows_registrar_select on import_rows;
create policy import_rows_registrar_select on import_rows for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_registrar_insert on import_rows;
create policy import_rows_registrar_insert on import_rows for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_registrar_delete on import_rows;
create policy import_rows_registrar_delete on import_rows for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_bursar_select on import_rows;
create policy import_rows_bursar_select on import_rows for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_bursar_insert on import_rows;
create policy import_rows_bursar_insert on import_rows for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_bursar_delete on import_rows;
create policy import_rows_bursar_delete on import_rows for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.user_id())));
drop policy if exists import_rows_teacher_select on import_rows;
create policy import_rows_teacher_select on import_rows for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id())));
drop policy if exists import_rows_teacher_insert on import_rows;
create policy import_rows_teacher_insert on import_rows for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id())));
drop policy if exists import_rows_teacher_delete on import_rows;
create policy import_rows_teacher_delete on import_rows for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and batch_id = any (array(select b.id from import_batches b where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id())));
