-- Row-level security and privileges of core; `manage.py policies` makes this file from
-- core/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- tenants
alter table tenants enable row level security;
revoke all on tenants
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update on tenants
    to school_app, school_operator;
grant select, update (contact_email, name, settings, updated_at) on tenants
    to school_admin;
grant select on tenants
    to school_registrar, school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists tenants_admin_select on tenants;
create policy tenants_admin_select on tenants for select
    to school_app, school_admin
    using (id = app.tenant_id()
           and id = app.tenant_as('admin'));
drop policy if exists tenants_admin_update on tenants;
create policy tenants_admin_update on tenants for update
    to school_app, school_admin
    using (id = app.tenant_id()
           and id = app.tenant_as('admin'));
drop policy if exists tenants_registrar_select on tenants;
create policy tenants_registrar_select on tenants for select
    to school_app, school_registrar
    using (id = app.tenant_id()
           and id = app.tenant_as('registrar'));
drop policy if exists tenants_bursar_select on tenants;
create policy tenants_bursar_select on tenants for select
    to school_app, school_bursar
    using (id = app.tenant_id()
           and id = app.tenant_as('bursar'));
drop policy if exists tenants_teacher_select on tenants;
create policy tenants_teacher_select on tenants for select
    to school_app, school_teacher
    using (id = app.tenant_id()
           and id = app.tenant_as('teacher'));
drop policy if exists tenants_student_select on tenants;
create policy tenants_student_select on tenants for select
    to school_app, school_student
    using (id = app.tenant_id()
           and id = app.tenant_as('student'));
drop policy if exists tenants_guardian_select on tenants;
create policy tenants_guardian_select on tenants for select
    to school_app, school_guardian
    using (id = app.tenant_id()
           and id = app.tenant_as('guardian'));
drop policy if exists tenants_operator_select on tenants;
create policy tenants_operator_select on tenants for select
    to school_app, school_operator
    using (app.is_operator());
drop policy if exists tenants_operator_insert on tenants;
create policy tenants_operator_insert on tenants for insert
    to school_app, school_operator
    with check (app.is_operator());
drop policy if exists tenants_operator_update on tenants;
create policy tenants_operator_update on tenants for update
    to school_app, school_operator
    using (app.is_operator());

-- tenant_domains
alter table tenant_domains enable row level security;
revoke all on tenant_domains
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on tenant_domains
    to school_app, school_operator;
grant select on tenant_domains
    to school_admin;

drop policy if exists tenant_domains_admin_select on tenant_domains;
create policy tenant_domains_admin_select on tenant_domains for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists tenant_domains_operator_all on tenant_domains;
create policy tenant_domains_operator_all on tenant_domains for all
    to school_app, school_operator
    using (app.is_operator());

-- users
alter table users enable row level security;
revoke all on users
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on users
    to school_app, school_admin, school_registrar;
grant select (avatar_url, birth_date, created_at, deleted_at, email, email_verified, family_record,
        homeroom_id, id, last_login, name, password_version, phone, photo, preferences, role,
        sort_name, status, student_number, teacher_record, tenant_id, updated_at, year_group_id),
        update (avatar_url, email_verified, last_login, phone, preferences, updated_at) on users
    to school_bursar, school_teacher;
grant select (auth_id, avatar_url, birth_date, created_at, deleted_at, email, email_verified,
        family_record, homeroom_id, id, last_login, name, password_version, phone, photo,
        preferences, role, sort_name, status, student_number, tenant_id, updated_at, year_group_id),
        update (avatar_url, email_verified, last_login, phone, preferences, updated_at) on users
    to school_student;
grant select (avatar_url, birth_date, created_at, deleted_at, email, email_verified, family_record,
        homeroom_id, id, last_login, name, password_version, phone, photo, preferences, role,
        sort_name, status, student_number, tenant_id, updated_at, year_group_id), update
        (avatar_url, email_verified, last_login, phone, preferences, updated_at) on users
    to school_guardian;

drop policy if exists users_admin_all on users;
create policy users_admin_all on users for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists users_registrar_select on users;
create policy users_registrar_select on users for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists users_registrar_insert on users;
create policy users_registrar_insert on users for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and role in ('teacher', 'student', 'guardian'));
drop policy if exists users_registrar_update on users;
create policy users_registrar_update on users for update
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and (role in ('teacher', 'student', 'guardian') or id = app.user_id() and role = 'registrar'));
drop policy if exists users_registrar_delete on users;
create policy users_registrar_delete on users for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and role in ('teacher', 'student', 'guardian'));
drop policy if exists users_bursar_select on users;
create policy users_bursar_select on users for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists users_bursar_update on users;
create policy users_bursar_update on users for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_teacher_select on users;
create policy users_teacher_select on users for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_teacher_update on users;
create policy users_teacher_update on users for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_student_select on users;
create policy users_student_select on users for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_student_update on users;
create policy users_student_update on users for update
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_guardian_select on users;
create policy users_guardian_select on users for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_guardian_children_select on users;
create policy users_guardian_children_select on users for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.guarded_students o)));
drop policy if exists users_guardian_update on users;
create policy users_guardian_update on users for update
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and (id = app.user_id() or auth_id = auth.uid()));

-- person_fields
alter table person_fields enable row level security;
revoke all on person_fields
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on person_fields
    to school_app, school_admin;
grant select on person_fields
    to school_registrar, school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists person_fields_admin_all on person_fields;
create policy person_fields_admin_all on person_fields for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists person_fields_registrar_select on person_fields;
create policy person_fields_registrar_select on person_fields for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists person_fields_bursar_select on person_fields;
create policy person_fields_bursar_select on person_fields for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and readers <> 'office');
drop policy if exists person_fields_teacher_select on person_fields;
create policy person_fields_teacher_select on person_fields for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and readers <> 'office');
drop policy if exists person_fields_student_select on person_fields;
create policy person_fields_student_select on person_fields for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and readers = 'family');
drop policy if exists person_fields_guardian_select on person_fields;
create policy person_fields_guardian_select on person_fields for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and readers = 'family');

-- guardians
alter table guardians enable row level security;
revoke all on guardians
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on guardians
    to school_app, school_admin, school_registrar;
grant select on guardians
    to school_bursar, school_guardian;

drop policy if exists guardians_admin_all on guardians;
create policy guardians_admin_all on guardians for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists guardians_registrar_all on guardians;
create policy guardians_registrar_all on guardians for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists guardians_bursar_select on guardians;
create policy guardians_bursar_select on guardians for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists guardians_guardian_select on guardians;
create policy guardians_guardian_select on guardians for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and user_id = app.guardian_id());

-- student_guardians
alter table student_guardians enable row level security;
revoke all on student_guardians
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on student_guardians
    to school_app, school_admin, school_registrar;
grant select on student_guardians
    to school_bursar, school_guardian;

drop policy if exists student_guardians_admin_all on student_guardians;
create policy student_guardians_admin_all on student_guardians for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_guardians_registrar_all on student_guardians;
create policy student_guardians_registrar_all on student_guardians for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists student_guardians_bursar_select on student_guardians;
create policy student_guardians_bursar_select on student_guardians for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists student_guardians_guardian_select on student_guardians;
create policy student_guardians_guardian_select on student_guardians for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and guardian_id = any (array(select o.id from app.own_guardian o)));

-- year_groups
alter table year_groups enable row level security;
revoke all on year_groups
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on year_groups
    to school_app, school_admin, school_registrar;
grant select on year_groups
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists year_groups_admin_all on year_groups;
create policy year_groups_admin_all on year_groups for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists year_groups_registrar_all on year_groups;
create policy year_groups_registrar_all on year_groups for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists year_groups_bursar_select on year_groups;
create policy year_groups_bursar_select on year_groups for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists year_groups_teacher_select on year_groups;
create policy year_groups_teacher_select on year_groups for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists year_groups_student_select on year_groups;
create policy year_groups_student_select on year_groups for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and id = any (array(select u.year_group_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));
drop policy if exists year_groups_guardian_select on year_groups;
create policy year_groups_guardian_select on year_groups for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and id = any (array(select u.year_group_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));

-- homerooms
alter table homerooms enable row level security;
revoke all on homerooms
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on homerooms
    to school_app, school_admin, school_registrar;
grant select on homerooms
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists homerooms_admin_all on homerooms;
create policy homerooms_admin_all on homerooms for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists homerooms_registrar_all on homerooms;
create policy homerooms_registrar_all on homerooms for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists homerooms_bursar_select on homerooms;
create policy homerooms_bursar_select on homerooms for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists homerooms_teacher_select on homerooms;
create policy homerooms_teacher_select on homerooms for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists homerooms_student_select on homerooms;
create policy homerooms_student_select on homerooms for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and id = any (array(select u.homeroom_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));
drop policy if exists homerooms_guardian_select on homerooms;
create policy homerooms_guardian_select on homerooms for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and id = any (array(select u.homeroom_id from users u where u.tenant_id = app.tenant_id() and u.role = 'student')));

-- homeroom_teachers
alter table homeroom_teachers enable row level security;
revoke all on homeroom_teachers
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on homeroom_teachers
    to school_app, school_admin, school_registrar;
grant select on homeroom_teachers
    to school_bursar, school_teacher;

drop policy if exists homeroom_teachers_admin_all on homeroom_teachers;
create policy homeroom_teachers_admin_all on homeroom_teachers for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists homeroom_teachers_registrar_all on homeroom_teachers;
create policy homeroom_teachers_registrar_all on homeroom_teachers for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists homeroom_teachers_bursar_select on homeroom_teachers;
create policy homeroom_teachers_bursar_select on homeroom_teachers for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists homeroom_teachers_teacher_select on homeroom_teachers;
create policy homeroom_teachers_teacher_select on homeroom_teachers for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and teacher_id = app.teacher_id());

-- audit_logs
alter table audit_logs enable row level security;
revoke all on audit_logs
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on audit_logs
    to school_app, school_admin;

drop policy if exists audit_logs_admin_select on audit_logs;
create policy audit_logs_admin_select on audit_logs for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));

-- conversations
alter table conversations enable row level security;
revoke all on conversations
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on conversations
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

drop policy if exists conversations_admin_all on conversations;
create policy conversations_admin_all on conversations for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists conversations_registrar_all on conversations;
create policy conversations_registrar_all on conversations for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists conversations_bursar_all on conversations;
create policy conversations_bursar_all on conversations for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists conversations_teacher_all on conversations;
create policy conversations_teacher_all on conversations for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists conversations_student_all on conversations;
create policy conversations_student_all on conversations for all
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());

-- saved_views
alter table saved_views enable row level security;
revoke all on saved_views
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on saved_views
    to school_app, school_admin, school_registrar, school_bursar, school_teacher;

drop policy if exists saved_views_admin_select on saved_views;
create policy saved_views_admin_select on saved_views for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_admin_insert on saved_views;
create policy saved_views_admin_insert on saved_views for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists saved_views_admin_update on saved_views;
create policy saved_views_admin_update on saved_views for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists saved_views_admin_delete on saved_views;
create policy saved_views_admin_delete on saved_views for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_registrar_select on saved_views;
create policy saved_views_registrar_select on saved_views for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_registrar_insert on saved_views;
create policy saved_views_registrar_insert on saved_views for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_views_registrar_update on saved_views;
create policy saved_views_registrar_update on saved_views for update
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_views_registrar_delete on saved_views;
create policy saved_views_registrar_delete on saved_views for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists saved_views_bursar_select on saved_views;
create policy saved_views_bursar_select on saved_views for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and (user_id = app.user_id() or is_shared));
drop policy if exists saved_views_bursar_insert on saved_views;
create policy saved_views_bursar_insert on saved_views for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_views_bursar_update on saved_views;
create policy saved_views_bursar_update on saved_views for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_views_bursar_delete on saved_views;
create policy saved_views_bursar_delete on saved_views for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists saved_views_teacher_all on saved_views;
create policy saved_views_teacher_all on saved_views for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id() and not is_shared);

-- calendar_feeds
alter table calendar_feeds enable row level security;
revoke all on calendar_feeds
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on calendar_feeds
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists calendar_feeds_admin_select on calendar_feeds;
create policy calendar_feeds_admin_select on calendar_feeds for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_admin_insert on calendar_feeds;
create policy calendar_feeds_admin_insert on calendar_feeds for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_admin_delete on calendar_feeds;
create policy calendar_feeds_admin_delete on calendar_feeds for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_registrar_select on calendar_feeds;
create policy calendar_feeds_registrar_select on calendar_feeds for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_registrar_insert on calendar_feeds;
create policy calendar_feeds_registrar_insert on calendar_feeds for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_registrar_delete on calendar_feeds;
create policy calendar_feeds_registrar_delete on calendar_feeds for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_bursar_select on calendar_feeds;
create policy calendar_feeds_bursar_select on calendar_feeds for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_bursar_insert on calendar_feeds;
create policy calendar_feeds_bursar_insert on calendar_feeds for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_bursar_delete on calendar_feeds;
create policy calendar_feeds_bursar_delete on calendar_feeds for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_teacher_select on calendar_feeds;
create policy calendar_feeds_teacher_select on calendar_feeds for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_teacher_insert on calendar_feeds;
create policy calendar_feeds_teacher_insert on calendar_feeds for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_teacher_delete on calendar_feeds;
create policy calendar_feeds_teacher_delete on calendar_feeds for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_student_select on calendar_feeds;
create policy calendar_feeds_student_select on calendar_feeds for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_student_insert on calendar_feeds;
create policy calendar_feeds_student_insert on calendar_feeds for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_student_delete on calendar_feeds;
create policy calendar_feeds_student_delete on calendar_feeds for delete
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_guardian_select on calendar_feeds;
create policy calendar_feeds_guardian_select on calendar_feeds for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_guardian_insert on calendar_feeds;
create policy calendar_feeds_guardian_insert on calendar_feeds for insert
    to school_app, school_guardian
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and user_id = app.user_id());
drop policy if exists calendar_feeds_guardian_delete on calendar_feeds;
create policy calendar_feeds_guardian_delete on calendar_feeds for delete
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and user_id = app.user_id());

-- mails
alter table mails enable row level security;
revoke all on mails
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (attempts, error, sent_at, state, subject, updated_at) on mails
    to school_app, school_admin;
grant select, insert on mails
    to school_registrar, school_bursar;

drop policy if exists mails_admin_select on mails;
create policy mails_admin_select on mails for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists mails_admin_insert on mails;
create policy mails_admin_insert on mails for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists mails_admin_update on mails;
create policy mails_admin_update on mails for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists mails_registrar_select on mails;
create policy mails_registrar_select on mails for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by_id = app.user_id());
drop policy if exists mails_registrar_insert on mails;
create policy mails_registrar_insert on mails for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and requested_by_id = app.user_id());
drop policy if exists mails_bursar_select on mails;
create policy mails_bursar_select on mails for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by_id = app.user_id());
drop policy if exists mails_bursar_insert on mails;
create policy mails_bursar_insert on mails for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and requested_by_id = app.user_id());

-- django_admin_log
alter table django_admin_log enable row level security;
revoke all on django_admin_log
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on django_admin_log
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student;

drop policy if exists django_admin_log_admin_select on django_admin_log;
create policy django_admin_log_admin_select on django_admin_log for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists django_admin_log_admin_insert on django_admin_log;
create policy django_admin_log_admin_insert on django_admin_log for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin')
           and user_id = app.user_id());
drop policy if exists django_admin_log_registrar_select on django_admin_log;
create policy django_admin_log_registrar_select on django_admin_log for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_registrar_insert on django_admin_log;
create policy django_admin_log_registrar_insert on django_admin_log for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_bursar_select on django_admin_log;
create policy django_admin_log_bursar_select on django_admin_log for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_bursar_insert on django_admin_log;
create policy django_admin_log_bursar_insert on django_admin_log for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar')
           and user_id = app.user_id());
drop policy if exists django_admin_log_teacher_select on django_admin_log;
create policy django_admin_log_teacher_select on django_admin_log for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists django_admin_log_teacher_insert on django_admin_log;
create policy django_admin_log_teacher_insert on django_admin_log for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher')
           and user_id = app.user_id());
drop policy if exists django_admin_log_student_select on django_admin_log;
create policy django_admin_log_student_select on django_admin_log for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());
drop policy if exists django_admin_log_student_insert on django_admin_log;
create policy django_admin_log_student_insert on django_admin_log for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and user_id = app.user_id());

-- credentials
alter table credentials enable row level security;
revoke all on credentials
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- sessions
alter table sessions enable row level security;
revoke all on sessions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- sign_in_attempts
alter table sign_in_attempts enable row level security;
revoke all on sign_in_attempts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- The same for every school: only read.
revoke all on django_migrations,
        django_content_type,
        auth_permission,
        auth_group,
        auth_group_permissions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on django_migrations,
        django_content_type,
        auth_permission,
        auth_group,
        auth_group_permissions
    to school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
