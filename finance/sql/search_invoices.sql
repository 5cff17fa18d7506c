-- Invoices by part of their number; why through a function: see core/sql/search_users.sql.

-- An invoice number as it is compared with the search text: without case and accents (app.folded),
-- spaces, dashes, dots, slashes and the sign #. So `inv 2026/17` finds INV-2026-17.
create or replace function app.invoice_number_key(number text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return regexp_replace(app.folded(number), '[[:space:]#./-]+', '', 'g');

create index if not exists idx_invoices_number_key_trgm
    on invoices using gin (app.invoice_number_key(invoice_number) gin_trgm_ops);

-- A word of such signs only matches every invoice: `INV - 17` is INV-17.
create or replace function app.search_invoices(term text) returns setof uuid
    language sql stable security definer rows 20
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select i.id from invoices i
     where i.tenant_id = app.tenant_id() and app.is_money_office()
       and app.invoice_number_key(i.invoice_number)
           like app.contains_pattern(app.invoice_number_key(term));
end;
