-- Classes by part of a name or code; why a function: see core/sql/search_users.sql.

create index if not exists idx_classes_sort_name_trgm on classes using gin (sort_name gin_trgm_ops);
create index if not exists idx_classes_code_trgm
    on classes using gin (app.folded(code) gin_trgm_ops);

create or replace function app.search_classes(term text) returns setof uuid
    language sql stable security definer rows 50
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select c.id from classes c
     where c.tenant_id = app.tenant_id() and app.user_role() in ('admin', 'teacher')
       and (c.sort_name like app.contains_pattern(app.folded(term))
            or app.folded(c.code) like app.contains_pattern(app.folded(term)));
end;
