-- People by part of a name, e-mail, student number, phone or of their record. LIKE is not leakproof, so under
-- row-level security its trigram index goes unused (50x); SECURITY DEFINER lets it be used. That one is
-- the office's, which may read everybody of its school, and tests both itself. Everybody else is told
-- the ids of what the policies show them, which is little enough to be read without an index. Relied on
-- by core.search.

-- A term as a LIKE pattern: its own wildcards are characters like any other.
create or replace function app.contains_pattern(term text) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return '%' || replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_') || '%';

-- The digits of a phone number.
create or replace function app.phone_digits(phone text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return regexp_replace(phone, '[^0-9]', '', 'g');

-- What a number must contain to be the one that is typed, however both are written; NULL for what
-- is no (part of a) number. Of a long one the last nine digits: +44 20 7946 0018 is 020 7946 0018.
create or replace function app.phone_pattern(term text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return case when term ~ '^[-+0-9 ()/.]+$' and length(app.phone_digits(term)) >= 3
                then '%' || nullif(right(ltrim(app.phone_digits(term), '0'), 9), '') || '%' end;

create index if not exists idx_users_sort_name_trgm on users using gin (sort_name gin_trgm_ops);
create index if not exists idx_users_email_trgm on users using gin (email gin_trgm_ops);
create index if not exists idx_users_number_trgm
    on users using gin (student_number gin_trgm_ops);
create index if not exists idx_users_phone_trgm
    on users using gin (app.phone_digits(phone) gin_trgm_ops);

-- Not SECURITY DEFINER and without settings, so that the planner sees the columns and their indexes.
create or replace function app.is_found(sort_name text, email text, student_number text,
                                        phone text, term text) returns boolean
    language sql immutable parallel safe
    return sort_name like app.contains_pattern(app.folded(term))
           or email ilike app.contains_pattern(term)
           or student_number ilike app.contains_pattern(term)
           or app.phone_digits(phone) like app.phone_pattern(term);

-- What somebody may read of a record, as text to search.
create or replace function app.text_of_record(record jsonb) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return (select app.folded(string_agg(v.value, e'\n')) from jsonb_each_text(record) v);

create or replace function app.search_all_users(term text) returns setof uuid
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select u.id from users u
     where u.tenant_id = app.tenant_id() and app.is_office()
       and app.is_found(u.sort_name, u.email, u.student_number, u.phone, term)
     union
    select u.id from users u
     where u.tenant_id = app.tenant_id() and app.is_people_office()
       and u.record_text like app.contains_pattern(app.folded(term));
end;

create or replace function app.search_users(term text) returns setof uuid
    language plpgsql stable rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.is_office() then
        return query select * from app.search_all_users(term);
    elsif app.user_role() = 'teacher' then
        return query
        select u.id from users u
         where u.tenant_id = app.tenant_id()
           and (app.is_found(u.sort_name, u.email, u.student_number, u.phone, term)
                or app.text_of_record(u.teacher_record)
                   like app.contains_pattern(app.folded(term)));
    else
        return query
        select u.id from users u
         where u.tenant_id = app.tenant_id()
           and (app.is_found(u.sort_name, u.email, u.student_number, u.phone, term)
                or app.text_of_record(u.family_record)
                   like app.contains_pattern(app.folded(term)));
    end if;
end
$$;
