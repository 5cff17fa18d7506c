-- Who is signed in, at which browser. Nobody reads or writes the table, whatever their role: a row of
-- it is worth as much as its person's password, and one of nobody yet may be about to set one. What
-- stands in the cookie is the session's key; here, and in whatever is sent to the server, there is only
-- its SHA-256 (core.sessions), so that who reads a backup, a log or another connection's statements
-- signs in with none of it.
--
-- SECURITY DEFINER because no role has the table. Each wants the digest, looks at one school and touches
-- one row; what writes is a procedure, which no expression inside a query can call. Relied on by
-- core.sessions.

-- Asked before there is a context, which is why the school is an argument.
create or replace function app.session_load(tenant uuid, digest text) returns setof sessions
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.* from sessions s
     where s.session_key = session_load.digest and s.tenant_id = session_load.tenant;
$$;

-- It is not written when a new one's digest is taken, or an old one is gone meanwhile. A session is its
-- own person's, or nobody's yet.
create or replace procedure app.session_save(
        digest text, content text, expires timestamptz, person uuid, is_new boolean,
        inout is_written boolean)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.tenant_id() is null or person is not null and person is distinct from app.user_id() then
        raise exception 'A session belongs to the person who is signed in.'
            using errcode = 'insufficient_privilege', table = 'sessions',
                  constraint = 'sessions_own';
    end if;
    if is_new then
        insert into sessions (session_key, session_data, expire_date, tenant_id, user_id)
        values (digest, content, expires, app.tenant_id(), person) on conflict do nothing;
    else
        update sessions s set session_data = content, expire_date = expires, user_id = person
         where s.session_key = digest and s.tenant_id = app.tenant_id()
           and (s.user_id is null or s.user_id = app.user_id());
    end if;
    is_written := found;
end
$$;

create or replace procedure app.session_end(digest text)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    delete from sessions s
     where s.session_key = session_end.digest and s.tenant_id = app.tenant_id();
$$;

revoke execute on routine app.session_load, app.session_save, app.session_end from public;
grant execute on routine app.session_load, app.session_save, app.session_end to school_app;
grant execute on routine app.session_save, app.session_end
    to school_visitor, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
