-- Assignments by part of their title; why through two functions: see core/sql/search_users.sql.

create index if not exists idx_assignments_folded_trgm
    on assignments using gin (app.folded(title) gin_trgm_ops);

-- The variant for the office, as explained there.
create or replace function app.search_all_assignments(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select w.id from assignments w
     where w.tenant_id = app.tenant_id() and app.is_people_office()
       and app.folded(w.title) like app.contains_pattern(app.folded(term));
end;

create or replace function app.search_assignments(term text) returns setof uuid
    language plpgsql stable rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_people_office() then
        return query select * from app.search_all_assignments(term);
    else
        return query
        select w.id from assignments w
         where w.tenant_id = app.tenant_id()
           and app.folded(w.title) like app.contains_pattern(app.folded(term));
    end if;
end
$$;
