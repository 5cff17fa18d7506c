drop trigger saved_filters_touch_updated_at_trg on saved_filters;
drop trigger saved_filters_audit_update_trg on saved_filters;
drop trigger saved_filters_audit_insert_trg on saved_filters;
drop trigger saved_filters_audit_delete_trg on saved_filters;
drop trigger report_schedules_touch_updated_at_trg on report_schedules;
drop trigger report_schedules_audit_update_trg on report_schedules;
drop trigger report_schedules_audit_insert_trg on report_schedules;
drop trigger report_schedules_audit_delete_trg on report_schedules;
drop trigger report_recipients_touch_updated_at_trg on report_recipients;
drop trigger report_recipients_audit_update_trg on report_recipients;
drop trigger report_recipients_audit_insert_trg on report_recipients;
drop trigger report_recipients_audit_delete_trg on report_recipients;
drop policy report_recipients_admin_all on report_recipients;
drop policy report_recipients_bursar_all on report_recipients;
drop policy report_recipients_registrar_all on report_recipients;
drop policy report_recipients_teacher_all on report_recipients;
drop policy report_schedules_admin_all on report_schedules;
drop policy report_schedules_bursar_all on report_schedules;
drop policy report_schedules_registrar_all on report_schedules;
drop policy report_schedules_teacher_all on report_schedules;
drop policy saved_filters_admin_all on saved_filters;
drop policy saved_filters_bursar_all on saved_filters;
drop policy saved_filters_registrar_all on saved_filters;
drop policy saved_filters_teacher_all on saved_filters;
alter table saved_filters disable row level security;
alter table report_schedules disable row level security;
alter table report_recipients disable row level security;
drop view view_attendance_report, view_attendance_report_keyed, view_attendance_summary, view_audit_trail, view_class_enrollment, view_class_enrollment_keyed, view_class_fill, view_collected_monthly, view_days_summary, view_enrollment_changes, view_grade_distribution, view_missing_registers, view_payment_entries, view_payment_ledger, view_payment_ledger_keyed, view_receivables_monthly, view_revenue_monthly, view_student_days, view_teacher_load, view_user_roster, view_user_roster_keyed;
alter table report_recipients drop constraint report_recipients_schedule_fk;
alter table report_recipients drop constraint report_recipients_user_fk;
alter table report_schedules drop constraint report_schedules_owner_fk;
alter table saved_filters drop constraint saved_filters_user_fk;
drop routine
    app.dropped_at(uuid),
    app.due_schedules(),
    app.period_classes(),
    app.period_from(),
    app.period_to(),
    app.time_zone();
revoke all on report_recipients, report_schedules, saved_filters
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on report_recipients, report_schedules, saved_filters
    to school_app;
