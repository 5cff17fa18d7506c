-- Invoices by part of their number; why through a function: see core/sql/search_users.sql.

create index if not exists idx_invoices_number_trgm
    on invoices using gin (invoice_number gin_trgm_ops);

create or replace function app.search_invoices(term text) returns setof uuid
    language sql stable security definer rows 20
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select i.id from invoices i
     where i.tenant_id = app.tenant_id() and app.user_role() = 'admin'
       and i.invoice_number ilike app.contains_pattern(term);
end;
