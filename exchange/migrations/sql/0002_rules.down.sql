drop trigger exports_stamp_update_trg on exports;
drop trigger exports_stamp_insert_trg on exports;
drop trigger import_batches_stamp_update_trg on import_batches;
drop trigger import_batches_stamp_insert_trg on import_batches;
drop trigger import_rows_stay_trg on import_rows;
drop trigger import_batches_touch_updated_at_trg on import_batches;
drop trigger import_batches_audit_update_trg on import_batches;
drop trigger import_batches_audit_insert_trg on import_batches;
drop trigger import_batches_audit_delete_trg on import_batches;
drop trigger exports_audit_update_trg on exports;
drop trigger exports_audit_insert_trg on exports;
drop trigger exports_audit_delete_trg on exports;
drop policy exports_admin_all on exports;
drop policy exports_bursar_all on exports;
drop policy exports_registrar_all on exports;
drop policy exports_student_all on exports;
drop policy exports_teacher_all on exports;
drop policy import_batches_admin_all on import_batches;
drop policy import_batches_bursar_all on import_batches;
drop policy import_batches_registrar_all on import_batches;
drop policy import_batches_teacher_all on import_batches;
drop policy import_rows_admin_delete on import_rows;
drop policy import_rows_admin_insert on import_rows;
drop policy import_rows_admin_select on import_rows;
drop policy import_rows_bursar_delete on import_rows;
drop policy import_rows_bursar_insert on import_rows;
drop policy import_rows_bursar_select on import_rows;
drop policy import_rows_registrar_delete on import_rows;
drop policy import_rows_registrar_insert on import_rows;
drop policy import_rows_registrar_select on import_rows;
drop policy import_rows_teacher_delete on import_rows;
drop policy import_rows_teacher_insert on import_rows;
drop policy import_rows_teacher_select on import_rows;
alter table exports disable row level security;
alter table import_batches disable row level security;
alter table import_rows disable row level security;
alter table exports drop constraint exports_requested_by_fk;
alter table import_batches drop constraint import_batches_requested_by_fk;
alter table import_batches drop constraint import_batches_undone_by_fk;
alter table import_rows drop constraint import_rows_batch_fk;
drop routine
    app.stamp_requested_by(),
    app.expired_exports(),
    app.is_id(text),
    app.keep_import_rows(),
    app.portable_document(jsonb,uuid,text[]),
    app.portable_id(uuid,uuid),
    app.portable_json(jsonb,uuid,text[],boolean),
    app.portable_value(jsonb,uuid);
revoke all on exports, import_batches, import_rows
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on exports, import_batches, import_rows
    to school_app;
