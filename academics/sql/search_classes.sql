-- Classes by part of a name or code; why two functions: see core/sql/search_users.sql.

create index if not exists idx_classes_sort_name_trgm on classes using gin (sort_name gin_trgm_ops);
create index if not exists idx_classes_code_trgm
    on classes using gin (app.folded(code) gin_trgm_ops);

-- The variant for the office, as explained there.
create or replace function app.search_all_classes(term text) returns setof uuid
    language sql stable security definer rows 50
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select c.id from classes c
     where c.tenant_id = app.tenant_id() and app.is_office()
       and (c.sort_name like app.contains_pattern(app.folded(term))
            or app.folded(c.code) like app.contains_pattern(app.folded(term)));
end;

create or replace function app.search_classes(term text) returns setof uuid
    language plpgsql stable rows 50
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_office() then
        return query select * from app.search_all_classes(term);
    else
        return query
        select c.id from classes c
         where c.tenant_id = app.tenant_id()
           and (c.sort_name like app.contains_pattern(app.folded(term))
                or app.folded(c.code) like app.contains_pattern(app.folded(term)));
    end if;
end
$$;
