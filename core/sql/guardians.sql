-- Guardians: who they are, and whose pages they may read.
-- "Guarded" students are decided here and nowhere else: the alive students linked to the guardian
-- whose account is asking, where the link gives access. The views have the rights of their owner,
-- because the policies of users would otherwise ask guardians, whose policies ask users; each names
-- the tenant and the person itself.

create or replace function app.guardian_id() returns uuid
    language sql stable parallel safe
    return case when current_setting('app.user_role', true) = 'guardian'
                then nullif(current_setting('app.user_id', true), '')::uuid end;

create or replace view app.own_guardian as
    select g.tenant_id, g.id from guardians g
     where g.tenant_id = app.tenant_id() and g.user_id = app.guardian_id();

-- A function that the planner does not look into, behind the view: every table's policies ask this,
-- and to plan its joins with each query took ten times as long as the query (docs/benchmarks.md). It
-- keeps its plan, and runs once a query, for guardians only. SECURITY DEFINER for the reason above.
create or replace function app.guarded_student_ids() returns setof uuid
    language plpgsql stable security definer rows 3
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.guardian_id() is not null then
        return query
        select l.student_id
          from guardians g
          join student_guardians l on l.tenant_id = g.tenant_id and l.guardian_id = g.id
          join users u on u.tenant_id = l.tenant_id and u.id = l.student_id
         where g.tenant_id = app.tenant_id() and g.user_id = app.guardian_id()
           and l.portal_access and u.role = 'student' and u.deleted_at is null;
    end if;
end
$$;
revoke execute on function app.guarded_student_ids from public;
grant execute on function app.guarded_student_ids
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

create or replace view app.guarded_students as
    select app.tenant_id() as tenant_id, g.id from app.guarded_student_ids() g(id);

revoke all on app.own_guardian, app.guarded_students
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on app.own_guardian, app.guarded_students
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

alter table guardians drop constraint if exists guardians_user_fk;
alter table guardians add constraint guardians_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);
alter table student_guardians drop constraint if exists student_guardians_student_fk;
alter table student_guardians add constraint student_guardians_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table student_guardians drop constraint if exists student_guardians_guardian_fk;
alter table student_guardians add constraint student_guardians_guardian_fk
    foreign key (tenant_id, guardian_id) references guardians (tenant_id, id) on delete cascade;

select app.watch('guardians', 'guardian', 'sort_name');
select app.watch('student_guardians', 'student_guardian');

-- A link is between a student and a guardian for good; another pair is another link. Only what runs as
-- the owner moves it, when two records of one student become one.
create or replace function app.keep_guardian_pair() returns trigger
    language plpgsql
as $$
begin
    if new.guardian_id = old.guardian_id
       and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    raise exception 'This link stays with its student and guardian.'
        using errcode = 'check_violation', table = tg_table_name, column = 'student_id',
              constraint = 'student_guardians_keep_pair';
end
$$;
create or replace trigger student_guardians_keep_pair_trg before update on student_guardians
    for each row when (old.student_id <> new.student_id or old.guardian_id <> new.guardian_id)
    execute function app.keep_guardian_pair();
