drop view if exists view_audit_trail, view_enrollment_changes, view_teacher_load, view_class_fill,
    view_grade_distribution, view_missing_registers, view_attendance_summary;
drop function if exists app.dropped_at(uuid);
drop function if exists app.time_zone();
