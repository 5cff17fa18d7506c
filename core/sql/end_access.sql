-- What a person still holds when their access ends: sessions and the calendar's address. Deleted, so
-- that nothing comes back to life when the account is opened again. The status is tested before
-- that too, at every look (app.user_for_login, app.user_for_calendar); this makes it last.
--
-- SECURITY DEFINER because sessions and feeds are their owner's alone and the office ends them. The
-- trigger runs after the row's policies were checked, for rows of that person only. A password that
-- somebody else sets ends both as well; one's own leaves this browser signed in (core.views.accounts).
create or replace function app.end_access() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if new.status <> 'active' or new.deleted_at is not null
       or new.password_version is distinct from old.password_version
          and app.user_id() is distinct from new.id then
        delete from sessions s where s.tenant_id = new.tenant_id and s.user_id = new.id;
        delete from calendar_feeds f where f.tenant_id = new.tenant_id and f.user_id = new.id;
    end if;
    return null;
end
$$;
create or replace trigger users_end_access_trg after update of status, deleted_at, password_version
    on users
    for each row when (new.status is distinct from old.status
                       or new.deleted_at is distinct from old.deleted_at
                       or new.password_version is distinct from old.password_version)
    execute function app.end_access();

-- The same for everybody of a school that is suspended or archived. (Calendar addresses stay: nobody's
-- account was closed, and they answer nothing until the school is open again.)
--
-- SECURITY DEFINER because an operator of the platform closes the school and sees none of its
-- sessions. The trigger runs after the row's policies were checked, for that school only.
create or replace function app.end_school_access() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    delete from sessions s where s.tenant_id = new.id;
    return null;
end
$$;
create or replace trigger tenants_end_access_trg after update of status on tenants
    for each row when (new.status is distinct from old.status and new.status <> 'active')
    execute function app.end_school_access();
