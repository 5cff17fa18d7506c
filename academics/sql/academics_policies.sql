-- Row-level security of the academic tables, by the policy table of the design: PERMISSIVE only, and
-- every policy starts with the tenant test. Whose classes are "own" stands in own_classes.sql, with
-- the test of the role: app.teacher_id() and app.student_id() are NULL in any other role.
-- Guardians read what their children read (core/sql/guardians.sql).

-- Teachers see the students of their own classes (core has the policies for oneself).
drop policy if exists users_teacher_select on users;
create policy users_teacher_select on users for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.taught_students o));

alter table classes enable row level security;
drop policy if exists classes_admin_all on classes;
create policy classes_admin_all on classes for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists classes_teacher_select on classes;
create policy classes_teacher_select on classes for select
    using (tenant_id = app.tenant_id() and teacher_id = app.teacher_id());
drop policy if exists classes_student_select on classes;
create policy classes_student_select on classes for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.attended_classes o));
drop policy if exists classes_guardian_select on classes;
create policy classes_guardian_select on classes for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.guarded_classes o));

alter table schedules enable row level security;
drop policy if exists schedules_admin_all on schedules;
create policy schedules_admin_all on schedules for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists schedules_teacher_select on schedules;
create policy schedules_teacher_select on schedules for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists schedules_student_select on schedules;
create policy schedules_student_select on schedules for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.attended_classes o));
drop policy if exists schedules_guardian_select on schedules;
create policy schedules_guardian_select on schedules for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.guarded_classes o));

alter table enrollments enable row level security;
drop policy if exists enrollments_admin_all on enrollments;
create policy enrollments_admin_all on enrollments for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists enrollments_teacher_select on enrollments;
create policy enrollments_teacher_select on enrollments for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists enrollments_teacher_update on enrollments;
create policy enrollments_teacher_update on enrollments for update
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists enrollments_student_select on enrollments;
create policy enrollments_student_select on enrollments for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
drop policy if exists enrollments_guardian_select on enrollments;
create policy enrollments_guardian_select on enrollments for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

alter table class_sessions enable row level security;
drop policy if exists class_sessions_admin_all on class_sessions;
create policy class_sessions_admin_all on class_sessions for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists class_sessions_teacher_all on class_sessions;
create policy class_sessions_teacher_all on class_sessions for all
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists class_sessions_student_select on class_sessions;
create policy class_sessions_student_select on class_sessions for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.attended_classes o));
drop policy if exists class_sessions_guardian_select on class_sessions;
create policy class_sessions_guardian_select on class_sessions for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.guarded_classes o));

alter table attendance enable row level security;
drop policy if exists attendance_admin_all on attendance;
create policy attendance_admin_all on attendance for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists attendance_teacher_all on attendance;
create policy attendance_teacher_all on attendance for all
    using (tenant_id = app.tenant_id() and class_session_id in (select o.id from app.taught_sessions o))
    with check (tenant_id = app.tenant_id() and class_session_id in (select o.id from app.taught_sessions o));
drop policy if exists attendance_student_select on attendance;
create policy attendance_student_select on attendance for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
drop policy if exists attendance_guardian_select on attendance;
create policy attendance_guardian_select on attendance for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

alter table assignments enable row level security;
drop policy if exists assignments_admin_all on assignments;
create policy assignments_admin_all on assignments for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists assignments_teacher_all on assignments;
create policy assignments_teacher_all on assignments for all
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists assignments_student_select on assignments;
create policy assignments_student_select on assignments for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.attended_assignments o));
drop policy if exists assignments_guardian_select on assignments;
create policy assignments_guardian_select on assignments for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.guarded_assignments o));

alter table submissions enable row level security;
drop policy if exists submissions_admin_all on submissions;
create policy submissions_admin_all on submissions for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists submissions_teacher_select on submissions;
create policy submissions_teacher_select on submissions for select
    using (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists submissions_teacher_update on submissions;
create policy submissions_teacher_update on submissions for update
    using (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o))
    with check (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists submissions_student_select on submissions;
create policy submissions_student_select on submissions for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
-- Until what was handed in is graded, or the assignment is closed.
drop policy if exists submissions_student_insert on submissions;
create policy submissions_student_insert on submissions for insert
    with check (tenant_id = app.tenant_id() and student_id = app.student_id() and status = 'submitted'
           and assignment_id in (select o.id from app.attended_assignments o where o.status = 'active'));
drop policy if exists submissions_student_update on submissions;
create policy submissions_student_update on submissions for update
    using (tenant_id = app.tenant_id() and student_id = app.student_id()
           and (status = 'submitted' or id in (select o.id from app.graded_early o))
           and assignment_id in (select o.id from app.attended_assignments o where o.status = 'active'))
    with check (tenant_id = app.tenant_id() and student_id = app.student_id()
           and (status = 'submitted' or id in (select o.id from app.graded_early o))
           and assignment_id in (select o.id from app.attended_assignments o where o.status = 'active'));
drop policy if exists submissions_guardian_select on submissions;
create policy submissions_guardian_select on submissions for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

alter table grades enable row level security;
drop policy if exists grades_admin_all on grades;
create policy grades_admin_all on grades for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists grades_teacher_all on grades;
create policy grades_teacher_all on grades for all
    using (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o))
    with check (tenant_id = app.tenant_id() and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists grades_student_select on grades;
create policy grades_student_select on grades for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
drop policy if exists grades_guardian_select on grades;
create policy grades_guardian_select on grades for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

grant select, insert, update, delete on classes, schedules, enrollments, class_sessions, attendance,
    assignments, submissions, grades to school_app;
