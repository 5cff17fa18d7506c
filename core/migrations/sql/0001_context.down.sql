drop function app.folded(text), app.student_id(), app.teacher_id(), app.tenant_as(text),
    app.user_role(), app.user_id(), app.tenant_id();
drop schema app;
