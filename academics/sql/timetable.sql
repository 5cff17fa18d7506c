-- No teacher and no room is booked twice at the same time. The two exclusion constraints decide; the
-- trigger checks before them, to name the other class, which PostgreSQL hides under row-level
-- security. They compare two columns that the trigger maintains: the teacher of the class, and the
-- days of the slot (its own dates within those of its class, while the class is active). Clashing
-- slots from before these rules have no such days until they are saved again.

create or replace function app.book_slot() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    class record;
    other record;
    first_day date;
    last_day date;
begin
    if app.rebuilding() then
        return new;
    end if;
    -- Serializes the slots of a school: concurrent ones could not see each other, and the constraints
    -- would make both wait for each other.
    perform pg_advisory_xact_lock(hashtextextended('schedules ' || new.tenant_id::text, 0));
    -- Locked, so that neither its teacher nor its dates change meanwhile.
    select c.teacher_id, c.start_date, c.end_date, c.status, c.deleted_at into class
      from classes c where c.tenant_id = new.tenant_id and c.id = new.class_id for share;
    first_day := greatest(class.start_date, new.valid_from);
    last_day := least(class.end_date, new.valid_to);
    -- No upper bound for the last day of the calendar: the range would end with the day after it,
    -- which Python cannot represent.
    if last_day >= '9999-12-31' then
        last_day := null;
    end if;
    new.teacher_id := class.teacher_id;
    new.booked := case when class.status = 'active' and class.deleted_at is null
                        and (last_day is null or first_day <= last_day)
                       then daterange(first_day, last_day, '[]') end;
    if new.booked is null then
        return new;
    end if;
    select c.name, c.code, s.start_time, s.end_time,
           to_char(date '2024-01-01' + (s.weekday - 1), 'FMDay') as weekday,
           lower(trim(s.room)) = lower(trim(new.room)) as by_room into other
      from schedules s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
     where s.tenant_id = new.tenant_id and s.id <> new.id and s.weekday = new.weekday
       and s.start_time < new.end_time and new.start_time < s.end_time
       and s.booked && new.booked
       and (lower(trim(s.room)) = lower(trim(new.room)) or s.teacher_id = new.teacher_id)
     order by s.start_time, s.id limit 1;
    if found then
        raise exception 'a slot that is taken'
            using errcode = 'exclusion_violation', table = 'schedules',
                  column = case when other.by_room then 'room' else 'start_time' end,
                  constraint = case when other.by_room then 'schedules_room_booked'
                                    else 'schedules_teacher_booked' end,
                  detail = format('%s%s, %s %s–%s', other.name,
                                  coalesce(' (' || nullif(other.code, '') || ')', ''),
                                  other.weekday,
                                  to_char(other.start_time, 'HH24:MI'),
                                  to_char(other.end_time, 'HH24:MI'));
    end if;
    return new;
end
$$;
create or replace trigger schedules_book_trg before insert or update on schedules
    for each row execute function app.book_slot();

alter table schedules drop constraint if exists schedules_room_booked;
alter table schedules add constraint schedules_room_booked
    exclude using gist (
        tenant_id with =, lower(trim(room)) with =, weekday with =,
        int4range(extract(epoch from start_time)::int, extract(epoch from end_time)::int) with &&,
        booked with &&)
    where (trim(room) <> '');
alter table schedules drop constraint if exists schedules_teacher_booked;
alter table schedules add constraint schedules_teacher_booked
    exclude using gist (
        tenant_id with =, teacher_id with =, weekday with =,
        int4range(extract(epoch from start_time)::int, extract(epoch from end_time)::int) with &&,
        booked with &&);

-- When teacher, dates or status of a class change, its slots are booked again.
-- SECURITY DEFINER so that it works for everybody who may change the class.
create or replace function app.rebook_class() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if not app.rebuilding() then
        update schedules s set updated_at = now()
         where s.tenant_id = new.tenant_id and s.class_id = new.id;
    end if;
    return null;
end
$$;
create or replace trigger classes_rebook_trg
    after update of teacher_id, start_date, end_date, status, deleted_at on classes
    for each row
    when (old.teacher_id is distinct from new.teacher_id
          or old.start_date is distinct from new.start_date
          or old.end_date is distinct from new.end_date
          or old.status is distinct from new.status
          or old.deleted_at is distinct from new.deleted_at)
    execute function app.rebook_class();

-- A generated session that somebody moves to another day or time counts as added by hand.
create or replace function app.keep_moved_session() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    new.generated := false;
    return new;
end
$$;
create or replace trigger class_sessions_keep_moved_trg
    before update of session_date, start_time, end_time on class_sessions
    for each row
    when (new.generated and (old.session_date, old.start_time, old.end_time)
          is distinct from (new.session_date, new.start_time, new.end_time))
    execute function app.keep_moved_session();
