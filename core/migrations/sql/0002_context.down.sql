do $$
begin
    if obj_description(to_regprocedure('auth.uid()')) = 'stand-in for Supabase, made by the school application' then
        drop function auth.uid();
        drop schema auth;
    end if;
end
$$;
drop function app.student_id(), app.teacher_id(), app.user_role(), app.user_id(), app.tenant_id();
drop schema app;
