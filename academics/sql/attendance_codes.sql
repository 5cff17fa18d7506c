-- The school's own codes of attendance, each for one of the four statuses: tenants.settings ->
-- 'attendance_codes': [["U", "Unexplained", "absent"], ["M", "Medical", "excused"], ...].

-- Whether it is a list of [code of 1 to 10 characters, name, status], no code twice.
create or replace function app.is_attendance_codes(codes jsonb) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return codes is null or codes in ('null', '[]') or (
        select bool_and(coalesce(length(c ->> 0) between 1 and 10 and length(c ->> 1) between 1 and 100
                                 and c ->> 2 in ('present', 'absent', 'late', 'excused'), false))
               and count(*) = count(distinct lower(c ->> 0))
          from jsonb_array_elements(codes) c);
exception when others then
    return false;
end
$$;
alter table tenants drop constraint if exists check_attendance_codes;
alter table tenants add constraint check_attendance_codes
    check (app.is_attendance_codes(settings -> 'attendance_codes'));

-- A mark has a code that the school uses for its status. Marks keep a code that is given up later.
create or replace function app.check_attendance_code() returns trigger
    language plpgsql
as $$
begin
    if not app.rebuilding() and not exists (
        select from tenants t
          cross join jsonb_array_elements(coalesce(t.settings -> 'attendance_codes', '[]')) c
         where t.id = new.tenant_id and c ->> 0 = new.code and c ->> 2 = new.status) then
        raise exception 'a code that the school does not use for this status'
            using errcode = 'check_violation', table = tg_table_name, column = 'code',
                  constraint = 'attendance_code_of_school';
    end if;
    return new;
end
$$;
create or replace trigger attendance_code_insert_trg before insert on attendance
    for each row when (new.code is not null) execute function app.check_attendance_code();
create or replace trigger attendance_code_update_trg before update on attendance
    for each row when (new.code is not null
                       and (new.code, new.status) is distinct from (old.code, old.status))
    execute function app.check_attendance_code();
