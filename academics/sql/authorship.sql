-- Who graded, took the attendance or handed a file in: whoever is asking, whatever a client writes there.
-- Without a person (a command, a school rebuilt from its file) what is given stays. Relied on by whoever
-- reads a mark's author; the audit trail names the same person. (Other apps use stamp_recorded_by too.)

create or replace function app.stamp_graded_by() returns trigger
    language plpgsql
as $$
begin
    new.graded_by := app.user_id();
    return new;
end
$$;
create or replace trigger grades_stamp_insert_trg before insert on grades
    for each row when (app.user_id() is not null and new.graded_by is distinct from app.user_id())
    execute function app.stamp_graded_by();
-- A letter that is worked out anew from the same score is nobody's grading.
create or replace trigger grades_stamp_update_trg before update on grades
    for each row when (
        app.user_id() is not null and new.graded_by is distinct from app.user_id()
        and ((new.score, new.excused, new.feedback, new.graded_by)
                 is distinct from (old.score, old.excused, old.feedback, old.graded_by)
             or new.score is null and new.grade is distinct from old.grade))
    execute function app.stamp_graded_by();

create or replace function app.stamp_recorded_by() returns trigger
    language plpgsql
as $$
begin
    new.recorded_by := app.user_id();
    return new;
end
$$;
create or replace trigger attendance_stamp_insert_trg before insert on attendance
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger attendance_stamp_update_trg before update on attendance
    for each row when (
        app.user_id() is not null and new.recorded_by is distinct from app.user_id()
        and (new.status, new.notes, new.recorded_by)
            is distinct from (old.status, old.notes, old.recorded_by))
    execute function app.stamp_recorded_by();

-- A file is not changed, so only who hands it in is noted.
create or replace function app.stamp_uploaded_by() returns trigger
    language plpgsql
as $$
begin
    new.uploaded_by := app.user_id();
    return new;
end
$$;
create or replace trigger attachment_files_stamp_trg before insert on attachment_files
    for each row when (app.user_id() is not null and new.uploaded_by is distinct from app.user_id())
    execute function app.stamp_uploaded_by();
