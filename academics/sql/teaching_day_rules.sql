-- Composite foreign keys and simple triggers of the calendar, grading, files and waitlists.

alter table terms drop constraint if exists terms_academic_year_fk;
alter table terms add constraint terms_academic_year_fk
    foreign key (tenant_id, academic_year_id) references academic_years (tenant_id, id);
alter table classes drop constraint if exists classes_term_fk;
alter table classes add constraint classes_term_fk
    foreign key (tenant_id, term_id) references terms (tenant_id, id);
alter table classes drop constraint if exists classes_grading_scale_fk;
alter table classes add constraint classes_grading_scale_fk
    foreign key (tenant_id, grading_scale_id) references grading_scales (tenant_id, id);
alter table schedules drop constraint if exists schedules_teacher_fk;
alter table schedules add constraint schedules_teacher_fk
    foreign key (tenant_id, teacher_id) references users (tenant_id, id);
alter table assignment_weights drop constraint if exists assignment_weights_class_fk;
alter table assignment_weights add constraint assignment_weights_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id) on delete cascade;

alter table attachment_files drop constraint if exists attachment_files_assignment_fk;
alter table attachment_files add constraint attachment_files_assignment_fk
    foreign key (tenant_id, assignment_id) references assignments (tenant_id, id);
-- One key for all three, so that a file cannot contradict its submission.
alter table attachment_files drop constraint if exists attachment_files_submission_fk;
alter table attachment_files add constraint attachment_files_submission_fk
    foreign key (tenant_id, submission_id, student_id, assignment_id)
    references submissions (tenant_id, id, student_id, assignment_id);
alter table attachment_files drop constraint if exists attachment_files_uploaded_by_fk;
alter table attachment_files add constraint attachment_files_uploaded_by_fk
    foreign key (tenant_id, uploaded_by) references users (tenant_id, id);

-- A row is the right to read its file, and deleting the row deletes it: no other file of the school.
alter table attachment_files drop constraint if exists check_attachment_name;
alter table attachment_files add constraint check_attachment_name
    check (name ~ '^attachments/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)*$');
-- What a file is served as: never a page or a program (academics.services.file_types has the same).
alter table attachment_files drop constraint if exists check_attachment_type;
alter table attachment_files add constraint check_attachment_type
    check (content_type in (
        'application/msword', 'application/pdf', 'application/rtf', 'application/vnd.ms-excel',
        'application/vnd.ms-powerpoint', 'application/vnd.oasis.opendocument.presentation',
        'application/vnd.oasis.opendocument.spreadsheet',
        'application/vnd.oasis.opendocument.text',
        'application/vnd.openxmlformats-officedocument.presentationml.presentation',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        'application/zip', 'audio/mp4', 'audio/mpeg', 'audio/ogg', 'audio/wav', 'image/gif',
        'image/heic', 'image/jpeg', 'image/png', 'image/webp', 'text/csv', 'text/markdown',
        'text/plain', 'text/x-tex', 'video/mp4', 'video/quicktime', 'video/webm'));

alter table waitlist_entries drop constraint if exists waitlist_entries_class_fk;
alter table waitlist_entries add constraint waitlist_entries_class_fk
    foreign key (tenant_id, class_id) references classes (tenant_id, id);
alter table waitlist_entries drop constraint if exists waitlist_entries_student_fk;
alter table waitlist_entries add constraint waitlist_entries_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);

alter table grading_scales drop constraint if exists check_grading_scale_steps;
alter table grading_scales add constraint check_grading_scale_steps
    check (jsonb_typeof(steps) = 'array' and steps <> '[]' and app.is_grading_scale(steps));
-- NaN compares as greater than every number.
alter table assignment_weights drop constraint if exists check_assignment_weight_number;
alter table assignment_weights add constraint check_assignment_weight_number check (weight <> 'NaN');

select app.watch('academic_years', 'academic_year');
select app.watch('terms', 'term');
select app.watch('closed_days', 'closed_day');
select app.watch('grading_scales', 'grading_scale');
select app.watch('assignment_weights', 'assignment_weight');
select app.watch('attachment_files', 'attachment_file');
select app.watch('waitlist_entries', 'waitlist_entry');
-- Columns that the timetable's trigger computes are left out of the audit trail.
select app.watch('schedules', 'schedule', 'teacher_id', 'booked');

-- A teacher grades, completes and comments an enrollment; only the office decides who is enrolled.
create or replace trigger enrollments_allow_columns_trg before update on enrollments
    for each row execute function app.allow_columns(
        'teacher', 'current_grade', 'completion_date', 'status', 'attendance_rate',
        'report_comment');

-- Only the office decides who is enrolled: a teacher can complete an active enrollment, but neither
-- drop one nor make one active again.
create or replace function app.keep_enrolled() returns trigger
    language plpgsql
as $$
begin
    if app.user_role() = 'teacher' and not (old.status = 'active' and new.status = 'completed') then
        raise exception 'who is enrolled is the office''s to decide'
            using errcode = 'insufficient_privilege', table = tg_table_name, column = 'status',
                  constraint = 'enrollments_keep_enrolled';
    end if;
    return new;
end
$$;
create or replace trigger enrollments_keep_enrolled_trg before update of status on enrollments
    for each row when (old.status is distinct from new.status)
    execute function app.keep_enrolled();

-- A teacher can read and grade submitted work, but not change it.
create or replace trigger submissions_teacher_columns_trg before update on submissions
    for each row execute function app.allow_columns('teacher', 'status');

-- Attendance is only taken for lessons that took place. A statement trigger, so that a register
-- needs one check. SECURITY DEFINER because the rule holds for every writer.
create or replace function app.refuse_attendance() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    wrong record;
begin
    if app.rebuilding() then
        return null;
    end if;
    select s.status, s.session_date into wrong
      from (select distinct n.tenant_id, n.class_session_id from new_rows n) n
      join class_sessions s on s.tenant_id = n.tenant_id and s.id = n.class_session_id
     where s.status = 'cancelled' or s.session_date > app.school_date(s.tenant_id)
     limit 1;
    if found and wrong.status = 'cancelled' then
        raise exception 'attendance at a cancelled session'
            using errcode = 'check_violation', table = 'attendance',
                  column = 'class_session_id', constraint = 'attendance_session_cancelled';
    elsif found then
        raise exception 'attendance at a session in the future'
            using errcode = 'check_violation', table = 'attendance',
                  column = 'class_session_id', constraint = 'attendance_session_future';
    end if;
    return null;
end
$$;
create or replace trigger attendance_refuse_insert_trg after insert on attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_attendance();
create or replace trigger attendance_refuse_update_trg after update on attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_attendance();

-- Attendance is only taken for students enrolled in the class on the day of the session. Only new
-- marks, and marks moved to another student or session, are checked: a mark can be corrected after
-- its enrollment ended. A statement trigger that looks up each mark by its keys ("offset 0"), so that
-- one mark and an import of fifty thousand both cost two look-ups a mark, whatever plan is cached.
-- SECURITY DEFINER because the rule holds for every writer.

-- Whether an enrollment with these dates and status is of that day, as in Enrollment.includes().
create or replace function app.is_enrolled(status text, first_day date, last_day date, day date)
    returns boolean
    language sql immutable parallel safe
    return first_day <= day
           and (status = 'active' or coalesce(last_day >= day, status = 'completed'));

create or replace function app.refuse_unenrolled() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    wrong boolean;
begin
    if app.rebuilding() then
        return null;
    end if;
    if tg_op = 'INSERT' then
        select true into wrong
          from new_rows n
         cross join lateral (select s.class_id, s.session_date from class_sessions s
                              where s.tenant_id = n.tenant_id and s.id = n.class_session_id
                             offset 0) s
         where not exists (
               select from enrollments e
                where e.tenant_id = n.tenant_id and e.student_id = n.student_id
                  and e.class_id = s.class_id
                  and app.is_enrolled(e.status, e.enrollment_date, e.completion_date, s.session_date)
               offset 0)
         limit 1;
    else
        select true into wrong
          from (select tenant_id, id, student_id, class_session_id from new_rows
                except select tenant_id, id, student_id, class_session_id from old_rows) n
         cross join lateral (select s.class_id, s.session_date from class_sessions s
                              where s.tenant_id = n.tenant_id and s.id = n.class_session_id
                             offset 0) s
         where not exists (
               select from enrollments e
                where e.tenant_id = n.tenant_id and e.student_id = n.student_id
                  and e.class_id = s.class_id
                  and app.is_enrolled(e.status, e.enrollment_date, e.completion_date, s.session_date)
               offset 0)
         limit 1;
    end if;
    if wrong then
        raise exception 'attendance of somebody who was not enrolled on that day'
            using errcode = 'check_violation', table = 'attendance', column = 'student_id',
                  constraint = 'attendance_not_enrolled';
    end if;
    return null;
end
$$;
create or replace trigger attendance_unenrolled_insert_trg after insert on attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_unenrolled();
create or replace trigger attendance_unenrolled_update_trg after update on attendance
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.refuse_unenrolled();

-- The reverse rule: a session with attendance took place, on a day on which all students with a mark
-- were enrolled. FOR UPDATE waits for people who are taking attendance (the foreign key's lock), and
-- makes later ones see the change.
-- SECURITY DEFINER because attendance counts whoever may see it.
create or replace function app.keep_attended_session() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office', 'teacher');
    if app.rebuilding() then
        return new;
    end if;
    perform from class_sessions s where s.tenant_id = old.tenant_id and s.id = old.id for update;
    if (new.status = 'cancelled' or new.session_date > app.school_date(old.tenant_id))
       and exists (select from attendance a
                    where a.tenant_id = old.tenant_id and a.class_session_id = old.id) then
        raise exception 'attendance was taken at the session'
            using errcode = 'check_violation', table = 'class_sessions',
                  column = 'status', constraint = 'class_session_attended';
    end if;
    if new.session_date <> old.session_date
       and exists (
           select from attendance a
            where a.tenant_id = old.tenant_id and a.class_session_id = old.id
              and not exists (
                  select from enrollments e
                   where e.tenant_id = a.tenant_id and e.student_id = a.student_id
                     and e.class_id = old.class_id  -- which it never leaves
                     and app.is_enrolled(e.status, e.enrollment_date, e.completion_date,
                                         new.session_date))) then
        raise exception 'attendance of somebody who was not enrolled on that day'
            using errcode = 'check_violation', table = 'class_sessions',
                  column = 'session_date', constraint = 'class_session_not_enrolled';
    end if;
    return new;
end
$$;
create or replace trigger class_sessions_attended_trg
    before update of status, session_date on class_sessions
    for each row when (old.status is distinct from new.status
                       or old.session_date is distinct from new.session_date)
    execute function app.keep_attended_session();
