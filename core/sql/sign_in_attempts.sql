-- What was tried at the sign-in page and at the forgotten-password page, so that guessing is slowed
-- down by all processes together. One row for each failure (or asked-for link), none for a success:
-- counting by inserting, nobody waits for a counter that somebody else holds. `account` is the
-- person's id, or a number made from an address that nobody here has; `source` is the address of the
-- network, or a device that the person signed in with before. Rows live for the window of
-- core.services.throttle, and are removed by the failures that follow.
--
-- No policy and no grant: what was tried is nobody's to read. The three procedures are SECURITY
-- DEFINER because a stranger has no rights on any table; they look at the school of the context
-- only, want an exact account and source, and return numbers. No expression in a query calls one.

-- Counts within the window: of this account from this source, of the source, of the account; and
-- the seconds since the last of the first two (null: there is none). Attempts at one account from one
-- source wait for each other, so that asking at the same time wins nothing.
create or replace procedure app.attempts_count(
        wanted text, whose uuid, origin text, seconds integer,
        inout pair integer, inout pair_age double precision,
        inout source integer, inout source_age double precision, inout account integer)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    since timestamptz := clock_timestamp() - make_interval(secs => seconds);
begin
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', app.tenant_id(), wanted, whose, origin), 0));
    select count(*) filter (where a.account = whose),
           extract(epoch from clock_timestamp()
                   - max(a.attempted_at) filter (where a.account = whose)),
           count(*), extract(epoch from clock_timestamp() - max(a.attempted_at))
      into pair, pair_age, source, source_age
      from sign_in_attempts a
     where a.tenant_id = app.tenant_id() and a.purpose = wanted and a.source = origin
       and a.attempted_at > since;
    select count(*) into account
      from sign_in_attempts a
     where a.tenant_id = app.tenant_id() and a.purpose = wanted and a.account = whose
       and a.attempted_at > since;
end
$$;

-- One more; and those that no window reaches any more go, a few at a time and never waiting.
create or replace procedure app.attempts_add(
        wanted text, whose uuid, origin text, seconds integer)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    insert into sign_in_attempts (tenant_id, purpose, account, source, attempted_at)
    values (app.tenant_id(), wanted, whose, origin, clock_timestamp());
    delete from sign_in_attempts a
     where a.tenant_id = app.tenant_id()
       and a.id in (select o.id from sign_in_attempts o
                     where o.tenant_id = app.tenant_id()
                       and o.attempted_at < clock_timestamp() - make_interval(secs => seconds)
                     order by o.attempted_at limit 100 for update skip locked);
end
$$;

-- The person has proved who they are: their failures from this source are over.
create or replace procedure app.attempts_forget(wanted text, whose uuid, origin text)
    language sql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    delete from sign_in_attempts a
     where a.tenant_id = app.tenant_id() and a.purpose = wanted and a.account = whose
       and a.source = origin;
$$;

revoke execute on procedure app.attempts_count, app.attempts_add, app.attempts_forget from public;
grant execute on procedure app.attempts_count, app.attempts_add, app.attempts_forget
    to school_app, school_visitor, school_admin, school_registrar, school_bursar, school_teacher,
        school_student, school_guardian;
