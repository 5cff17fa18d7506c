-- How a client says who is asking. SECURITY DEFINER because who asks is nobody yet and may read no row,
-- and because set_config() is the owner's alone: an expression that somebody smuggles into a query
-- cannot change the context with it (core.database.roles).

-- A procedure, which cannot stand inside a query. The person is active and of that school, and their
-- role is what their row says. What they then may see takes SET LOCAL ROLE besides: as another role than
-- their own they see nothing. Relied on by core.database.backend.
create or replace procedure app.enter(tenant uuid, person uuid, request text default '')
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    person_role text := (select u.role from users u
                          where u.tenant_id = enter.tenant and u.id = enter.person
                            and u.status = 'active' and u.deleted_at is null);
begin
    if person_role is null then
        raise exception 'Nobody of this school may enter as this person.'
            using errcode = 'insufficient_privilege', constraint = 'app_enter';
    end if;
    perform set_config('app.tenant_id', tenant::text, true),
            set_config('app.user_id', person::text, true),
            set_config('app.user_role', person_role, true),
            set_config('app.request', coalesce(request, ''), true);
end
$$;
revoke execute on procedure app.enter from public;
grant execute on procedure app.enter to school_app;

-- The same for clients of Supabase and PostgREST, after SET LOCAL ROLE: the person whose account the
-- verified token in request.jwt.claims names. Somebody of several schools says which one by the claim
-- tenant_id. A function, as PostgREST's db-pre-request wants it: it can only ever enter as the person of
-- the token, which no query can write.
create or replace function app.enter_jwt() returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
    person record;
begin
    select u.tenant_id, u.id, u.role into strict person
      from users u
     where u.auth_id = (claims ->> 'sub')::uuid
       and u.tenant_id = coalesce((claims ->> 'tenant_id')::uuid, u.tenant_id)
       and u.status = 'active' and u.deleted_at is null;
    perform set_config('app.tenant_id', person.tenant_id::text, true),
            set_config('app.user_id', person.id::text, true),
            set_config('app.user_role', person.role, true),
            set_config('app.request', '', true);
exception
    when no_data_found or too_many_rows then
        raise exception 'The token names nobody, or somebody of several schools.'
            using errcode = 'insufficient_privilege', constraint = 'app_enter';
end
$$;
revoke execute on function app.enter_jwt from public;
grant execute on function app.enter_jwt
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
