-- Whether a school is being rebuilt from its file, whose rows come with what
-- the triggers once worked out, and with what people have since put right by hand. Triggers that
-- would work it out anew leave such rows as they are. Only in a session of the tables' owner, and
-- only until its transaction ends; what a client of the application sets here means nothing.
-- Relied on by the triggers that work out what a file brings along.

create or replace function app.rebuilding() returns boolean
    language sql stable
    return case when current_setting('app.rebuild', true) = 'on'
                then session_user = (select pg_get_userbyid(c.relowner) from pg_class c
                                      where c.oid = 'tenants'::regclass)
                else false end;
