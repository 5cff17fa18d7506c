drop trigger student_merges_touch_updated_at_trg on student_merges;
drop trigger student_merges_audit_insert_trg on student_merges;
drop trigger student_merges_audit_update_trg on student_merges;
drop trigger student_merges_audit_delete_trg on student_merges;
drop trigger daily_attendance_stamp_insert_trg on daily_attendance;
drop trigger daily_attendance_stamp_update_trg on daily_attendance;
drop trigger daily_attendance_code_insert_trg on daily_attendance;
drop trigger daily_attendance_code_update_trg on daily_attendance;
drop trigger daily_attendance_refuse_insert_trg on daily_attendance;
drop trigger daily_attendance_refuse_update_trg on daily_attendance;
drop trigger daily_attendance_tie_insert_trg on daily_attendance;
drop trigger daily_attendance_tie_update_trg on daily_attendance;
drop trigger daily_attendance_touch_updated_at_trg on daily_attendance;
drop trigger daily_attendance_audit_insert_trg on daily_attendance;
drop trigger daily_attendance_audit_update_trg on daily_attendance;
drop trigger daily_attendance_audit_delete_trg on daily_attendance;
drop trigger absences_apply_insert_trg on absences;
drop trigger absences_apply_update_trg on absences;
drop trigger absences_untie_trg on absences;
drop trigger absences_stamp_trg on absences;
drop trigger absences_touch_updated_at_trg on absences;
drop trigger absences_audit_insert_trg on absences;
drop trigger absences_audit_update_trg on absences;
drop trigger absences_audit_delete_trg on absences;
drop trigger applications_keep_trg on applications;
drop trigger applications_touch_updated_at_trg on applications;
drop trigger applications_audit_insert_trg on applications;
drop trigger applications_audit_update_trg on applications;
drop trigger applications_audit_delete_trg on applications;
drop trigger application_documents_stamp_trg on application_documents;
drop trigger application_documents_touch_updated_at_trg on application_documents;
drop trigger application_documents_audit_insert_trg on application_documents;
drop trigger application_documents_audit_update_trg on application_documents;
drop trigger application_documents_audit_delete_trg on application_documents;
drop trigger absence_calls_stamp_trg on absence_calls;
drop trigger absence_calls_touch_updated_at_trg on absence_calls;
drop trigger absence_calls_audit_insert_trg on absence_calls;
drop trigger absence_calls_audit_update_trg on absence_calls;
drop trigger absence_calls_audit_delete_trg on absence_calls;
drop trigger attendance_tie_insert_trg on attendance;
drop trigger attendance_tie_update_trg on attendance;
drop trigger attendance_code_insert_trg on attendance;
drop trigger attendance_code_update_trg on attendance;
drop trigger attachment_files_stamp_trg on attachment_files;
drop trigger attendance_stamp_insert_trg on attendance;
drop trigger attendance_stamp_update_trg on attendance;
drop trigger grades_stamp_insert_trg on grades;
drop trigger grades_stamp_update_trg on grades;
drop trigger waitlist_entries_touch_updated_at_trg on waitlist_entries;
drop trigger waitlist_entries_keep_place_trg on waitlist_entries;
drop trigger waitlist_entries_joined_trg on waitlist_entries;
drop trigger waitlist_entries_join_trg on waitlist_entries;
drop trigger waitlist_entries_audit_update_trg on waitlist_entries;
drop trigger waitlist_entries_audit_insert_trg on waitlist_entries;
drop trigger waitlist_entries_audit_delete_trg on waitlist_entries;
drop trigger trg_waitlist_seats_freed_update on enrollments;
drop trigger trg_waitlist_seats_freed_delete on enrollments;
drop trigger trg_update_enrolled_count_update on enrollments;
drop trigger trg_update_enrolled_count_delete on enrollments;
drop trigger trg_update_enrolled_count on enrollments;
drop trigger terms_touch_updated_at_trg on terms;
drop trigger terms_in_year_trg on terms;
drop trigger terms_audit_update_trg on terms;
drop trigger terms_audit_insert_trg on terms;
drop trigger terms_audit_delete_trg on terms;
drop trigger tenants_scale_progress_trg on tenants;
drop trigger submissions_touch_updated_at_trg on submissions;
drop trigger submissions_teacher_columns_trg on submissions;
drop trigger submissions_stamp_trg on submissions;
drop trigger submissions_audit_update_trg on submissions;
drop trigger submissions_audit_insert_trg on submissions;
drop trigger submissions_audit_delete_trg on submissions;
drop trigger submissions_allow_columns_trg on submissions;
drop trigger schedules_touch_updated_at_trg on schedules;
drop trigger schedules_book_trg on schedules;
drop trigger schedules_audit_update_trg on schedules;
drop trigger schedules_audit_insert_trg on schedules;
drop trigger schedules_audit_delete_trg on schedules;
drop trigger grading_scales_touch_updated_at_trg on grading_scales;
drop trigger grading_scales_progress_update_trg on grading_scales;
drop trigger grading_scales_progress_insert_trg on grading_scales;
drop trigger grading_scales_progress_delete_trg on grading_scales;
drop trigger grading_scales_audit_update_trg on grading_scales;
drop trigger grading_scales_audit_insert_trg on grading_scales;
drop trigger grading_scales_audit_delete_trg on grading_scales;
drop trigger grades_touch_updated_at_trg on grades;
drop trigger grades_progress_update_trg on grades;
drop trigger grades_progress_insert_trg on grades;
drop trigger grades_progress_delete_trg on grades;
drop trigger grades_mark_submission_update_trg on grades;
drop trigger grades_mark_submission_insert_trg on grades;
drop trigger grades_mark_submission_delete_trg on grades;
drop trigger grades_keep_final_update_trg on grades;
drop trigger grades_keep_final_insert_trg on grades;
drop trigger grades_keep_final_delete_trg on grades;
drop trigger grades_audit_update_trg on grades;
drop trigger grades_audit_insert_trg on grades;
drop trigger grades_audit_delete_trg on grades;
drop trigger enrollments_touch_updated_at_trg on enrollments;
drop trigger enrollments_progress_trg on enrollments;
drop trigger enrollments_keep_final_trg on enrollments;
drop trigger enrollments_keep_enrolled_trg on enrollments;
drop trigger enrollments_keep_attendance_rate_trg on enrollments;
drop trigger enrollments_audit_update_trg on enrollments;
drop trigger enrollments_audit_insert_trg on enrollments;
drop trigger enrollments_audit_delete_trg on enrollments;
drop trigger enrollments_allow_columns_trg on enrollments;
drop trigger closed_days_touch_updated_at_trg on closed_days;
drop trigger closed_days_audit_update_trg on closed_days;
drop trigger closed_days_audit_insert_trg on closed_days;
drop trigger closed_days_audit_delete_trg on closed_days;
drop trigger classes_touch_updated_at_trg on classes;
drop trigger classes_seats_added_trg on classes;
drop trigger classes_scale_progress_trg on classes;
drop trigger classes_rebook_trg on classes;
drop trigger classes_keep_enrolled_count_trg on classes;
drop trigger classes_complete_trg on classes;
drop trigger classes_audit_update_trg on classes;
drop trigger classes_audit_insert_trg on classes;
drop trigger classes_audit_delete_trg on classes;
drop trigger class_sessions_touch_updated_at_trg on class_sessions;
drop trigger class_sessions_keep_moved_trg on class_sessions;
drop trigger class_sessions_keep_class_trg on class_sessions;
drop trigger class_sessions_audit_update_trg on class_sessions;
drop trigger class_sessions_audit_insert_trg on class_sessions;
drop trigger class_sessions_audit_delete_trg on class_sessions;
drop trigger class_sessions_attended_trg on class_sessions;
drop trigger attendance_unenrolled_update_trg on attendance;
drop trigger attendance_unenrolled_insert_trg on attendance;
drop trigger attendance_touch_updated_at_trg on attendance;
drop trigger attendance_refuse_update_trg on attendance;
drop trigger attendance_refuse_insert_trg on attendance;
drop trigger attendance_progress_update_trg on attendance;
drop trigger attendance_progress_insert_trg on attendance;
drop trigger attendance_progress_delete_trg on attendance;
drop trigger attendance_audit_update_trg on attendance;
drop trigger attendance_audit_insert_trg on attendance;
drop trigger attendance_audit_delete_trg on attendance;
drop trigger attachment_files_touch_updated_at_trg on attachment_files;
drop trigger attachment_files_keep_graded_insert_trg on attachment_files;
drop trigger attachment_files_keep_graded_delete_trg on attachment_files;
drop trigger attachment_files_audit_update_trg on attachment_files;
drop trigger attachment_files_audit_insert_trg on attachment_files;
drop trigger attachment_files_audit_delete_trg on attachment_files;
drop trigger assignments_touch_updated_at_trg on assignments;
drop trigger assignments_progress_trg on assignments;
drop trigger assignments_keep_final_trg on assignments;
drop trigger assignments_keep_class_trg on assignments;
drop trigger assignments_audit_update_trg on assignments;
drop trigger assignments_audit_insert_trg on assignments;
drop trigger assignments_audit_delete_trg on assignments;
drop trigger assignment_weights_touch_updated_at_trg on assignment_weights;
drop trigger assignment_weights_progress_update_trg on assignment_weights;
drop trigger assignment_weights_progress_insert_trg on assignment_weights;
drop trigger assignment_weights_progress_delete_trg on assignment_weights;
drop trigger assignment_weights_keep_final_trg on assignment_weights;
drop trigger assignment_weights_audit_update_trg on assignment_weights;
drop trigger assignment_weights_audit_insert_trg on assignment_weights;
drop trigger assignment_weights_audit_delete_trg on assignment_weights;
drop trigger academic_years_touch_updated_at_trg on academic_years;
drop trigger academic_years_hold_terms_trg on academic_years;
drop trigger academic_years_audit_update_trg on academic_years;
drop trigger academic_years_audit_insert_trg on academic_years;
drop trigger academic_years_audit_delete_trg on academic_years;
drop policy academic_years_admin_all on academic_years;
drop policy academic_years_bursar_select on academic_years;
drop policy academic_years_guardian_select on academic_years;
drop policy academic_years_registrar_all on academic_years;
drop policy academic_years_student_select on academic_years;
drop policy academic_years_teacher_select on academic_years;
drop policy assignment_weights_admin_all on assignment_weights;
drop policy assignment_weights_guardian_select on assignment_weights;
drop policy assignment_weights_registrar_all on assignment_weights;
drop policy assignment_weights_student_select on assignment_weights;
drop policy assignment_weights_teacher_all on assignment_weights;
drop policy assignments_admin_all on assignments;
drop policy assignments_guardian_select on assignments;
drop policy assignments_registrar_all on assignments;
drop policy assignments_student_select on assignments;
drop policy assignments_teacher_all on assignments;
drop policy applications_admin_all on applications;
drop policy applications_registrar_all on applications;
drop policy application_documents_admin_delete on application_documents;
drop policy application_documents_admin_insert on application_documents;
drop policy application_documents_admin_select on application_documents;
drop policy application_documents_registrar_delete on application_documents;
drop policy application_documents_registrar_insert on application_documents;
drop policy application_documents_registrar_select on application_documents;
drop policy absence_calls_admin_delete on absence_calls;
drop policy absence_calls_admin_insert on absence_calls;
drop policy absence_calls_admin_select on absence_calls;
drop policy absence_calls_registrar_delete on absence_calls;
drop policy absence_calls_registrar_insert on absence_calls;
drop policy absence_calls_registrar_select on absence_calls;
drop policy absences_admin_all on absences;
drop policy absences_guardian_delete on absences;
drop policy absences_guardian_insert on absences;
drop policy absences_guardian_select on absences;
drop policy absences_registrar_all on absences;
drop policy absences_student_select on absences;
drop policy absences_teacher_select on absences;
drop policy attachment_files_admin_delete on attachment_files;
drop policy attachment_files_admin_insert on attachment_files;
drop policy attachment_files_admin_select on attachment_files;
drop policy attachment_files_guardian_select on attachment_files;
drop policy attachment_files_registrar_delete on attachment_files;
drop policy attachment_files_registrar_insert on attachment_files;
drop policy attachment_files_registrar_select on attachment_files;
drop policy attachment_files_student_delete on attachment_files;
drop policy attachment_files_student_insert on attachment_files;
drop policy attachment_files_student_select on attachment_files;
drop policy attachment_files_teacher_delete on attachment_files;
drop policy attachment_files_teacher_insert on attachment_files;
drop policy attachment_files_teacher_select on attachment_files;
drop policy attendance_admin_all on attendance;
drop policy attendance_guardian_select on attendance;
drop policy attendance_registrar_all on attendance;
drop policy attendance_student_select on attendance;
drop policy attendance_teacher_all on attendance;
drop policy class_sessions_admin_all on class_sessions;
drop policy class_sessions_guardian_select on class_sessions;
drop policy class_sessions_registrar_all on class_sessions;
drop policy class_sessions_student_select on class_sessions;
drop policy class_sessions_teacher_all on class_sessions;
drop policy classes_admin_all on classes;
drop policy classes_bursar_select on classes;
drop policy classes_guardian_select on classes;
drop policy classes_registrar_all on classes;
drop policy classes_student_select on classes;
drop policy classes_teacher_select on classes;
drop policy closed_days_admin_all on closed_days;
drop policy closed_days_bursar_select on closed_days;
drop policy closed_days_guardian_select on closed_days;
drop policy closed_days_registrar_all on closed_days;
drop policy closed_days_student_select on closed_days;
drop policy closed_days_teacher_select on closed_days;
drop policy daily_attendance_admin_all on daily_attendance;
drop policy daily_attendance_guardian_select on daily_attendance;
drop policy daily_attendance_registrar_all on daily_attendance;
drop policy daily_attendance_student_select on daily_attendance;
drop policy daily_attendance_teacher_delete on daily_attendance;
drop policy daily_attendance_teacher_insert on daily_attendance;
drop policy daily_attendance_teacher_select on daily_attendance;
drop policy daily_attendance_teacher_update on daily_attendance;
drop policy enrollments_admin_all on enrollments;
drop policy enrollments_bursar_select on enrollments;
drop policy enrollments_guardian_select on enrollments;
drop policy enrollments_registrar_all on enrollments;
drop policy enrollments_student_select on enrollments;
drop policy enrollments_teacher_select on enrollments;
drop policy enrollments_teacher_update on enrollments;
drop policy grades_admin_all on grades;
drop policy grades_guardian_select on grades;
drop policy grades_registrar_all on grades;
drop policy grades_student_select on grades;
drop policy grades_teacher_all on grades;
drop policy grading_scales_admin_all on grading_scales;
drop policy grading_scales_bursar_select on grading_scales;
drop policy grading_scales_guardian_select on grading_scales;
drop policy grading_scales_registrar_all on grading_scales;
drop policy grading_scales_student_select on grading_scales;
drop policy grading_scales_teacher_select on grading_scales;
drop policy guardians_teacher_select on guardians;
drop policy schedules_admin_all on schedules;
drop policy schedules_guardian_select on schedules;
drop policy schedules_registrar_all on schedules;
drop policy schedules_student_select on schedules;
drop policy schedules_teacher_select on schedules;
drop policy student_guardians_teacher_select on student_guardians;
drop policy student_merges_admin_select on student_merges;
drop policy student_merges_admin_update on student_merges;
drop policy student_merges_admin_delete on student_merges;
drop policy student_merges_registrar_select on student_merges;
drop policy student_merges_registrar_update on student_merges;
drop policy student_merges_registrar_delete on student_merges;
drop policy submissions_admin_all on submissions;
drop policy submissions_guardian_select on submissions;
drop policy submissions_registrar_all on submissions;
drop policy submissions_student_insert on submissions;
drop policy submissions_student_select on submissions;
drop policy submissions_student_update on submissions;
drop policy submissions_teacher_select on submissions;
drop policy submissions_teacher_update on submissions;
drop policy terms_admin_all on terms;
drop policy terms_bursar_select on terms;
drop policy terms_guardian_select on terms;
drop policy terms_registrar_all on terms;
drop policy terms_student_select on terms;
drop policy terms_teacher_select on terms;
drop policy users_teacher_taught_select on users;
drop policy waitlist_entries_admin_all on waitlist_entries;
drop policy waitlist_entries_guardian_select on waitlist_entries;
drop policy waitlist_entries_registrar_all on waitlist_entries;
drop policy waitlist_entries_student_select on waitlist_entries;
drop policy waitlist_entries_teacher_select on waitlist_entries;
alter table classes disable row level security;
alter table schedules disable row level security;
alter table enrollments disable row level security;
alter table class_sessions disable row level security;
alter table attendance disable row level security;
alter table assignments disable row level security;
alter table submissions disable row level security;
alter table grades disable row level security;
alter table academic_years disable row level security;
alter table terms disable row level security;
alter table closed_days disable row level security;
alter table grading_scales disable row level security;
alter table assignment_weights disable row level security;
alter table waitlist_entries disable row level security;
alter table attachment_files disable row level security;
alter table absences disable row level security;
alter table application_documents disable row level security;
alter table applications disable row level security;
alter table absence_calls disable row level security;
alter table student_merges disable row level security;
alter table daily_attendance disable row level security;
alter table daily_attendance drop constraint check_daily_attendance_day;
alter table daily_attendance drop constraint daily_attendance_absence_fk;
alter table daily_attendance drop constraint daily_attendance_recorded_by_fk;
alter table daily_attendance drop constraint daily_attendance_student_fk;
alter table tenants drop constraint check_attendance_taken;
alter table tenants drop constraint check_daily_register_time;
alter table student_merges drop constraint student_merges_kept_fk;
alter table student_merges drop constraint student_merges_merged_fk;
alter table student_merges drop constraint student_merges_merged_by_fk;
alter table student_merges drop constraint student_merges_undone_by_fk;
alter table attendance drop constraint attendance_absence_fk;
alter table absences drop constraint absences_decided_by_fk;
alter table absences drop constraint absences_overlap;
alter table absences drop constraint absences_reported_by_fk;
alter table absences drop constraint absences_student_fk;
alter table absences drop constraint check_absence_file_name;
alter table absences drop constraint check_absence_file_type;
alter table absences drop constraint check_absence_length;
alter table application_documents drop constraint application_documents_application_fk;
alter table application_documents drop constraint application_documents_uploaded_by_fk;
alter table application_documents drop constraint check_application_document_name;
alter table application_documents drop constraint check_application_document_type;
alter table applications drop constraint applications_decided_by_fk;
alter table applications drop constraint applications_entered_by_fk;
alter table applications drop constraint applications_student_fk;
alter table applications drop constraint check_application_message;
alter table applications drop constraint check_application_record;
alter table absence_calls drop constraint absence_calls_recorded_by_fk;
alter table absence_calls drop constraint absence_calls_student_fk;
alter table tenants drop constraint check_attendance_codes;
alter table academic_years drop constraint academic_years_overlap;
alter table academic_years drop constraint check_academic_year_century;
alter table assignment_weights drop constraint assignment_weights_class_fk;
alter table assignment_weights drop constraint check_assignment_weight_number;
alter table assignments drop constraint assignments_class_fk;
alter table attachment_files drop constraint attachment_files_assignment_fk;
alter table attachment_files drop constraint attachment_files_submission_fk;
alter table attachment_files drop constraint attachment_files_uploaded_by_fk;
alter table attachment_files drop constraint check_attachment_name;
alter table attachment_files drop constraint check_attachment_type;
alter table attendance drop constraint attendance_recorded_by_fk;
alter table attendance drop constraint attendance_session_fk;
alter table attendance drop constraint attendance_student_fk;
alter table class_sessions drop constraint class_sessions_class_fk;
alter table classes drop constraint classes_grading_scale_fk;
alter table classes drop constraint classes_teacher_fk;
alter table classes drop constraint classes_term_fk;
alter table enrollments drop constraint enrollments_class_fk;
alter table enrollments drop constraint enrollments_student_fk;
alter table grades drop constraint check_grade_score_number;
alter table grades drop constraint grades_graded_by_fk;
alter table grades drop constraint grades_submission_fk;
alter table grading_scales drop constraint check_grading_scale_steps;
alter table schedules drop constraint schedules_class_fk;
alter table schedules drop constraint schedules_room_booked;
alter table schedules drop constraint schedules_teacher_booked;
alter table schedules drop constraint schedules_teacher_fk;
alter table submissions drop constraint submissions_assignment_fk;
alter table submissions drop constraint submissions_student_fk;
alter table tenants drop constraint check_grading_scale;
alter table terms drop constraint terms_academic_year_fk;
alter table terms drop constraint terms_overlap;
alter table waitlist_entries drop constraint waitlist_entries_class_fk;
alter table waitlist_entries drop constraint waitlist_entries_student_fk;
drop index idx_assignments_folded_trgm;
drop index idx_audit_logs_deleted_attendance;
drop index idx_audit_logs_deleted_grades;
drop index idx_classes_code_trgm;
drop index idx_classes_sort_name_trgm;
drop view
    app.attendance_recorders,
    app.attended_assignments,
    app.class_teachers,
    app.daily_recorders,
    app.grade_givers,
    app.graded_early,
    app.guarded_assignments,
    app.guarded_classes,
    app.led_students,
    app.taught_guardians,
    app.taught_sessions,
    app.taught_students;
drop routine
    app.merge_students(uuid,uuid,uuid),
    app.undo_merge(uuid),
    app.put_back(jsonb,text[]),
    app.refuse_merge(uuid,uuid),
    app.print_of(text,uuid[]),
    app.rows_of_student(text,uuid),
    app.remove_doubled(text,uuid,uuid),
    app.move_rows(text,uuid[],uuid),
    app.doubled_rows(text,uuid,uuid),
    app.daily_register_time(uuid),
    app.refuse_daily_attendance(),
    app.tie_absence_to_day(),
    app.absence_span(date,date,time,time),
    app.admission_fields(),
    app.admission_is_open(),
    app.apply_for_admission(uuid,jsonb,uuid,uuid),
    app.keep_application(),
    app.may_follow(text,text),
    app.apply_absence(),
    app.check_attendance_code(),
    app.is_attendance_codes(jsonb),
    app.stamp_absence(),
    app.tie_absence(),
    app.absence_at(uuid,uuid,timestamp without time zone),
    app.untie_absence(),
    app.stamp_uploaded_by(),
    app.assignment_progress(),
    app.assignments_to_close(),
    app.attendance_changes(uuid,integer),
    app.attendance_progress(),
    app.attendance_rate(bigint,bigint,bigint),
    app.book_slot(),
    app.check_term_in_year(),
    app.check_year_holds_terms(),
    app.class_scale(uuid,uuid),
    app.class_scale_progress(),
    app.complete_class(),
    app.count_enrolled(uuid[],uuid[]),
    app.drop_empty_submissions,
    app.enrollment_progress(),
    app.fill_seats(uuid,uuid[]),
    app.grade_changes(uuid,integer),
    app.grade_progress(),
    app.grading_scale_progress(),
    app.guarded_assignment_ids(),
    app.guarded_class_ids(),
    app.is_enrolled(text,date,date,date),
    app.is_grading_scale(jsonb),
    app.is_held(text,date,date,date),
    app.join_waitlist(),
    app.keep_attendance_rate(),
    app.keep_attended_session(),
    app.keep_class(),
    app.keep_enrolled(),
    app.keep_enrolled_count(),
    app.keep_final_grades(),
    app.keep_final_weights(),
    app.keep_graded_files(),
    app.keep_moved_session(),
    app.keep_waitlist_place(),
    app.letter_grade(numeric,jsonb),
    app.lock_final(uuid,boolean),
    app.mark_submission_graded(),
    app.own_percent(uuid),
    app.rebook_class(),
    app.refresh_classes(uuid,uuid[]),
    app.refresh_progress(uuid,uuid[],uuid[],boolean,boolean),
    app.refuse_attendance(),
    app.refuse_unenrolled(),
    app.scale_progress(),
    app.school_folders(),
    app.search_all_assignments(text),
    app.search_all_classes(text),
    app.search_assignments(text),
    app.search_classes(text),
    app.seats_added(),
    app.seats_freed(),
    app.stamp_graded_by(),
    app.stamp_recorded_by(),
    app.stamp_submission(),
    app.submissions_to_grade,
    app.waitlist_joined(),
    app.waitlist_place(uuid),
    app.weight_progress(),
    update_class_enrolled_count();
drop view
    app.attended_classes,
    app.taught_assignments,
    app.taught_classes;
drop routine
    app.mean_percent(uuid,uuid,uuid);
revoke all on absence_calls, absences, academic_years, application_documents, applications, assignment_weights, assignments, attachment_files, attendance, class_sessions, classes, closed_days, daily_attendance, enrollments, grades, grading_scales, schedules, student_merges, submissions, terms, waitlist_entries
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on absence_calls, absences, academic_years, application_documents, applications, assignment_weights, assignments, attachment_files, attendance, class_sessions, classes, closed_days, daily_attendance, enrollments, grades, grading_scales, schedules, student_merges, submissions, terms, waitlist_entries
    to school_app;
revoke all on guardians from school_teacher;
revoke all on student_guardians from school_teacher;
