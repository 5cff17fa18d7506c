-- The date at the school (settings key timezone; UTC without one). SECURITY DEFINER for the one setting.
-- Relied on by academics and finance.

create or replace function app.school_date(tenant uuid) returns date
    language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    zone text := (select t.settings ->> 'timezone' from tenants t where t.id = tenant);
begin
    return (now() at time zone coalesce(zone, 'UTC'))::date;
exception when invalid_parameter_value then
    return (now() at time zone 'UTC')::date;
end
$$;

-- Guardians: who they are, whose pages they may read, and the row-level security of their tables.
-- "Guarded" students are decided here and nowhere else: the alive students linked to the guardian
-- whose account is asking, where the link gives access. The views have the rights of their owner,
-- because the policies of users would otherwise ask guardians, whose policies ask users; each names
-- the tenant and the person itself (see academics/sql/own_classes.sql).

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
grant execute on function app.guarded_student_ids to school_app;

create or replace view app.guarded_students as
    select app.tenant_id() as tenant_id, g.id from app.guarded_student_ids() g(id);

revoke all on app.own_guardian, app.guarded_students from school_app;
grant select on app.own_guardian, app.guarded_students to school_app;

alter table guardians drop constraint if exists guardians_user_fk;
alter table guardians add constraint guardians_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);
alter table student_guardians drop constraint if exists student_guardians_student_fk;
alter table student_guardians add constraint student_guardians_student_fk
    foreign key (tenant_id, student_id) references users (tenant_id, id);
alter table student_guardians drop constraint if exists student_guardians_guardian_fk;
alter table student_guardians add constraint student_guardians_guardian_fk
    foreign key (tenant_id, guardian_id) references guardians (tenant_id, id) on delete cascade;

select app.watch('guardians', 'guardian');
select app.watch('student_guardians', 'student_guardian');

-- A link is between a student and a guardian for good; another pair is another link.
create or replace function app.keep_guardian_pair() returns trigger
    language plpgsql
as $$
begin
    raise exception 'This link stays with its student and guardian.'
        using errcode = 'check_violation', table = tg_table_name, column = 'student_id',
              constraint = 'student_guardians_keep_pair';
end
$$;
create or replace trigger student_guardians_keep_pair_trg before update on student_guardians
    for each row when (old.student_id <> new.student_id or old.guardian_id <> new.guardian_id)
    execute function app.keep_guardian_pair();

alter table guardians enable row level security;
drop policy if exists guardians_admin_all on guardians;
create policy guardians_admin_all on guardians for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists guardians_guardian_select on guardians;
create policy guardians_guardian_select on guardians for select
    using (tenant_id = app.tenant_id() and user_id = app.guardian_id());

alter table student_guardians enable row level security;
drop policy if exists student_guardians_admin_all on student_guardians;
create policy student_guardians_admin_all on student_guardians for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists student_guardians_guardian_select on student_guardians;
create policy student_guardians_guardian_select on student_guardians for select
    using (tenant_id = app.tenant_id() and guardian_id in (select o.id from app.own_guardian o));

-- A guardian reads their children's rows of users; their own like everybody (core_policies.sql).
drop policy if exists users_guardian_select on users;
create policy users_guardian_select on users for select
    using (tenant_id = app.tenant_id() and id in (select o.id from app.guarded_students o));

revoke all on guardians, student_guardians from school_app;
grant select, insert, update, delete on guardians, student_guardians to school_app;

-- Subscribed timetables: one's own to make and to revoke. A calendar program has no session; it
-- shows the signed id of the feed, and only a feed that still stands names its person.

alter table calendar_feeds drop constraint if exists calendar_feeds_user_fk;
alter table calendar_feeds add constraint calendar_feeds_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;

select app.watch('calendar_feeds', 'calendar_feed');

alter table calendar_feeds enable row level security;
drop policy if exists calendar_feeds_own_all on calendar_feeds;
create policy calendar_feeds_own_all on calendar_feeds for all
    using (tenant_id = app.tenant_id() and user_id = app.user_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'))
    with check (tenant_id = app.tenant_id() and user_id = app.user_id()
                and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));

-- SECURITY DEFINER because there is no context yet: the active person of this feed at this school.
-- Relied on by the calendar's view, which has verified the signature before.
create or replace function app.user_for_calendar(tenant uuid, feed uuid) returns setof users
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select u.* from calendar_feeds f join users u on u.tenant_id = f.tenant_id and u.id = f.user_id
     where f.tenant_id = user_for_calendar.tenant and f.id = user_for_calendar.feed
       and u.status = 'active' and u.deleted_at is null;
$$;
revoke execute on function app.user_for_calendar from public;
grant execute on function app.user_for_calendar to school_app;

revoke all on calendar_feeds from school_app;
grant select, insert, delete on calendar_feeds to school_app;

-- Row-level security of core's tables. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on
-- its shards), and every policy starts with the tenant test. Teachers' policy on users needs
-- enrollments and stands in academics/sql/academics_policies.sql.

alter table tenants enable row level security;
drop policy if exists tenants_member_select on tenants;
create policy tenants_member_select on tenants for select
    using (id = app.tenant_id()
           and app.user_role() in ('admin', 'teacher', 'student', 'guardian'));
drop policy if exists tenants_admin_update on tenants;
create policy tenants_admin_update on tenants for update
    using (id = app.tenant_id() and app.user_role() = 'admin')
    with check (id = app.tenant_id() and app.user_role() = 'admin');
-- The operators: admins of the platform's own tenant (app.is_operator tests tenant and role).
drop policy if exists tenants_operator_select on tenants;
create policy tenants_operator_select on tenants for select using (app.is_operator());
drop policy if exists tenants_operator_insert on tenants;
create policy tenants_operator_insert on tenants for insert with check (app.is_operator());
drop policy if exists tenants_operator_update on tenants;
create policy tenants_operator_update on tenants for update
    using (app.is_operator()) with check (app.is_operator());

alter table tenant_domains enable row level security;
drop policy if exists tenant_domains_admin_select on tenant_domains;
create policy tenant_domains_admin_select on tenant_domains for select
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists tenant_domains_operator_all on tenant_domains;
create policy tenant_domains_operator_all on tenant_domains for all
    using (app.is_operator()) with check (app.is_operator());

alter table users enable row level security;
drop policy if exists users_admin_all on users;
create policy users_admin_all on users for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists users_self_select on users;
create policy users_self_select on users for select
    using (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student', 'guardian')
           and (id = app.user_id() or auth_id = auth.uid()));
drop policy if exists users_self_update on users;
create policy users_self_update on users for update
    using (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student', 'guardian')
           and (id = app.user_id() or auth_id = auth.uid()))
    with check (tenant_id = app.tenant_id() and app.user_role() in ('teacher', 'student', 'guardian')
                and (id = app.user_id() or auth_id = auth.uid()));

alter table audit_logs enable row level security;
drop policy if exists audit_logs_admin_select on audit_logs;
create policy audit_logs_admin_select on audit_logs for select
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin');

alter table conversations enable row level security;
drop policy if exists conversations_own_all on conversations;
create policy conversations_own_all on conversations for all
    using (tenant_id = app.tenant_id() and user_id = app.user_id()
           and app.user_role() in ('admin', 'teacher', 'student'))
    with check (tenant_id = app.tenant_id() and user_id = app.user_id()
                and app.user_role() in ('admin', 'teacher', 'student'));

-- Sessions are written before sign-in too (user_id is NULL then); they are read by
-- app.session_load(), which wants the key.
alter table sessions enable row level security;
drop policy if exists sessions_own_all on sessions;
create policy sessions_own_all on sessions for all
    using (tenant_id = app.tenant_id()
           and (user_id is null or user_id = app.user_id()
                                   and app.user_role() in ('admin', 'teacher', 'student', 'guardian')))
    with check (tenant_id = app.tenant_id()
                and (user_id is null or user_id = app.user_id()
                                        and app.user_role() in ('admin', 'teacher', 'student', 'guardian')));

-- Revoked first: the database's default privileges give more on every new table.
revoke all on tenants, audit_logs from school_app;
grant select, insert, update on tenants to school_app;
grant select, insert, update, delete on tenant_domains, users, conversations, sessions to school_app;
grant select on audit_logs to school_app;
-- Django's own tables, the same for every school, are only read.
revoke all on django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions from school_app;
grant select on django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions to school_app;
