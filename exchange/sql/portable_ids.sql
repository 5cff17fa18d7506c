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
