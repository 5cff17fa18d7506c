-- Who waits for a seat in a full class, in order, and gets the next one that is freed, in the same
-- transaction. Everything happens under the lock of the class (as in enrolled_count.sql), so that no
-- seat is lost or given twice. SECURITY DEFINER because a freed seat goes to somebody whose rows the
-- caller may not see.

-- Give the free seats of these active classes to waiting students. Suspended and deleted people keep
-- their place and are skipped; students who were enrolled otherwise leave the queue.
create or replace function app.fill_seats(tenant uuid, class_ids uuid[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    class record;
    next record;
    taken integer;
begin
    if app.rebuilding() then
        return;
    end if;
    for class in
        select c.id, c.capacity from classes c
         where c.tenant_id = tenant and c.id = any (class_ids)
           and c.status = 'active' and c.deleted_at is null
           and exists (select from waitlist_entries w
                        where w.tenant_id = tenant and w.class_id = c.id and w.status = 'waiting')
         order by c.id for no key update of c
    loop
        loop
            select count(*) into taken from enrollments e
             where e.tenant_id = tenant and e.class_id = class.id and e.status = 'active';
            exit when taken >= class.capacity;
            select w.id, w.student_id into next
              from waitlist_entries w
              join users u on u.tenant_id = w.tenant_id and u.id = w.student_id
             where w.tenant_id = tenant and w.class_id = class.id and w.status = 'waiting'
               and u.status = 'active' and u.deleted_at is null
             order by w.queued_at, w.id limit 1;
            exit when not found;
            update waitlist_entries w set status = 'enrolled', decided_at = now()
             where w.tenant_id = tenant and w.id = next.id;
            -- The index of active enrollments decides whether the student is enrolled already.
            insert into enrollments (tenant_id, student_id, class_id, enrollment_date)
            values (tenant, next.student_id, class.id, app.school_date(tenant))
            on conflict (tenant_id, student_id, class_id) where status = 'active' do nothing;
        end loop;
    end loop;
end
$$;
revoke execute on function app.fill_seats from public;

-- The order of the queue is the order in which the class was locked.
create or replace function app.join_waitlist() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    if app.rebuilding() then
        return new;
    end if;
    perform from classes c where c.tenant_id = new.tenant_id and c.id = new.class_id
        for no key update;
    if exists (select from enrollments e
                where e.tenant_id = new.tenant_id and e.class_id = new.class_id
                  and e.student_id = new.student_id and e.status = 'active') then
        raise exception 'already enrolled'
            using errcode = 'check_violation', table = 'waitlist_entries', column = 'student_id',
                  constraint = 'waitlist_already_enrolled';
    end if;
    new.queued_at := greatest(
        clock_timestamp(),
        (select max(w.queued_at) + interval '1 microsecond' from waitlist_entries w
          where w.tenant_id = new.tenant_id and w.class_id = new.class_id));
    return new;
end
$$;
create or replace trigger waitlist_entries_join_trg before insert on waitlist_entries
    for each row when (new.status = 'waiting') execute function app.join_waitlist();

-- A seat may have become free while this entry was being added.
create or replace function app.waitlist_joined() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.fill_seats(n.tenant_id, array_agg(distinct n.class_id))
       from new_rows n where n.status = 'waiting' group by n.tenant_id;
    return null;
end
$$;
create or replace trigger waitlist_entries_joined_trg after insert on waitlist_entries
    referencing new table as new_rows
    for each statement execute function app.waitlist_joined();

-- An entry keeps its student and class, and the trigger sets its time.
create or replace function app.keep_waitlist_place() returns trigger
    language plpgsql
as $$
begin
    if (new.student_id, new.class_id, new.queued_at)
       is distinct from (old.student_id, old.class_id, old.queued_at) then
        raise exception 'a place on a waitlist moves to nobody else'
            using errcode = 'check_violation', table = 'waitlist_entries',
                  constraint = 'waitlist_entries_keep_place';
    end if;
    if old.status = 'waiting' and new.status = 'withdrawn' then
        new.decided_at := now();
    elsif old.status <> 'waiting' and new.status = 'waiting' then
        raise exception 'who comes back waits at the end'
            using errcode = 'check_violation', table = 'waitlist_entries', column = 'status',
                  constraint = 'waitlist_entries_keep_place';
    end if;
    return new;
end
$$;
create or replace trigger waitlist_entries_keep_place_trg before update on waitlist_entries
    for each row execute function app.keep_waitlist_place();

-- More seats, or a class that is active again.
create or replace function app.seats_added() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.fill_seats(new.tenant_id, array[new.id]);
    return null;
end
$$;
create or replace trigger classes_seats_added_trg
    after update of capacity, status, deleted_at on classes
    for each row
    when (new.capacity > old.capacity
          or new.status = 'active' and new.deleted_at is null
             and (old.status <> 'active' or old.deleted_at is not null))
    execute function app.seats_added();

-- Seats freed by dropped enrollments. Completing a class frees none: its enrollments are not dropped.
create or replace function app.seats_freed() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op = 'DELETE' then
        perform app.fill_seats(o.tenant_id, array_agg(distinct o.class_id))
           from old_rows o where o.status = 'active' group by o.tenant_id;
    else
        perform app.fill_seats(o.tenant_id, array_agg(distinct o.class_id))
           from old_rows o join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id
          where o.status = 'active' and (n.status = 'dropped' or n.class_id <> o.class_id)
          group by o.tenant_id;
    end if;
    return null;
end
$$;
-- Named to run after the counting triggers (PostgreSQL runs them by name).
create or replace trigger trg_waitlist_seats_freed_update after update on enrollments
    referencing old table as old_rows new table as new_rows
    for each statement execute function app.seats_freed();
create or replace trigger trg_waitlist_seats_freed_delete after delete on enrollments
    referencing old table as old_rows
    for each statement execute function app.seats_freed();

-- The place in the queue, 1 for the next one; for the student, their guardians and staff.
create or replace function app.waitlist_place(entry uuid) returns integer
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select (select count(*)::integer from waitlist_entries w
             where w.tenant_id = e.tenant_id and w.class_id = e.class_id and w.status = 'waiting'
               and (w.queued_at, w.id) <= (e.queued_at, e.id))
      from waitlist_entries e
     where e.tenant_id = app.tenant_id() and e.id = entry and e.status = 'waiting'
       and (app.is_people_office() or e.student_id = app.student_id()
            or e.student_id in (select g.id from app.guarded_students g)
            or e.class_id in (select c.id from app.taught_classes c));
end;
revoke execute on function app.waitlist_place from public;
grant execute on function app.waitlist_place
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
