-- Row-level security and privileges of academics; `manage.py policies` makes this file from
-- academics/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- classes
alter table classes enable row level security;
revoke all on classes
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on classes
    to school_app, school_admin, school_registrar;
grant select on classes
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists classes_admin_all on classes;
create policy classes_admin_all on classes for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists classes_registrar_all on classes;
create policy classes_registrar_all on classes for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists classes_bursar_select on classes;
create policy classes_bursar_select on classes for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists classes_teacher_select on classes;
create policy classes_teacher_select on classes for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and teacher_id = app.teacher_id());
drop policy if exists classes_student_select on classes;
create policy classes_student_select on classes for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.attended_classes o)));
drop policy if exists classes_guardian_select on classes;
create policy classes_guardian_select on classes for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.guarded_classes o)));

-- schedules
alter table schedules enable row level security;
revoke all on schedules
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on schedules
    to school_app, school_admin, school_registrar;
grant select on schedules
    to school_teacher, school_student, school_guardian;

drop policy if exists schedules_admin_all on schedules;
create policy schedules_admin_all on schedules for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists schedules_registrar_all on schedules;
create policy schedules_registrar_all on schedules for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists schedules_teacher_select on schedules;
create policy schedules_teacher_select on schedules for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists schedules_student_select on schedules;
create policy schedules_student_select on schedules for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.attended_classes o)));
drop policy if exists schedules_guardian_select on schedules;
create policy schedules_guardian_select on schedules for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.guarded_classes o)));

-- enrollments
alter table enrollments enable row level security;
revoke all on enrollments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on enrollments
    to school_app, school_admin, school_registrar;
grant select (class_id, completion_date, created_at, enrollment_date, id, status, student_id,
        tenant_id, updated_at) on enrollments
    to school_bursar;
grant select, update (attendance_rate, completion_date, current_grade, report_comment, status,
        updated_at) on enrollments
    to school_teacher;
grant select on enrollments
    to school_student, school_guardian;

drop policy if exists enrollments_admin_all on enrollments;
create policy enrollments_admin_all on enrollments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists enrollments_registrar_all on enrollments;
create policy enrollments_registrar_all on enrollments for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists enrollments_bursar_select on enrollments;
create policy enrollments_bursar_select on enrollments for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists enrollments_teacher_select on enrollments;
create policy enrollments_teacher_select on enrollments for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists enrollments_teacher_update on enrollments;
create policy enrollments_teacher_update on enrollments for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists enrollments_student_select on enrollments;
create policy enrollments_student_select on enrollments for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists enrollments_guardian_select on enrollments;
create policy enrollments_guardian_select on enrollments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- waitlist_entries
alter table waitlist_entries enable row level security;
revoke all on waitlist_entries
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on waitlist_entries
    to school_app, school_admin, school_registrar;
grant select on waitlist_entries
    to school_teacher, school_student, school_guardian;

drop policy if exists waitlist_entries_admin_all on waitlist_entries;
create policy waitlist_entries_admin_all on waitlist_entries for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists waitlist_entries_registrar_all on waitlist_entries;
create policy waitlist_entries_registrar_all on waitlist_entries for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists waitlist_entries_teacher_select on waitlist_entries;
create policy waitlist_entries_teacher_select on waitlist_entries for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists waitlist_entries_student_select on waitlist_entries;
create policy waitlist_entries_student_select on waitlist_entries for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists waitlist_entries_guardian_select on waitlist_entries;
create policy waitlist_entries_guardian_select on waitlist_entries for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- academic_years
alter table academic_years enable row level security;
revoke all on academic_years
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on academic_years
    to school_app, school_admin, school_registrar;
grant select on academic_years
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists academic_years_admin_all on academic_years;
create policy academic_years_admin_all on academic_years for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists academic_years_registrar_all on academic_years;
create policy academic_years_registrar_all on academic_years for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists academic_years_bursar_select on academic_years;
create policy academic_years_bursar_select on academic_years for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists academic_years_teacher_select on academic_years;
create policy academic_years_teacher_select on academic_years for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists academic_years_student_select on academic_years;
create policy academic_years_student_select on academic_years for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists academic_years_guardian_select on academic_years;
create policy academic_years_guardian_select on academic_years for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- terms
alter table terms enable row level security;
revoke all on terms
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on terms
    to school_app, school_admin, school_registrar;
grant select on terms
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists terms_admin_all on terms;
create policy terms_admin_all on terms for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists terms_registrar_all on terms;
create policy terms_registrar_all on terms for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists terms_bursar_select on terms;
create policy terms_bursar_select on terms for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists terms_teacher_select on terms;
create policy terms_teacher_select on terms for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists terms_student_select on terms;
create policy terms_student_select on terms for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists terms_guardian_select on terms;
create policy terms_guardian_select on terms for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- closed_days
alter table closed_days enable row level security;
revoke all on closed_days
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on closed_days
    to school_app, school_admin, school_registrar;
grant select on closed_days
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists closed_days_admin_all on closed_days;
create policy closed_days_admin_all on closed_days for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_days_registrar_all on closed_days;
create policy closed_days_registrar_all on closed_days for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists closed_days_bursar_select on closed_days;
create policy closed_days_bursar_select on closed_days for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists closed_days_teacher_select on closed_days;
create policy closed_days_teacher_select on closed_days for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists closed_days_student_select on closed_days;
create policy closed_days_student_select on closed_days for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists closed_days_guardian_select on closed_days;
create policy closed_days_guardian_select on closed_days for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- grading_scales
alter table grading_scales enable row level security;
revoke all on grading_scales
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on grading_scales
    to school_app, school_admin, school_registrar;
grant select on grading_scales
    to school_bursar, school_teacher, school_student, school_guardian;

drop policy if exists grading_scales_admin_all on grading_scales;
create policy grading_scales_admin_all on grading_scales for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists grading_scales_registrar_all on grading_scales;
create policy grading_scales_registrar_all on grading_scales for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists grading_scales_bursar_select on grading_scales;
create policy grading_scales_bursar_select on grading_scales for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists grading_scales_teacher_select on grading_scales;
create policy grading_scales_teacher_select on grading_scales for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('teacher'));
drop policy if exists grading_scales_student_select on grading_scales;
create policy grading_scales_student_select on grading_scales for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student'));
drop policy if exists grading_scales_guardian_select on grading_scales;
create policy grading_scales_guardian_select on grading_scales for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian'));

-- assignment_weights
alter table assignment_weights enable row level security;
revoke all on assignment_weights
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on assignment_weights
    to school_app, school_admin, school_registrar, school_teacher;
grant select on assignment_weights
    to school_student, school_guardian;

drop policy if exists assignment_weights_admin_all on assignment_weights;
create policy assignment_weights_admin_all on assignment_weights for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists assignment_weights_registrar_all on assignment_weights;
create policy assignment_weights_registrar_all on assignment_weights for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists assignment_weights_teacher_all on assignment_weights;
create policy assignment_weights_teacher_all on assignment_weights for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists assignment_weights_student_select on assignment_weights;
create policy assignment_weights_student_select on assignment_weights for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.attended_classes o)));
drop policy if exists assignment_weights_guardian_select on assignment_weights;
create policy assignment_weights_guardian_select on assignment_weights for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.guarded_classes o)));

-- class_sessions
alter table class_sessions enable row level security;
revoke all on class_sessions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on class_sessions
    to school_app, school_admin, school_registrar, school_teacher;
grant select on class_sessions
    to school_student, school_guardian;

drop policy if exists class_sessions_admin_all on class_sessions;
create policy class_sessions_admin_all on class_sessions for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists class_sessions_registrar_all on class_sessions;
create policy class_sessions_registrar_all on class_sessions for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists class_sessions_teacher_all on class_sessions;
create policy class_sessions_teacher_all on class_sessions for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists class_sessions_student_select on class_sessions;
create policy class_sessions_student_select on class_sessions for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.attended_classes o)));
drop policy if exists class_sessions_guardian_select on class_sessions;
create policy class_sessions_guardian_select on class_sessions for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.guarded_classes o)));

-- attendance
alter table attendance enable row level security;
revoke all on attendance
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on attendance
    to school_app, school_admin, school_registrar, school_teacher;
grant select on attendance
    to school_student, school_guardian;

drop policy if exists attendance_admin_all on attendance;
create policy attendance_admin_all on attendance for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attendance_registrar_all on attendance;
create policy attendance_registrar_all on attendance for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attendance_teacher_all on attendance;
create policy attendance_teacher_all on attendance for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_session_id = any (array(select o.id from app.taught_sessions o)));
drop policy if exists attendance_student_select on attendance;
create policy attendance_student_select on attendance for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists attendance_guardian_select on attendance;
create policy attendance_guardian_select on attendance for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- daily_attendance
alter table daily_attendance enable row level security;
revoke all on daily_attendance
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on daily_attendance
    to school_app, school_admin, school_registrar, school_teacher;
grant select on daily_attendance
    to school_student, school_guardian;

drop policy if exists daily_attendance_admin_all on daily_attendance;
create policy daily_attendance_admin_all on daily_attendance for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists daily_attendance_registrar_all on daily_attendance;
create policy daily_attendance_registrar_all on daily_attendance for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists daily_attendance_teacher_select on daily_attendance;
create policy daily_attendance_teacher_select on daily_attendance for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.taught_students o)));
drop policy if exists daily_attendance_teacher_insert on daily_attendance;
create policy daily_attendance_teacher_insert on daily_attendance for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.led_students o)));
drop policy if exists daily_attendance_teacher_update on daily_attendance;
create policy daily_attendance_teacher_update on daily_attendance for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.led_students o)));
drop policy if exists daily_attendance_teacher_delete on daily_attendance;
create policy daily_attendance_teacher_delete on daily_attendance for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.led_students o)));
drop policy if exists daily_attendance_student_select on daily_attendance;
create policy daily_attendance_student_select on daily_attendance for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists daily_attendance_guardian_select on daily_attendance;
create policy daily_attendance_guardian_select on daily_attendance for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- absences
alter table absences enable row level security;
revoke all on absences
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on absences
    to school_app, school_admin, school_registrar;
grant select (created_at, decided_at, decided_by, ends_at, ends_on, id, reason, reported_by, source,
        starts_at, starts_on, status, student_id, tenant_id, updated_at) on absences
    to school_teacher;
grant select on absences
    to school_student;
grant select, insert, delete on absences
    to school_guardian;

drop policy if exists absences_admin_all on absences;
create policy absences_admin_all on absences for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absences_registrar_all on absences;
create policy absences_registrar_all on absences for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists absences_teacher_select on absences;
create policy absences_teacher_select on absences for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.taught_students o)));
drop policy if exists absences_student_select on absences;
create policy absences_student_select on absences for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists absences_guardian_select on absences;
create policy absences_guardian_select on absences for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));
drop policy if exists absences_guardian_insert on absences;
create policy absences_guardian_insert on absences for insert
    to school_app, school_guardian
    with check (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o))
           and status = 'reported'
           and source = 'guardian'
           and reported_by = app.user_id());
drop policy if exists absences_guardian_delete on absences;
create policy absences_guardian_delete on absences for delete
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o))
           and status = 'reported'
           and source = 'guardian'
           and reported_by = app.user_id());

-- absence_calls
alter table absence_calls enable row level security;
revoke all on absence_calls
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on absence_calls
    to school_app, school_admin, school_registrar;

drop policy if exists absence_calls_admin_select on absence_calls;
create policy absence_calls_admin_select on absence_calls for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absence_calls_admin_insert on absence_calls;
create policy absence_calls_admin_insert on absence_calls for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absence_calls_admin_delete on absence_calls;
create policy absence_calls_admin_delete on absence_calls for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists absence_calls_registrar_select on absence_calls;
create policy absence_calls_registrar_select on absence_calls for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists absence_calls_registrar_insert on absence_calls;
create policy absence_calls_registrar_insert on absence_calls for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists absence_calls_registrar_delete on absence_calls;
create policy absence_calls_registrar_delete on absence_calls for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- student_merges
alter table student_merges enable row level security;
revoke all on student_merges
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, update (changes, updated_at), delete on student_merges
    to school_app, school_admin, school_registrar;

drop policy if exists student_merges_admin_select on student_merges;
create policy student_merges_admin_select on student_merges for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_merges_admin_update on student_merges;
create policy student_merges_admin_update on student_merges for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_merges_admin_delete on student_merges;
create policy student_merges_admin_delete on student_merges for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_merges_registrar_select on student_merges;
create policy student_merges_registrar_select on student_merges for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists student_merges_registrar_update on student_merges;
create policy student_merges_registrar_update on student_merges for update
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists student_merges_registrar_delete on student_merges;
create policy student_merges_registrar_delete on student_merges for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- applications
alter table applications enable row level security;
revoke all on applications
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on applications
    to school_app, school_admin, school_registrar;

drop policy if exists applications_admin_all on applications;
create policy applications_admin_all on applications for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists applications_registrar_all on applications;
create policy applications_registrar_all on applications for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- application_documents
alter table application_documents enable row level security;
revoke all on application_documents
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on application_documents
    to school_app, school_admin, school_registrar;

drop policy if exists application_documents_admin_select on application_documents;
create policy application_documents_admin_select on application_documents for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists application_documents_admin_insert on application_documents;
create policy application_documents_admin_insert on application_documents for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists application_documents_admin_delete on application_documents;
create policy application_documents_admin_delete on application_documents for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists application_documents_registrar_select on application_documents;
create policy application_documents_registrar_select on application_documents for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists application_documents_registrar_insert on application_documents;
create policy application_documents_registrar_insert on application_documents for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists application_documents_registrar_delete on application_documents;
create policy application_documents_registrar_delete on application_documents for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));

-- assignments
alter table assignments enable row level security;
revoke all on assignments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on assignments
    to school_app, school_admin, school_registrar, school_teacher;
grant select on assignments
    to school_student, school_guardian;

drop policy if exists assignments_admin_all on assignments;
create policy assignments_admin_all on assignments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists assignments_registrar_all on assignments;
create policy assignments_registrar_all on assignments for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists assignments_teacher_all on assignments;
create policy assignments_teacher_all on assignments for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and class_id = any (array(select o.id from app.taught_classes o)));
drop policy if exists assignments_student_select on assignments;
create policy assignments_student_select on assignments for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.attended_assignments o)));
drop policy if exists assignments_guardian_select on assignments;
create policy assignments_guardian_select on assignments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.guarded_assignments o)));

-- submissions
alter table submissions enable row level security;
revoke all on submissions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on submissions
    to school_app, school_admin, school_registrar;
grant select, update (status, updated_at) on submissions
    to school_teacher;
grant select, insert, update (attachments, content, submitted_at, updated_at) on submissions
    to school_student;
grant select on submissions
    to school_guardian;

drop policy if exists submissions_admin_all on submissions;
create policy submissions_admin_all on submissions for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists submissions_registrar_all on submissions;
create policy submissions_registrar_all on submissions for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists submissions_teacher_select on submissions;
create policy submissions_teacher_select on submissions for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists submissions_teacher_update on submissions;
create policy submissions_teacher_update on submissions for update
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists submissions_student_select on submissions;
create policy submissions_student_select on submissions for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists submissions_student_insert on submissions;
create policy submissions_student_insert on submissions for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and status = 'submitted'
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active')));
drop policy if exists submissions_student_update on submissions;
create policy submissions_student_update on submissions for update
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and (status = 'submitted' or id in (select o.id from app.graded_early o))
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active')));
drop policy if exists submissions_guardian_select on submissions;
create policy submissions_guardian_select on submissions for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- grades
alter table grades enable row level security;
revoke all on grades
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on grades
    to school_app, school_admin, school_registrar, school_teacher;
grant select on grades
    to school_student, school_guardian;

drop policy if exists grades_admin_all on grades;
create policy grades_admin_all on grades for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists grades_registrar_all on grades;
create policy grades_registrar_all on grades for all
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists grades_teacher_all on grades;
create policy grades_teacher_all on grades for all
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists grades_student_select on grades;
create policy grades_student_select on grades for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists grades_guardian_select on grades;
create policy grades_guardian_select on grades for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- attachment_files
alter table attachment_files enable row level security;
revoke all on attachment_files
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on attachment_files
    to school_app, school_admin, school_registrar, school_teacher, school_student;
grant select on attachment_files
    to school_guardian;

drop policy if exists attachment_files_admin_select on attachment_files;
create policy attachment_files_admin_select on attachment_files for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attachment_files_admin_insert on attachment_files;
create policy attachment_files_admin_insert on attachment_files for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attachment_files_admin_delete on attachment_files;
create policy attachment_files_admin_delete on attachment_files for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists attachment_files_registrar_select on attachment_files;
create policy attachment_files_registrar_select on attachment_files for select
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attachment_files_registrar_insert on attachment_files;
create policy attachment_files_registrar_insert on attachment_files for insert
    to school_app, school_registrar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attachment_files_registrar_delete on attachment_files;
create policy attachment_files_registrar_delete on attachment_files for delete
    to school_app, school_registrar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('registrar'));
drop policy if exists attachment_files_teacher_select on attachment_files;
create policy attachment_files_teacher_select on attachment_files for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists attachment_files_teacher_insert on attachment_files;
create policy attachment_files_teacher_insert on attachment_files for insert
    to school_app, school_teacher
    with check (tenant_id = app.tenant_id()
           and submission_id is null
           and assignment_id = any (array(select o.id from app.taught_assignments o))
           and coalesce(uploaded_by, app.user_id()) = app.user_id());
drop policy if exists attachment_files_teacher_delete on attachment_files;
create policy attachment_files_teacher_delete on attachment_files for delete
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and submission_id is null
           and assignment_id = any (array(select o.id from app.taught_assignments o)));
drop policy if exists attachment_files_student_select on attachment_files;
create policy attachment_files_student_select on attachment_files for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and (student_id = app.student_id() or submission_id is null and assignment_id = any (array(select o.id from app.attended_assignments o))));
drop policy if exists attachment_files_student_insert on attachment_files;
create policy attachment_files_student_insert on attachment_files for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active'))
           and submission_id in (select s.id from submissions s where s.tenant_id = app.tenant_id() and (s.status = 'submitted' or s.id in (select g.id from app.graded_early g)))
           and coalesce(uploaded_by, app.user_id()) = app.user_id());
drop policy if exists attachment_files_student_delete on attachment_files;
create policy attachment_files_student_delete on attachment_files for delete
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and assignment_id = any (array(select o.id from app.attended_assignments o where o.status = 'active'))
           and submission_id in (select s.id from submissions s where s.tenant_id = app.tenant_id() and (s.status = 'submitted' or s.id in (select g.id from app.graded_early g))));
drop policy if exists attachment_files_guardian_select on attachment_files;
create policy attachment_files_guardian_select on attachment_files for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and (student_id = any (array(select o.id from app.guarded_students o)) or submission_id is null and assignment_id = any (array(select o.id from app.guarded_assignments o))));

-- users
grant select (avatar_url, birth_date, created_at, deleted_at, email, email_verified, family_record,
        homeroom_id, id, last_login, name, password_version, phone, photo, preferences, role,
        sort_name, status, student_number, teacher_record, tenant_id, updated_at, year_group_id) on
        users
    to school_app, school_teacher;

drop policy if exists users_teacher_taught_select on users;
create policy users_teacher_taught_select on users for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.taught_students o)));

-- guardians
grant select on guardians
    to school_app, school_teacher;

drop policy if exists guardians_teacher_select on guardians;
create policy guardians_teacher_select on guardians for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and id = any (array(select o.id from app.taught_guardians o)));

-- student_guardians
grant select on student_guardians
    to school_app, school_teacher;

drop policy if exists student_guardians_teacher_select on student_guardians;
create policy student_guardians_teacher_select on student_guardians for select
    to school_app, school_teacher
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.taught_students o)));
