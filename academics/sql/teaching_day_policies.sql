-- Row-level security of the calendar, grading, files and waitlists, by the same rules as
-- academics_policies.sql: PERMISSIVE only, the tenant test first, "own" from own_classes.sql.

-- Everybody of the school knows its years, terms and holidays, and what a B+ is.
alter table academic_years enable row level security;
drop policy if exists academic_years_admin_all on academic_years;
create policy academic_years_admin_all on academic_years for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists academic_years_member_select on academic_years;
create policy academic_years_member_select on academic_years for select
    using (tenant_id = app.tenant_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));

alter table terms enable row level security;
drop policy if exists terms_admin_all on terms;
create policy terms_admin_all on terms for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists terms_member_select on terms;
create policy terms_member_select on terms for select
    using (tenant_id = app.tenant_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));

alter table closed_days enable row level security;
drop policy if exists closed_days_admin_all on closed_days;
create policy closed_days_admin_all on closed_days for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists closed_days_member_select on closed_days;
create policy closed_days_member_select on closed_days for select
    using (tenant_id = app.tenant_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));

alter table grading_scales enable row level security;
drop policy if exists grading_scales_admin_all on grading_scales;
create policy grading_scales_admin_all on grading_scales for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists grading_scales_member_select on grading_scales;
create policy grading_scales_member_select on grading_scales for select
    using (tenant_id = app.tenant_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));

-- A teacher decides what counts how much in own classes; the others see it.
alter table assignment_weights enable row level security;
drop policy if exists assignment_weights_admin_all on assignment_weights;
create policy assignment_weights_admin_all on assignment_weights for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists assignment_weights_teacher_all on assignment_weights;
create policy assignment_weights_teacher_all on assignment_weights for all
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o))
    with check (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists assignment_weights_student_select on assignment_weights;
create policy assignment_weights_student_select on assignment_weights for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.attended_classes o));
drop policy if exists assignment_weights_guardian_select on assignment_weights;
create policy assignment_weights_guardian_select on assignment_weights for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.guarded_classes o));

-- A teacher's files come with the assignment; a student's belong to what they handed in, and stay
-- what the student handed in: the teacher reads them.
alter table attachment_files enable row level security;
drop policy if exists attachment_files_admin_all on attachment_files;
create policy attachment_files_admin_all on attachment_files for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists attachment_files_teacher_select on attachment_files;
create policy attachment_files_teacher_select on attachment_files for select
    using (tenant_id = app.tenant_id()
           and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists attachment_files_teacher_insert on attachment_files;
create policy attachment_files_teacher_insert on attachment_files for insert
    with check (tenant_id = app.tenant_id() and submission_id is null
                and coalesce(uploaded_by, app.user_id()) = app.user_id()
                and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists attachment_files_teacher_delete on attachment_files;
create policy attachment_files_teacher_delete on attachment_files for delete
    using (tenant_id = app.tenant_id() and submission_id is null
           and assignment_id in (select o.id from app.taught_assignments o));
drop policy if exists attachment_files_student_select on attachment_files;
create policy attachment_files_student_select on attachment_files for select
    using (tenant_id = app.tenant_id()
           and (student_id = app.student_id()
                or submission_id is null
                   and assignment_id in (select o.id from app.attended_assignments o)));
-- As long as the submission itself may change: what was handed in not graded, the assignment open.
drop policy if exists attachment_files_student_insert on attachment_files;
create policy attachment_files_student_insert on attachment_files for insert
    with check (tenant_id = app.tenant_id() and student_id = app.student_id()
                and coalesce(uploaded_by, app.user_id()) = app.user_id()
                and assignment_id in (select o.id from app.attended_assignments o
                                       where o.status = 'active')
                and submission_id in (select s.id from submissions s
                                       where s.tenant_id = app.tenant_id()
                                         and (s.status = 'submitted'
                                              or s.id in (select g.id from app.graded_early g))));
drop policy if exists attachment_files_student_delete on attachment_files;
create policy attachment_files_student_delete on attachment_files for delete
    using (tenant_id = app.tenant_id() and student_id = app.student_id()
           and assignment_id in (select o.id from app.attended_assignments o
                                  where o.status = 'active')
           and submission_id in (select s.id from submissions s
                                  where s.tenant_id = app.tenant_id()
                                    and (s.status = 'submitted'
                                         or s.id in (select g.id from app.graded_early g))));
drop policy if exists attachment_files_guardian_select on attachment_files;
create policy attachment_files_guardian_select on attachment_files for select
    using (tenant_id = app.tenant_id()
           and (student_id in (select o.id from app.guarded_students o)
                or submission_id is null
                   and assignment_id in (select o.id from app.guarded_assignments o)));

alter table waitlist_entries enable row level security;
drop policy if exists waitlist_entries_admin_all on waitlist_entries;
create policy waitlist_entries_admin_all on waitlist_entries for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists waitlist_entries_teacher_select on waitlist_entries;
create policy waitlist_entries_teacher_select on waitlist_entries for select
    using (tenant_id = app.tenant_id() and class_id in (select o.id from app.taught_classes o));
drop policy if exists waitlist_entries_student_select on waitlist_entries;
create policy waitlist_entries_student_select on waitlist_entries for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
drop policy if exists waitlist_entries_guardian_select on waitlist_entries;
create policy waitlist_entries_guardian_select on waitlist_entries for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

-- Whom to call about the students one teaches (the other policies: core/sql/guardians.sql).
drop policy if exists guardians_teacher_select on guardians;
create policy guardians_teacher_select on guardians for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.taught_guardians o));
drop policy if exists student_guardians_teacher_select on student_guardians;
create policy student_guardians_teacher_select on student_guardians for select
    using (tenant_id = app.tenant_id()
           and student_id in (select o.id from app.taught_students o));

revoke all on academic_years, terms, closed_days, grading_scales, assignment_weights,
    attachment_files, waitlist_entries from school_app;
grant select, insert, update, delete on academic_years, terms, closed_days, grading_scales,
    assignment_weights, waitlist_entries to school_app;
-- A file is not changed; another file is another row.
grant select, insert, delete on attachment_files to school_app;
