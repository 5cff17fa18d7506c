-- The record of a person: fields that a school defines for each role (person_fields), their values in
-- users.metadata. Whoever writes users.metadata, the values fit the school's definitions afterwards.
-- What no field is defined for (OneRoster's, say) is kept apart under the key _imported, for the office.
-- Relied on by core.records.

-- What a value should be instead, in a few words; NULL when the field takes it.
create or replace function app.record_problem(kind text, choices text, value jsonb) returns text
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    words text := value #>> '{}';
    shape text := jsonb_typeof(value);
begin
    if kind = 'number' then
        return case when shape <> 'number' then 'a number' end;
    elsif kind = 'yes_no' then
        return case when shape <> 'boolean' then 'yes or no' end;
    elsif shape <> 'string' then
        return 'a text';
    elsif kind = 'long_text' then
        return case when length(words) > 10000 then 'a text of at most 10,000 characters' end;
    elsif length(words) > 500 or words ~ '[\r\n]' then
        return 'one line of at most 500 characters';
    elsif kind = 'choice' then
        return case when words <> all (string_to_array(choices, e'\n')) then 'one of the choices' end;
    elsif kind = 'phone' then
        return case when words !~ '^[-+0-9 ()/.]{3,50}$' or words !~ '[0-9].*[0-9].*[0-9]'
                    then 'a phone number' end;
    elsif kind = 'email' then
        return case when words !~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'
                    then 'an e-mail address' end;
    elsif kind = 'date' then
        -- Days are compared as text elsewhere, so they are written one way.
        return case when words !~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
                      or right(words, 2)::int > extract(day from make_date(
                             left(words, 4)::int, substr(words, 6, 2)::int, 1)
                             + interval '1 month - 1 day')
                    then 'a date (YYYY-MM-DD)' end;
    end if;
    return null;
end
$$;

-- The name that people go by, made of its parts; NULL without any.
create or replace function app.display_name(parts jsonb, style text) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    return nullif(left(concat_ws(' ', coalesce(case when style = 'preferred'
                                                    then parts ->> 'preferred_name' end,
                                               parts ->> 'first_name'),
                                 parts ->> 'last_name'), 255), '');

-- Two people of a school never have the same student number; in the order in which the next is found.
create unique index if not exists idx_users_student_number
    on users (tenant_id, (student_number collate "C"))
    where student_number is not null and deleted_at is null;

-- The next student number by the school's pattern (settings key student_numbers), such as
-- {year}-{number:4}; NULL without one. Two clerks at once wait for each other, so that neither is refused.
-- With VOLATILE's own snapshot: it sees the rows that the same statement has written before.
create or replace function app.next_student_number(tenant uuid) returns text
    language plpgsql volatile
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    pattern text := (select t.settings ->> 'student_numbers' from tenants t where t.id = tenant);
    parts   text[] := regexp_match(pattern, '^([^{}]*(?:\{year\}[^{}]*)?)\{number(?::(\d))?\}([^{}]*)$');
    before  text;
    after   text := parts[3];
    width   int := greatest(coalesce(parts[2]::int, 1), 1);
    digits  text;
    last    text;
begin
    if parts is null then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('student_number' || tenant::text, 0));
    before := replace(parts[1], '{year}', extract(year from app.school_date(tenant))::text);
    -- Numbers of as many digits are in the order of their texts, and an index knows the last. Where
    -- none is left, the numbers of one digit more go on.
    for size in width..12 loop
        select substr(u.student_number, length(before) + 1, size) into last
          from users u
         where u.tenant_id = tenant and u.deleted_at is null
           and u.student_number collate "C" >= before || repeat('0', size)
           and u.student_number collate "C" < before || repeat('9', size) || after || 'z'
           and length(u.student_number) = length(before) + size + length(after)
           and left(u.student_number, length(before)) = before
           and right(u.student_number, length(after)) = after
           and substr(u.student_number, length(before) + 1, size) ~ '^\d+$'
         order by u.student_number collate "C" desc limit 1;
        digits := coalesce(last, '0');
        if digits <> repeat('9', size) then
            if last is null and size > width then
                return before || rpad('1', size, '0') || after;
            end if;
            return before || lpad((digits::bigint + 1)::text, size, '0') || after;
        end if;
    end loop;
    return null;
end
$$;

-- Before a person is written: the record fits its fields, the name follows its parts, a new student
-- has a number, and the columns that follow from the record are made: what teachers may read of it, what
-- the family may, and the text that the office searches. Not SECURITY DEFINER: who may write a record
-- reads the fields of their school.
create or replace function app.keep_record() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    given jsonb := case when jsonb_typeof(new.metadata) = 'object' then new.metadata else '{}' end;
    apart jsonb := case when jsonb_typeof(given -> '_imported') = 'object'
                        then given -> '_imported' else '{}' end;
    kept  jsonb;
    more  jsonb;
    wrong record;
    style text;
begin
    if app.rebuilding() then
        return new;
    end if;
    -- Whoever gets another role has back what was kept apart and fits it.
    if tg_op = 'UPDATE' and new.role <> old.role then
        given := apart || given;
    end if;
    -- A number where a text belongs is that text; what is empty is not there.
    select coalesce(jsonb_object_agg(m.key, case when jsonb_typeof(m.value) = 'number'
                                                  and f.kind <> 'number'
                                                 then to_jsonb(m.value #>> '{}') else m.value end)
                    filter (where f.key is not null and m.value not in ('null', '""')), '{}'),
           coalesce(jsonb_object_agg(m.key, m.value)
                    filter (where f.key is null and m.key <> '_imported'), '{}')
      into kept, more
      from jsonb_each(given) m
      left join person_fields f
        on f.tenant_id = new.tenant_id and f.role = new.role and f.key = m.key
       and (given -> m.key is not distinct from new.metadata -> m.key
            or app.record_problem(f.kind, f.choices, m.value) is null);
    apart := apart || more;
    if tg_op = 'UPDATE' and new.role <> old.role then
        apart := apart - array(select jsonb_object_keys(kept));
    end if;
    if new.role = 'student' and not kept ? 'student_number' and (tg_op = 'INSERT' or new.role <> old.role)
       and exists (select from person_fields f
                    where f.tenant_id = new.tenant_id and f.role = 'student'
                      and f.key = 'student_number' and not f.is_archived) then
        kept := kept || jsonb_strip_nulls(
            jsonb_build_object('student_number', app.next_student_number(new.tenant_id)));
    end if;
    select f.key, f.label, app.record_problem(f.kind, f.choices, kept -> f.key) as problem into wrong
      from person_fields f
     where f.tenant_id = new.tenant_id and f.role = new.role
       and case when kept ? f.key then app.record_problem(f.kind, f.choices, kept -> f.key) is not null
                else f.is_required and not f.is_archived
                     and (tg_op = 'INSERT' or old.metadata ? f.key)
                     -- Of somebody who has left, the whole record may go (school.services.erasing).
                     and not (tg_op = 'UPDATE' and new.status = 'archived' and kept = '{}') end
     order by f.position, f.key limit 1;
    if wrong.problem is not null then
        raise exception 'The field "%" takes %.', wrong.label, wrong.problem
            using errcode = 'check_violation', table = tg_table_name, column = 'record_' || wrong.key,
                  detail = wrong.problem, constraint = 'record_value';
    elsif wrong.key is not null then
        raise exception 'The field "%" is required.', wrong.label
            using errcode = 'check_violation', table = tg_table_name, column = 'record_' || wrong.key,
                  detail = wrong.label, constraint = 'record_required';
    end if;
    if coalesce(btrim(new.name), '') = '' or (tg_op = 'UPDATE' and new.name = old.name
            and array[kept -> 'first_name', kept -> 'last_name', kept -> 'preferred_name']
                is distinct from array[old.metadata -> 'first_name', old.metadata -> 'last_name',
                                       old.metadata -> 'preferred_name']) then
        style := (select t.settings ->> 'display_name' from tenants t where t.id = new.tenant_id);
        new.name := coalesce(app.display_name(kept, style), new.name);
    end if;
    if kept <> '{}' or apart <> '{}' or jsonb_typeof(new.metadata) = 'object' then
        new.metadata := kept || case when apart = '{}' then '{}'
                                     else jsonb_build_object('_imported', apart) end;
    end if;
    select coalesce(jsonb_object_agg(f.key, kept -> f.key) filter (where f.readers <> 'office'), '{}'),
           coalesce(jsonb_object_agg(f.key, kept -> f.key) filter (where f.readers = 'family'), '{}'),
           app.folded(string_agg(kept ->> f.key, e'\n' order by f.position, f.key)
                      filter (where f.kind not in ('date', 'yes_no')))
      into new.teacher_record, new.family_record, new.record_text
      from person_fields f
     where f.tenant_id = new.tenant_id and f.role = new.role and kept ? f.key and not f.is_archived;
    return new;
end
$$;
create or replace trigger users_keep_record_insert_trg before insert on users
    for each row execute function app.keep_record();
create or replace trigger users_keep_record_trg before update on users
    for each row when (new.metadata is distinct from old.metadata or new.role <> old.role
                       or new.teacher_record is distinct from old.teacher_record
                       or new.family_record is distinct from old.family_record
                       or new.record_text is distinct from old.record_text or btrim(new.name) = '')
    execute function app.keep_record();

-- A field keeps its key and role. What people have under it stays readable: another kind, or a choice
-- less, is refused where it would not fit, and so is deleting it (archiving is the way).
create or replace function app.guard_person_field() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and (new.key, new.role) is distinct from (old.key, old.role) then
        raise exception 'A field keeps its key and its role.'
            using errcode = 'check_violation', table = tg_table_name,
                  column = case when new.key <> old.key then 'key' else 'role' end,
                  constraint = 'person_fields_keep_key';
    end if;
    if tg_op = 'DELETE' then
        if exists (select from users u where u.tenant_id = old.tenant_id and u.role = old.role
                                         and u.metadata ? old.key) then
            raise exception 'People have something in the field "%".', old.label
                using errcode = 'check_violation', table = tg_table_name,
                      constraint = 'person_fields_in_use';
        end if;
        return old;
    end if;
    if (new.kind, new.choices) is distinct from (old.kind, old.choices)
       and exists (select from users u
                    where u.tenant_id = new.tenant_id and u.role = new.role and u.metadata ? new.key
                      and app.record_problem(new.kind, new.choices, u.metadata -> new.key)
                          is not null) then
        raise exception 'What people have in the field "%" would not fit any more.', new.label
            using errcode = 'check_violation', table = tg_table_name,
                  column = case when new.kind <> old.kind then 'kind' else 'choices' end,
                  constraint = 'person_fields_would_not_fit';
    end if;
    return new;
end
$$;
create or replace trigger person_fields_guard_trg before update or delete on person_fields
    for each row execute function app.guard_person_field();

-- Who may read a field has changed: so do the columns made of the records that have it.
create or replace function app.spread_person_field() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    update users u set record_text = null, teacher_record = null
     where u.tenant_id = new.tenant_id and u.role = new.role and u.metadata ? new.key;
    return null;
end
$$;
create or replace trigger person_fields_spread_trg after update on person_fields
    for each row when ((new.readers, new.is_archived, new.kind)
                       is distinct from (old.readers, old.is_archived, old.kind))
    execute function app.spread_person_field();

select app.watch('person_fields', 'person_field');
-- What a school begins with is nobody's change.
create or replace trigger person_fields_audit_insert_trg after insert on person_fields
    referencing new table as new_rows
    for each statement when (pg_trigger_depth() = 0) execute function app.audit('person_field');

-- The fields that a school begins with. SECURITY DEFINER because an operator of the platform, who makes
-- the school, has no rights on its tables. A school that is rebuilt brings its own.
create or replace function app.begin_person_fields() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.rebuilding() or new.schema_name = 'public' then
        return null;
    end if;
    insert into person_fields (tenant_id, role, key, label, kind, choices, readers, position, on_card)
    select new.id, r.role, f.key, f.label, f.kind, f.choices, f.readers, f.position, false
      from (values
        ('all',     'first_name',     'First name',       'text',      '', 'family',   10),
        ('student', 'middle_name',    'Middle name',      'text',      '', 'family',   20),
        ('all',     'last_name',      'Last name',        'text',      '', 'family',   30),
        ('all',     'preferred_name', 'Preferred name',   'text',      '', 'family',   40),
        ('student', 'student_number', 'Student number',   'text',      '', 'family',    5),
        ('student', 'pronouns',       'Pronouns',         'text',      '', 'family',   50),
        ('student', 'birth_date',     'Birth date',       'date',      '', 'family',   60),
        ('student', 'gender',         'Gender',           'choice',
             e'Female\nMale\nOther\nNot stated',                         'family',   70),
        ('student', 'address',        'Address',          'long_text', '', 'office',   80),
        ('student', 'home_language',  'Language at home', 'text',      '', 'teachers', 90),
        ('student', 'nationality',    'Nationality',      'text',      '', 'office',  100),
        ('student', 'entry_date',     'Entry date',       'date',      '', 'family',  110),
        ('student', 'exit_date',      'Exit date',        'date',      '', 'office',  120),
        ('student', 'exit_reason',    'Reason for leaving', 'text',    '', 'office',  130),
        ('student', 'medical_notes',  'Medical notes',    'long_text', '', 'office',  140),
        ('staff',   'short_name',     'Short name',       'text',      '', 'teachers', 50),
        ('teacher', 'subjects',       'Subjects',         'text',      '', 'teachers', 60)
      ) f (whose, key, label, kind, choices, readers, position)
      join unnest(array['admin', 'registrar', 'bursar', 'teacher', 'student', 'guardian']) r(role)
        on f.whose in ('all', r.role) or f.whose = 'staff' and r.role not in ('student', 'guardian');
    return null;
end
$$;
create or replace trigger tenants_begin_person_fields_trg after insert on tenants
    for each row execute function app.begin_person_fields();

create index if not exists idx_users_record_trgm on users using gin (record_text gin_trgm_ops);
