drop function app.search_assignments(text);
drop index idx_assignments_title_trgm;
