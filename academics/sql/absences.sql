-- Absences: days on which a student is away, and what follows for the registers. A register offers the
-- days of an approved absence as excused (academics/selectors/register.py); a mark that says "absent"
-- already becomes "excused", and becomes "absent" again when the absence ends, is declined or deleted.
-- attendance.absence_id says which marks those are: whoever changes a mark by hand unties it.

-- The moments of an absence. A lesson that begins in it is excused by it.
create or replace function app.absence_span(first_day date, last_day date, begins time, ends time)
    returns tsrange
    language sql immutable parallel safe
    return tsrange(first_day + coalesce(begins, time '00:00'),
                   case when ends is null then (last_day + 1)::timestamp else last_day + ends end);

alter table absences drop constraint if exists absences_student_fk;
alter table absences add constraint absences_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table absences drop constraint if exists absences_reported_by_fk;
alter table absences add constraint absences_reported_by_fk
    foreign key (tenant_id, reported_by) references users (tenant_id, id);
alter table absences drop constraint if exists absences_decided_by_fk;
alter table absences add constraint absences_decided_by_fk
    foreign key (tenant_id, decided_by) references users (tenant_id, id);
alter table absence_calls drop constraint if exists absence_calls_student_fk;
alter table absence_calls add constraint absence_calls_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table absence_calls drop constraint if exists absence_calls_recorded_by_fk;
alter table absence_calls add constraint absence_calls_recorded_by_fk
    foreign key (tenant_id, recorded_by) references users (tenant_id, id);
alter table attendance drop constraint if exists attendance_absence_fk;
alter table attendance add constraint attendance_absence_fk
    foreign key (tenant_id, absence_id) references absences (tenant_id, id);

-- The dates first, since a range cannot be made of wrong ones: constraints are asked by their names,
-- exclusions last. (A year and its day: nobody is away for longer without leaving the school.)
alter table absences drop constraint if exists check_absence_length;
alter table absences add constraint check_absence_length
    check (ends_on - starts_on <= 366 and starts_on >= '1900-01-01' and ends_on < '9000-01-01');
alter table absences drop constraint if exists absences_overlap;
alter table absences add constraint absences_overlap
    exclude using gist (tenant_id with =, student_id with =,
                        app.absence_span(starts_on, ends_on, starts_at, ends_at) with &&)
    where (status = 'approved');
-- A row is the right to read its file, as of attachment_files.
alter table absences drop constraint if exists check_absence_file_name;
alter table absences add constraint check_absence_file_name
    check (stored_name ~ '^absences/[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)*$');
-- Letters and pictures of letters, never a page or a program (academics.services.absence_files).
alter table absences drop constraint if exists check_absence_file_type;
alter table absences add constraint check_absence_file_type
    check (content_type in (
        'application/msword', 'application/pdf', 'application/vnd.oasis.opendocument.text',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'image/gif',
        'image/heic', 'image/jpeg', 'image/png', 'image/webp', 'text/plain'));

select app.watch('absences', 'absence');
select app.watch('absence_calls', 'absence_call');

-- Who reported it and who decided is whoever is asking, as in academics/sql/authorship.sql.
create or replace function app.stamp_absence() returns trigger
    language plpgsql
as $$
begin
    if tg_op = 'INSERT' and app.user_role() = 'guardian'
       and (select t.settings -> 'absence_reports' = 'false' from tenants t where t.id = new.tenant_id) then
        raise exception 'Families do not report absences here.'
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = 'absences_by_families';
    end if;
    if app.user_id() is not null and tg_op = 'INSERT' then
        new.reported_by := app.user_id();
        new.source := case when app.user_role() = 'guardian' then 'guardian' else 'office' end;
    elsif app.user_id() is not null then
        new.reported_by := old.reported_by;
        new.source := old.source;
    end if;
    if new.status = 'reported' then
        new.decided_by := null;
        new.decided_at := null;
    elsif tg_op = 'INSERT' or new.status <> old.status then
        new.decided_by := coalesce(app.user_id(), new.decided_by);
        new.decided_at := case when app.user_id() is null then coalesce(new.decided_at, now())
                               else now() end;
    elsif app.user_id() is not null then
        new.decided_by := old.decided_by;
        new.decided_at := old.decided_at;
    end if;
    return new;
end
$$;
create or replace trigger absences_stamp_trg before insert or update on absences
    for each row execute function app.stamp_absence();
create or replace trigger absence_calls_stamp_trg before insert on absence_calls
    for each row when (app.user_id() is not null and new.recorded_by is distinct from app.user_id())
    execute function app.stamp_recorded_by();

-- The marks that an absence excuses, of lessons and of days, and those that it no longer does. SECURITY
-- DEFINER because the office's decision reaches every class's marks. AFTER the row, so that the policies
-- have been asked.
create or replace function app.apply_absence() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    past tsrange;  -- in which it has excused marks until now
    span tsrange;
    taken_at time := app.daily_register_time(new.tenant_id);  -- the moment of a day's mark
begin
    if app.rebuilding() then
        return null;
    end if;
    if new.status = 'approved' then
        span := app.absence_span(new.starts_on, new.ends_on, new.starts_at, new.ends_at);
    end if;
    if tg_op = 'UPDATE' then
        if old.status = 'approved' and old.student_id = new.student_id then
            past := app.absence_span(old.starts_on, old.ends_on, old.starts_at, old.ends_at);
        end if;
        update attendance a set status = 'absent', absence_id = null, recorded_at = now()
          from class_sessions s
         where a.tenant_id = new.tenant_id and a.absence_id = new.id
           and s.tenant_id = a.tenant_id and s.id = a.class_session_id
           and (a.student_id <> new.student_id
                or coalesce(not span @> (s.session_date + s.start_time), true));
        update daily_attendance a set status = 'absent', absence_id = null, recorded_at = now()
         where a.tenant_id = new.tenant_id and a.absence_id = new.id
           and (a.student_id <> new.student_id or coalesce(not span @> (a.day + taken_at), true));
    end if;
    if span is null then
        return null;
    end if;
    -- Not once more where somebody has put the mark back to "absent" by hand.
    update attendance a
       set status = 'excused', absence_id = new.id, code = null, recorded_at = now()
      from class_sessions s
     where a.tenant_id = new.tenant_id and a.student_id = new.student_id
       and a.status = 'absent'
       and s.tenant_id = a.tenant_id and s.id = a.class_session_id
       and s.session_date between new.starts_on and new.ends_on
       and span @> (s.session_date + s.start_time)
       and coalesce(not past @> (s.session_date + s.start_time), true);
    update daily_attendance a
       set status = 'excused', absence_id = new.id, code = null, recorded_at = now()
     where a.tenant_id = new.tenant_id and a.student_id = new.student_id
       and a.status = 'absent' and a.day between new.starts_on and new.ends_on
       and span @> (a.day + taken_at) and coalesce(not past @> (a.day + taken_at), true);
    return null;
end
$$;
create or replace trigger absences_apply_insert_trg after insert on absences
    for each row when (new.status = 'approved') execute function app.apply_absence();
create or replace trigger absences_apply_update_trg after update on absences
    for each row when (old.status = 'approved' or new.status = 'approved')
    execute function app.apply_absence();

-- Before a deletion, since the marks refer to the row. SECURITY DEFINER as above.
create or replace function app.untie_absence() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, old.tenant_id, 'people_office');
    update attendance a set status = 'absent', absence_id = null, recorded_at = now()
     where a.tenant_id = old.tenant_id and a.absence_id = old.id;
    update daily_attendance a set status = 'absent', absence_id = null, recorded_at = now()
     where a.tenant_id = old.tenant_id and a.absence_id = old.id;
    return old;
end
$$;
create or replace trigger absences_untie_trg before delete on absences
    for each row when (old.status = 'approved') execute function app.untie_absence();

-- The approved absence that a student has at a moment, or null.
create or replace function app.absence_at(tenant uuid, student uuid, moment timestamp) returns uuid
    language sql stable
    return (select x.id from absences x
             where x.tenant_id = tenant and x.student_id = student and x.status = 'approved'
               and moment::date between x.starts_on and x.ends_on
               and app.absence_span(x.starts_on, x.ends_on, x.starts_at, x.ends_at) @> moment
             limit 1);

-- A mark that is excused while an approved absence lasts belongs to it; any other mark to none. Only
-- the triggers above, which run as the owner, say it themselves.
create or replace function app.tie_absence() returns trigger
    language plpgsql
as $$
begin
    if current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    if tg_op = 'UPDATE' and new.status = old.status and new.student_id = old.student_id
       and new.class_session_id = old.class_session_id then
        new.absence_id := old.absence_id;
    elsif new.status = 'excused' then
        new.absence_id := app.absence_at(
            new.tenant_id, new.student_id,
            (select s.session_date + s.start_time from class_sessions s
              where s.tenant_id = new.tenant_id and s.id = new.class_session_id));
    else
        new.absence_id := null;
    end if;
    return new;
end
$$;
create or replace trigger attendance_tie_insert_trg before insert on attendance
    for each row when (new.status = 'excused' or new.absence_id is not null)
    execute function app.tie_absence();
create or replace trigger attendance_tie_update_trg before update on attendance
    for each row when ((new.status, new.student_id, new.class_session_id, new.absence_id)
        is distinct from (old.status, old.student_id, old.class_session_id, old.absence_id))
    execute function app.tie_absence();
