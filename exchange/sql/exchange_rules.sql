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
