drop function app.search_invoices(text);
drop index idx_invoices_number_trgm;
