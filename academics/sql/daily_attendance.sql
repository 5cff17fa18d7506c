-- Attendance of a whole day, for schools that take it once a day (docs/decisions/0014). The day's register
-- is taken at a moment (settings key `daily_register_time`; 08:30 without one): an approved absence that
-- covers this moment excuses the day's mark, as one excuses the lessons that begin in it (absences.sql).

-- Students of the homerooms that one leads: whose day's marks one takes. With its owner's rights, as
-- the views of own_classes.sql.
create or replace view app.led_students as
    select u.tenant_id, u.id from homeroom_teachers t
      join users u on u.tenant_id = t.tenant_id and u.homeroom_id = t.homeroom_id
     where t.tenant_id = app.tenant_id() and t.teacher_id = app.teacher_id();
-- Who took the day's marks of one's own students: their names, for "changed by ... at 10:02".
create or replace view app.daily_recorders as
    select a.tenant_id, a.id as daily_attendance_id, u.name
      from daily_attendance a
      join app.led_students s on s.tenant_id = a.tenant_id and s.id = a.student_id
      join users u on u.tenant_id = a.tenant_id and u.id = a.recorded_by
     where a.tenant_id = app.tenant_id();
revoke all on app.led_students, app.daily_recorders
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on app.led_students, app.daily_recorders
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

alter table daily_attendance drop constraint if exists daily_attendance_student_fk;
alter table daily_attendance add constraint daily_attendance_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table daily_attendance drop constraint if exists daily_attendance_recorded_by_fk;
alter table daily_attendance add constraint daily_attendance_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);
alter table daily_attendance drop constraint if exists daily_attendance_absence_fk;
alter table daily_attendance add constraint daily_attendance_absence_fk
    foreign key (tenant_id, absence_id) references absences (tenant_id, id);
alter table daily_attendance drop constraint if exists check_daily_attendance_day;
alter table daily_attendance add constraint check_daily_attendance_day
    check (day >= '1900-01-01' and day < '9000-01-01');

select app.watch('daily_attendance', 'daily_attendance');

create or replace trigger daily_attendance_stamp_insert_trg before insert on daily_attendance
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();
create or replace trigger daily_attendance_stamp_update_trg before update on daily_attendance
    for each row when (
        app.user_id() is not null and new.recorded_by is distinct from app.user_id()
        and (new.status, new.notes, new.recorded_by)
            is distinct from (old.status, old.notes, old.recorded_by))
    execute function app.stamp_recorded_by();
create or replace trigger daily_attendance_code_insert_trg before insert on daily_attendance
    for each row when (new.code is not null) execute function app.check_attendance_code();
create or replace trigger daily_attendance_code_update_trg before update on daily_attendance
    for each row when (new.code is not null
                       and (new.code, new.status) is distinct from (old.code, old.status))
    execute function app.check_attendance_code();

-- What the school's settings say: how attendance is taken, and when the day's register is.
alter table tenants drop constraint if exists check_attendance_taken;
alter table tenants add constraint check_attendance_taken
    check (coalesce(settings ->> 'attendance_taken', 'classes') in ('classes', 'daily', 'both'));
alter table tenants drop constraint if exists check_daily_register_time;
alter table tenants add constraint check_daily_register_time
    check (coalesce(settings ->> 'daily_register_time', '08:30') ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$');

create or replace function app.daily_register_time(tenant uuid) returns time
    language sql stable
    return (select coalesce(t.settings ->> 'daily_register_time', '08:30')::time
              from tenants t where t.id = tenant);

-- Only for students, and for no day to come. A statement trigger, so that a register needs one check.
-- SECURITY DEFINER because the rule holds for every writer.
create or replace function app.refuse_daily_attendance() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() then
        return null;
    end if;
    if exists (select from new_rows n where n.day > app.school_date(n.tenant_id)) then
        raise exception 'attendance of a day to come'
            using errcode = 'check_violation', table = 'daily_attendance', column = 'day',
                  constraint = 'daily_attendance_future';
    end if;
    if exists (select from new_rows n
                 join users u on u.tenant_id = n.tenant_id and u.id = n.student_id
                where u.role <> 'student') then
        raise exception 'attendance of somebody who is no student'
            using errcode = 'check_violation', table = 'daily_attendance', column = 'student_id',
                  constraint = 'daily_attendance_of_student';
    end if;
    return null;
end
$$;
create or replace trigger daily_attendance_refuse_insert_trg after insert on daily_attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_daily_attendance();
create or replace trigger daily_attendance_refuse_update_trg after update on daily_attendance
    referencing new table as new_rows
    for each statement execute function app.refuse_daily_attendance();

-- As app.tie_absence(), for the moment of the day's register.
create or replace function app.tie_absence_to_day() returns trigger
    language plpgsql
as $$
begin
    if current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    if tg_op = 'UPDATE' and new.status = old.status and new.student_id = old.student_id
       and new.day = old.day then
        new.absence_id := old.absence_id;
    elsif new.status = 'excused' then
        new.absence_id := app.absence_at(
            new.tenant_id, new.student_id, new.day + app.daily_register_time(new.tenant_id));
    else
        new.absence_id := null;
    end if;
    return new;
end
$$;
create or replace trigger daily_attendance_tie_insert_trg before insert on daily_attendance
    for each row when (new.status = 'excused' or new.absence_id is not null)
    execute function app.tie_absence_to_day();
create or replace trigger daily_attendance_tie_update_trg before update on daily_attendance
    for each row when ((new.status, new.student_id, new.day, new.absence_id)
        is distinct from (old.status, old.student_id, old.day, old.absence_id))
    execute function app.tie_absence_to_day();
