-- Guardians by part of a name, e-mail or phone; why through two functions: see core/sql/search_users.sql.

create index if not exists idx_guardians_sort_name_trgm on guardians using gin (sort_name gin_trgm_ops);
create index if not exists idx_guardians_email_trgm on guardians using gin (email gin_trgm_ops);
create index if not exists idx_guardians_phone_trgm
    on guardians using gin (app.phone_digits(phone) gin_trgm_ops);
create index if not exists idx_guardians_other_phone_trgm
    on guardians using gin (app.phone_digits(other_phone) gin_trgm_ops);

-- The variant for the office, as explained there.
create or replace function app.search_all_guardians(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select g.id from guardians g
     where g.tenant_id = app.tenant_id() and app.is_office()
       and (app.is_found(g.sort_name, g.email, null, g.phone, term)
            or app.phone_digits(g.other_phone) like app.phone_pattern(term));
end;

create or replace function app.search_guardians(term text) returns setof uuid
    language plpgsql stable rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_office() then
        return query select * from app.search_all_guardians(term);
    else
        return query
        select g.id from guardians g
         where g.tenant_id = app.tenant_id()
           and (app.is_found(g.sort_name, g.email, null, g.phone, term)
                or app.phone_digits(g.other_phone) like app.phone_pattern(term));
    end if;
end
$$;
