-- Guardians read nothing, and none of the rules of timetable, calendar, grading, files and waitlists.

drop policy classes_guardian_select on classes;
drop policy schedules_guardian_select on schedules;
drop policy enrollments_guardian_select on enrollments;
drop policy class_sessions_guardian_select on class_sessions;
drop policy attendance_guardian_select on attendance;
drop policy assignments_guardian_select on assignments;
drop policy submissions_guardian_select on submissions;
drop policy grades_guardian_select on grades;
drop policy academic_years_admin_all on academic_years;
drop policy academic_years_member_select on academic_years;
drop policy terms_admin_all on terms;
drop policy terms_member_select on terms;
drop policy closed_days_admin_all on closed_days;
drop policy closed_days_member_select on closed_days;
drop policy grading_scales_admin_all on grading_scales;
drop policy grading_scales_member_select on grading_scales;
drop policy assignment_weights_admin_all on assignment_weights;
drop policy assignment_weights_teacher_all on assignment_weights;
drop policy assignment_weights_student_select on assignment_weights;
drop policy assignment_weights_guardian_select on assignment_weights;
drop policy attachment_files_admin_all on attachment_files;
drop policy attachment_files_teacher_select on attachment_files;
drop policy attachment_files_teacher_insert on attachment_files;
drop policy attachment_files_teacher_delete on attachment_files;
drop policy attachment_files_student_select on attachment_files;
drop policy attachment_files_student_insert on attachment_files;
drop policy attachment_files_student_delete on attachment_files;
drop policy attachment_files_guardian_select on attachment_files;
drop policy waitlist_entries_admin_all on waitlist_entries;
drop policy waitlist_entries_teacher_select on waitlist_entries;
drop policy waitlist_entries_student_select on waitlist_entries;
drop policy waitlist_entries_guardian_select on waitlist_entries;
drop policy guardians_teacher_select on guardians;
drop policy student_guardians_teacher_select on student_guardians;
alter table academic_years disable row level security;
alter table terms disable row level security;
alter table closed_days disable row level security;
alter table grading_scales disable row level security;
alter table assignment_weights disable row level security;
alter table attachment_files disable row level security;
alter table waitlist_entries disable row level security;

drop function app.waitlist_place(uuid), app.own_percent(uuid);
drop view app.grade_givers, app.attendance_recorders, app.taught_guardians, app.class_teachers,
    app.guarded_assignments, app.guarded_classes;
drop function app.guarded_assignment_ids(), app.guarded_class_ids();
drop trigger terms_in_year_trg on terms;
drop trigger academic_years_hold_terms_trg on academic_years;
drop trigger schedules_book_trg on schedules;
drop trigger classes_rebook_trg on classes;
drop trigger class_sessions_keep_moved_trg on class_sessions;
drop trigger waitlist_entries_join_trg on waitlist_entries;
drop trigger waitlist_entries_joined_trg on waitlist_entries;
drop trigger waitlist_entries_keep_place_trg on waitlist_entries;
drop trigger classes_seats_added_trg on classes;
drop trigger trg_waitlist_seats_freed_update on enrollments;
drop trigger trg_waitlist_seats_freed_delete on enrollments;
drop trigger classes_complete_trg on classes;
drop trigger grades_keep_final_insert_trg on grades;
drop trigger grades_keep_final_update_trg on grades;
drop trigger grades_keep_final_delete_trg on grades;
drop trigger assignment_weights_keep_final_trg on assignment_weights;
drop trigger assignments_keep_final_trg on assignments;
drop trigger enrollments_keep_final_trg on enrollments;
drop trigger attendance_refuse_insert_trg on attendance;
drop trigger attendance_refuse_update_trg on attendance;
drop trigger class_sessions_attended_trg on class_sessions;
drop trigger submissions_teacher_columns_trg on submissions;
drop trigger assignment_weights_progress_insert_trg on assignment_weights;
drop trigger assignment_weights_progress_update_trg on assignment_weights;
drop trigger assignment_weights_progress_delete_trg on assignment_weights;
drop trigger grading_scales_progress_insert_trg on grading_scales;
drop trigger grading_scales_progress_update_trg on grading_scales;
drop trigger grading_scales_progress_delete_trg on grading_scales;
drop trigger classes_scale_progress_trg on classes;

drop function app.keep_final_weights(), app.keep_final_grades(), app.complete_class(),
    app.lock_final(uuid, boolean),
    app.drop_empty_submissions(uuid[]), app.submissions_to_grade(uuid[], uuid[]);
drop function app.school_folders(), app.assignments_to_close();
drop function app.seats_freed(), app.seats_added(), app.keep_waitlist_place(), app.waitlist_joined(),
    app.join_waitlist(), app.fill_seats(uuid, uuid[]), app.refuse_attendance(),
    app.keep_attended_session(), app.rebook_class(),
    app.book_slot(), app.keep_moved_session(), app.check_year_holds_terms(), app.check_term_in_year(),
    app.class_scale_progress(), app.grading_scale_progress(), app.weight_progress(),
    app.refresh_classes(uuid, uuid[]);
alter table schedules drop constraint schedules_room_booked,
    drop constraint schedules_teacher_booked, drop constraint schedules_teacher_fk;
alter table classes drop constraint classes_term_fk, drop constraint classes_grading_scale_fk;
alter table terms drop constraint terms_overlap, drop constraint terms_academic_year_fk;
alter table academic_years drop constraint check_academic_year_century,
    drop constraint academic_years_overlap;
alter table grading_scales drop constraint check_grading_scale_steps;
alter table assignment_weights drop constraint check_assignment_weight_number,
    drop constraint assignment_weights_class_fk;
alter table attachment_files drop constraint check_attachment_name,
    drop constraint attachment_files_assignment_fk,
    drop constraint attachment_files_submission_fk, drop constraint attachment_files_uploaded_by_fk;
alter table waitlist_entries drop constraint waitlist_entries_class_fk,
    drop constraint waitlist_entries_student_fk;
select app.watch('schedules', 'schedule');
create or replace trigger enrollments_allow_columns_trg before update on enrollments
    for each row execute function app.allow_columns(
        'teacher', 'current_grade', 'completion_date', 'status', 'attendance_rate');

-- Assignments of the active classes that the student attends.
create or replace view app.attended_assignments as
    select w.tenant_id, w.id, w.status from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
      join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and e.status = 'active' and c.status = 'active' and c.deleted_at is null;


-- Recompute the enrollments of these students in these classes (pairs by position).
create or replace function app.refresh_progress(tenant uuid, student_ids uuid[], class_ids uuid[],
                                                rates boolean, letters boolean) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan  -- one pair and fifty thousand are planned differently
as $$
declare
    scale jsonb := (select settings -> 'grading_scale' from tenants where id = tenant);
begin
    if app.rebuilding() then
        return;
    end if;
    -- Locked in order first; the next statement then sees what others committed meanwhile.
    perform from enrollments e
       join (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         on e.student_id = p.student_id and e.class_id = p.class_id
      where e.tenant_id = tenant
      order by e.id for no key update of e;

    if rates then
        update enrollments e set attendance_rate = r.rate
          from (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         cross join lateral (
               select round(100.0 * count(*) filter (where a.status in ('present', 'late'))
                            / nullif(count(*) filter (where a.status <> 'excused'), 0), 2) as rate
                 from attendance a
                 join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
                where a.tenant_id = tenant and a.student_id = p.student_id
                  and s.tenant_id = tenant and s.class_id = p.class_id) r
         where e.tenant_id = tenant and e.student_id = p.student_id and e.class_id = p.class_id
           and e.attendance_rate is distinct from r.rate;
    end if;

    if letters then
        update enrollments e set current_grade = g.letter
          from (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         cross join lateral (
               -- Rounded, because thirds that add up to 94 are 93.999... in decimals.
               select app.letter_grade(round(avg(100.0 * g.score / w.max_score), 6), scale) as letter
                 from grades g
                -- By its key (so "offset 0"): in a school of which the statistics do not know yet,
                -- all its assignments would be gone through for each grade.
                cross join lateral (select a.class_id, a.max_score from assignments a
                                     where a.id = g.assignment_id offset 0) w
                where g.tenant_id = tenant and g.student_id = p.student_id
                  and w.class_id = p.class_id) g
         where e.tenant_id = tenant and e.student_id = p.student_id and e.class_id = p.class_id
           and e.current_grade is distinct from g.letter;
    end if;
end
$$;
revoke execute on function app.refresh_progress from public;
drop function app.mean_percent(uuid, uuid, uuid), app.class_scale(uuid, uuid);
create or replace trigger assignments_progress_trg after update of max_score on assignments
    for each row when (old.max_score is distinct from new.max_score)
    execute function app.assignment_progress();
