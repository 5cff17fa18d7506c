-- The first thing that a SECURITY DEFINER trigger does which runs BEFORE a row is written. PostgreSQL
-- asks the policies' WITH CHECK only after such triggers, and what one says about the rows that the new
-- one names (a sum, a date, who is enrolled) it would say to other schools too. So the trigger names who
-- may write the table, and everybody else is refused in the policies' own words. Sessions of the tables'
-- owner write for every school (manage.py import_school and seed).
-- manage.py check_isolation names a trigger that lacks it.

create or replace function app.refuse_stranger(target text, tenant uuid, variadic roles text[])
    returns void
    language plpgsql stable
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tenant = app.tenant_id()
       and (app.user_role() = any (roles)
            or 'people_office' = any (roles) and app.is_people_office()
            or 'money_office' = any (roles) and app.is_money_office()) then
        return;
    end if;
    if pg_has_role(session_user, (select c.relowner from pg_class c where c.oid = 'tenants'::regclass),
                   'MEMBER') then
        return;
    end if;
    raise exception 'new row violates row-level security policy for table "%"', target
        using errcode = 'insufficient_privilege', table = target;
end
$$;
