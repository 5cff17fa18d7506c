-- Supabase's auth.uid(), where it does not exist, so that the same policies serve both: the
-- account id of the JWT in request.jwt.claims. Where Supabase has made it, it is left alone.

do $$
begin
    if to_regprocedure('auth.uid()') is null then
        create schema if not exists auth;
        grant usage on schema auth to school_app, school_admin, school_registrar, school_bursar,
            school_teacher, school_student, school_guardian;
        create function auth.uid() returns uuid
            language sql stable parallel safe
            return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
        comment on function auth.uid() is 'stand-in for Supabase, made by the school application';
    end if;
end
$$;
