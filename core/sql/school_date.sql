-- The date at the school (settings key timezone; UTC without one). SECURITY DEFINER for the one setting.
-- Relied on by whatever asks what is due, over or late.

create or replace function app.school_date(tenant uuid) returns date
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    zone text := (select t.settings ->> 'timezone' from tenants t where t.id = tenant);
begin
    return (now() at time zone coalesce(zone, 'UTC'))::date;
exception when invalid_parameter_value then
    return (now() at time zone 'UTC')::date;
end
$$;
