-- Column rights by role, which a policy cannot express: as the role of the first argument, only
-- the columns of the further arguments may change. ("*" for every role but admin.)

create or replace function app.allow_columns() returns trigger
    language plpgsql
as $$
declare
    -- The database writes these itself: generated columns only after this, and they are null here.
    allowed text[] := tg_argv[1:] || array['updated_at'] || array(
        select a.attname::text from pg_catalog.pg_attribute a
         where a.attrelid = tg_relid and a.attgenerated <> '');
    refused text;
begin
    if app.user_role() is null or not (
        app.user_role() = tg_argv[0] or (tg_argv[0] = '*' and app.user_role() <> 'admin')
    ) then
        return new;
    end if;
    select string_agg(changed.key, ', ' order by changed.key) into refused
      from jsonb_each(to_jsonb(new)) changed
     where changed.key <> all (allowed)
       and changed.value is distinct from to_jsonb(old) -> changed.key;
    if refused is not null then
        raise exception 'As %, you cannot change: %.', app.user_role(), refused
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = tg_table_name || '_allow_columns';
    end if;
    return new;
end
$$;
