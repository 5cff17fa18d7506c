-- Whether a school is being rebuilt from its file, whose rows come with what
-- the triggers once worked out, and with what people have since put right by hand. Triggers that
-- would work it out anew leave such rows as they are. Only in a session of the tables' owner, and
-- only until its transaction ends; what a client of the application sets here means nothing.
-- Relied on by the triggers that work out what a file brings along.

create or replace function app.rebuilding() returns boolean
    language plpgsql stable
as $$
begin
    -- plpgsql, which keeps its plan: triggers ask this of each row. All names are qualified: the path is
    -- the caller's.
    if pg_catalog.current_setting('app.rebuild', true) = 'on' then
        return session_user = (select pg_catalog.pg_get_userbyid(c.relowner) from pg_catalog.pg_class c
                                where c.oid = 'public.tenants'::pg_catalog.regclass);
    end if;
    return false;
end
$$;
