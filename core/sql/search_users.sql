-- People by part of a name or e-mail. ILIKE is not leakproof, so under row-level security its
-- trigram index goes unused (50x); SECURITY DEFINER lets it be used, and the function repeats the
-- tenant test itself. Only ids come back, only to staff, and the query that uses them is under the
-- policies. Relied on by core.admin.search.

create index if not exists idx_users_name_trgm on users using gin (name gin_trgm_ops);
create index if not exists idx_users_email_trgm on users using gin (email gin_trgm_ops);

-- A term as a LIKE pattern: its own wildcards are characters like any other.
create or replace function app.contains_pattern(term text) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return '%' || replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_') || '%';

create or replace function app.search_users(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select u.id from users u
     where u.tenant_id = app.tenant_id() and app.user_role() in ('admin', 'teacher')
       and (u.name ilike app.contains_pattern(term) or u.email ilike app.contains_pattern(term));
end;
