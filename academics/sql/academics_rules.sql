-- Composite foreign keys and simple triggers of the academic tables.

alter table classes drop constraint if exists classes_teacher_fk;
alter table classes add constraint classes_teacher_fk
    foreign key (tenant_id, teacher_id) references users (tenant_id, id);

alter table schedules drop constraint if exists schedules_class_fk;
alter table schedules add constraint schedules_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id) on delete cascade;

alter table enrollments drop constraint if exists enrollments_student_fk;
alter table enrollments add constraint enrollments_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table enrollments drop constraint if exists enrollments_class_fk;
alter table enrollments add constraint enrollments_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);

alter table class_sessions drop constraint if exists class_sessions_class_fk;
alter table class_sessions add constraint class_sessions_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);

alter table attendance drop constraint if exists attendance_session_fk;
alter table attendance add constraint attendance_session_fk
    foreign key (tenant_id, class_session_id) references class_sessions (tenant_id, id);
alter table attendance drop constraint if exists attendance_student_fk;
alter table attendance add constraint attendance_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table attendance drop constraint if exists attendance_recorded_by_fk;
alter table attendance add constraint attendance_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);

alter table assignments drop constraint if exists assignments_class_fk;
alter table assignments add constraint assignments_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);

alter table submissions drop constraint if exists submissions_assignment_fk;
alter table submissions add constraint submissions_assignment_fk
    foreign key (tenant_id, assignment_id) references assignments (tenant_id, id);
alter table submissions drop constraint if exists submissions_student_fk;
alter table submissions add constraint submissions_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);

-- One key for all three references, so that a grade cannot contradict its submission.
alter table grades drop constraint if exists grades_submission_fk;
alter table grades add constraint grades_submission_fk
    foreign key (tenant_id, submission_id, student_id, assignment_id)
    references submissions (tenant_id, id, student_id, assignment_id);
alter table grades drop constraint if exists grades_graded_by_fk;
alter table grades add constraint grades_graded_by_fk
    foreign key (tenant_id, graded_by) references users (tenant_id, id);

-- NaN compares as greater than every number, so range checks do not refuse it.
alter table grades drop constraint if exists check_grade_score_number;
alter table grades add constraint check_grade_score_number check (score <> 'NaN');

select app.watch('classes', 'class', 'enrolled_count', 'sort_name');
select app.watch('schedules', 'schedule');
select app.watch('enrollments', 'enrollment', 'attendance_rate');
select app.watch('class_sessions', 'class_session');
select app.watch('attendance', 'attendance', 'absence_id');
select app.watch('assignments', 'assignment');
select app.watch('submissions', 'submission');
select app.watch('grades', 'grade');

-- A teacher grades and completes an enrollment; only the office decides who is enrolled.
create or replace trigger enrollments_allow_columns_trg before update on enrollments
    for each row execute function app.allow_columns(
        'teacher', 'current_grade', 'completion_date', 'status', 'attendance_rate');

-- Columns maintained by triggers: values from clients are ignored, so that a form with an old value
-- cannot undo a count. The owner (the triggers themselves) may write them.
create or replace function app.keep_enrolled_count() returns trigger
    language plpgsql
as $$
begin
    if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        new.enrolled_count := case when tg_op = 'UPDATE' then old.enrolled_count else 0 end;
    end if;
    return new;
end
$$;
create or replace trigger classes_keep_enrolled_count_trg before insert or update on classes
    for each row execute function app.keep_enrolled_count();

create or replace function app.keep_attendance_rate() returns trigger
    language plpgsql
as $$
begin
    if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        new.attendance_rate := case when tg_op = 'UPDATE' then old.attendance_rate end;
    end if;
    return new;
end
$$;
create or replace trigger enrollments_keep_attendance_rate_trg before insert or update on enrollments
    for each row execute function app.keep_attendance_rate();

-- A session or assignment never moves to another class: attendance and grades depend on it.
create or replace function app.keep_class() returns trigger
    language plpgsql
as $$
begin
    raise exception 'This belongs to its class and cannot move to another one.'
        using errcode = 'check_violation', table = tg_table_name, column = 'class_id',
              constraint = tg_table_name || '_keep_class';
end
$$;
create or replace trigger class_sessions_keep_class_trg before update on class_sessions
    for each row when (old.class_id <> new.class_id) execute function app.keep_class();
create or replace trigger assignments_keep_class_trg before update on assignments
    for each row when (old.class_id <> new.class_id) execute function app.keep_class();
