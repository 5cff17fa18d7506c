-- The audit trail: one row for every row that is created, updated or deleted in a watched table.
-- One function for all tables, by statement (transition tables), so that a bulk change costs one
-- INSERT. Arguments: the table's name in the singular, then the columns it leaves out.

-- What changed between two versions of a row: {column: {before, after}}, NULL when nothing did.
-- A password is only ever said to have changed.
create or replace function app.audit_changes(before jsonb, after jsonb, ignored text[]) returns jsonb
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select jsonb_object_agg(
               case when c.key = 'password_version' then 'password' else c.key end,
               case when c.key = 'password_version'
                    then jsonb_build_object('before', '[hidden]', 'after', '[hidden]')
                    else jsonb_build_object('before', case when after is null then c.value
                                                           else before -> c.key end,
                                            'after', case when after is not null then c.value end) end)
      from jsonb_each(coalesce(after, before)) c(key, value)
     where c.key <> all (ignored)
       and coalesce(case when after is null then c.value else before -> c.key end, 'null')
           is distinct from coalesce(case when after is not null then c.value end, 'null');
end;

-- SECURITY DEFINER because nobody may write audit_logs by hand, not even an admin.
create or replace function app.audit() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    kind    text   := tg_argv[0];
    ignored text[] := tg_argv[1:] || array['updated_at'];
    born    text[] := ignored || array['id', 'tenant_id', 'created_at'];
    context jsonb  := coalesce(nullif(current_setting('app.request', true), '')::jsonb, '{}');
begin
    -- For loading generated rows only, and only in a session of the owner itself.
    if current_setting('app.audit', true) = 'off' and session_user = current_user then
        return null;
    end if;
    if app.user_role() is not null then
        context := context || jsonb_build_object('role', app.user_role());
    end if;

    if tg_op = 'INSERT' then
        insert into audit_logs (tenant_id, action, resource_type, resource_id, changes,
                                user_id, metadata, timestamp)
        -- Who it was is asked once a school, not once a row.
        with w as materialized (
            select coalesce(r.v ->> 'tenant_id', r.v ->> 'id')::uuid as tenant_id,
                   (r.v ->> 'id')::uuid as id, app.audit_changes(null, r.v, born) as changes
              from (select to_jsonb(n) as v from new_rows n) r)
        select w.tenant_id, kind || '_created', kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select distinct w.tenant_id from w) t
         cross join lateral app.audit_actor(t.tenant_id, context) a
          join w on w.tenant_id = t.tenant_id;
    elsif tg_op = 'DELETE' then
        insert into audit_logs (tenant_id, action, resource_type, resource_id, changes,
                                user_id, metadata, timestamp)
        select w.tenant_id, kind || '_deleted', kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select coalesce(r.v ->> 'tenant_id', r.v ->> 'id')::uuid as tenant_id,
                       (r.v ->> 'id')::uuid as id,
                       app.audit_changes(r.v, null, born) as changes
                  from (select to_jsonb(o) as v from old_rows o) r) w,
               app.audit_actor(w.tenant_id, context) a;
    else
        -- A soft delete is a deletion to the people who read the trail.
        insert into audit_logs (tenant_id, action, resource_type, resource_id, changes,
                                user_id, metadata, timestamp)
        select w.tenant_id,
               kind || case when w.changes -> 'deleted_at' ->> 'after' is not null
                             and w.changes -> 'deleted_at' ->> 'before' is null
                            then '_deleted' else '_updated' end,
               kind, w.id, w.changes, a.user_id, a.metadata,
               clock_timestamp()
          from (select coalesce(n.v ->> 'tenant_id', n.v ->> 'id')::uuid as tenant_id,
                       (n.v ->> 'id')::uuid as id,
                       app.audit_changes(o.v, n.v, ignored) as changes
                  from (select to_jsonb(x) as v from old_rows x) o
                  join (select to_jsonb(x) as v from new_rows x) n
                    on n.v ->> 'id' = o.v ->> 'id') w,
               app.audit_actor(w.tenant_id, context) a
         where w.changes is not null;
    end if;
    return null;
end
$$;

-- The acting person, where they are of the row's own school; an operator of the platform is none
-- of its people and is named in the metadata instead.
create or replace function app.audit_actor(tenant uuid, context jsonb,
                                           out user_id uuid, out metadata jsonb)
    language sql stable
    set search_path = pg_catalog, pg_temp
begin atomic
    select case when tenant = app.tenant_id() then app.user_id() end,
           case when tenant = app.tenant_id() or app.user_id() is null then context
                else context || jsonb_build_object('operator_id', app.user_id()) end;
end;

-- Put the two rules that every table of a school has on a table: updated_at and the audit trail.
create or replace function app.watch(target regclass, singular text, variadic ignored text[] default '{}')
    returns void
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    arguments text := (select string_agg(quote_literal(a), ', ') from unnest(singular || ignored) a);
begin
    if exists (select from pg_attribute where attrelid = target and attname = 'updated_at'
                                          and not attisdropped) then
        execute format('create or replace trigger %I before update on %s
                        for each row execute function app.touch_updated_at()',
                       target::text || '_touch_updated_at_trg', target);
    end if;
    execute format('create or replace trigger %I after insert on %s
                    referencing new table as new_rows
                    for each statement execute function app.audit(%s)',
                   target::text || '_audit_insert_trg', target, arguments);
    execute format('create or replace trigger %I after update on %s
                    referencing old table as old_rows new table as new_rows
                    for each statement execute function app.audit(%s)',
                   target::text || '_audit_update_trg', target, arguments);
    execute format('create or replace trigger %I after delete on %s
                    referencing old table as old_rows
                    for each statement execute function app.audit(%s)',
                   target::text || '_audit_delete_trg', target, arguments);
end
$$;
revoke execute on function app.watch from public;

-- Append-only, whoever tries; rows leave only by the retention function.
create or replace function app.refuse_update() returns trigger
    language plpgsql
as $$
begin
    raise exception 'The audit trail cannot be changed.'
        using errcode = 'insufficient_privilege', table = tg_table_name,
              constraint = 'audit_logs_append_only';
end
$$;

create or replace trigger audit_logs_append_only_trg before update on audit_logs
    for each statement execute function app.refuse_update();

-- How long the trail of a school is kept (settings key kept_audit_months): two years (compliance), unless
-- it chose otherwise. Also of no school, which is the platform's.
create or replace function app.audit_kept(tenant uuid) returns interval
    language sql stable
    set search_path = pg_catalog, public, pg_temp
as $$
    select make_interval(months => coalesce(
        (select (t.settings ->> 'kept_audit_months')::int from tenants t where t.id = tenant), 24));
$$;

-- Retention. Runs as its caller, and only the owner may delete here:
-- manage.py cleanup_audit_logs.
create or replace function cleanup_old_audit_logs() returns void
    language sql
    set search_path = pg_catalog, public, pg_temp
begin atomic
    delete from audit_logs l where l.timestamp < now() - app.audit_kept(l.tenant_id);
end;
revoke execute on function cleanup_old_audit_logs from public;
