-- ==================== context
-- Who is asking, as told by core.rls for one transaction; every policy starts from these.
-- Plain SQL and STABLE, so that the planner inlines them and an index on tenant_id is used.
-- An empty or missing setting is NULL, and NULL equals nothing: no context, no rows.

create schema if not exists app;
grant usage on schema app to school_app, school_admin, school_registrar, school_bursar, school_teacher,
    school_student, school_guardian, school_operator, school_visitor, school_worker;

create or replace function app.tenant_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.tenant_id', true), '')::uuid;

create or replace function app.user_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.user_id', true), '')::uuid;

create or replace function app.user_role() returns text
    language sql stable parallel safe
    return nullif(current_setting('app.user_role', true), '');

-- The school, if they are asking with this role. Policies compare the row's school with it instead of
-- testing the role beside it: PostgreSQL knows the two for the same value and asks once a query.
create or replace function app.tenant_as(role text) returns uuid
    language sql stable parallel safe
    return case when current_setting('app.user_role', true) = role
                then nullif(current_setting('app.tenant_id', true), '')::uuid end;

-- The person, if they are asking as a teacher. Policies compare with this instead of testing the
-- role beside a subquery, which made the planner give up the index.
create or replace function app.teacher_id() returns uuid
    language sql stable parallel safe
    return case when current_setting('app.user_role', true) = 'teacher'
                then nullif(current_setting('app.user_id', true), '')::uuid end;

create or replace function app.student_id() returns uuid
    language sql stable parallel safe
    return case when current_setting('app.user_role', true) = 'student'
                then nullif(current_setting('app.user_id', true), '')::uuid end;

-- ==================== folded
-- Text as people search and sort it: in lower case, without accents, with one kind of apostrophe
-- and of hyphen. So `Wisniewski` finds Wiśniewski, O'Brien finds O’Brien, and Ähre stands before
-- Zoe whatever the server's own order is (no ICU needed). Relied on by the generated columns
-- sort_name, by the search functions and their indexes, and by core.models.base.Folded.
--
-- unaccent(text) is only STABLE, since its rules could be changed; named with its dictionary, and
-- those rules being the extension's own, the same text always gives the same. SQL and not SECURITY
-- DEFINER: it reads no table.

create or replace function app.folded(words text) returns text
    language sql immutable parallel safe strict
    set search_path = pg_catalog, pg_temp
    return lower(btrim(public.unaccent(
        'public.unaccent'::regdictionary,
        translate(normalize(words, nfc), '’‘‛ʼ′`´‐‑–', '''''''''''''''---'))));
