-- Passwords, apart from the people whose they are: no query of whoever is signed in reads the hash of
-- anybody, not even of an admin or of oneself. `users` only has a number that changes with each new
-- password (password_version), for what ends with the old one: sessions and links by mail.
--
-- SECURITY DEFINER because no role has the table; each names the school. Relied on by core.passwords.

alter table credentials drop constraint if exists credentials_user_fk;
alter table credentials add constraint credentials_user_fk
    foreign key (tenant_id, id) references users (tenant_id, id) on delete cascade;

-- To compare with what was typed. Only while nobody is signed in: at the sign-in page, and where the
-- application steps back to nobody to ask somebody for their password again, which no query can.
create or replace function app.password_hash(tenant uuid, person uuid) returns text
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select c.password from credentials c
     where c.tenant_id = password_hash.tenant and c.id = password_hash.person and app.is_nobody();
$$;

-- One's own, or by the office; a hash of NULL takes it away. A registrar gives one to those whose accounts
-- are theirs to keep (app.may_keep), or could sign in as an admin. A procedure, because no expression
-- inside a query can call one.
create or replace procedure app.set_password(person uuid, hash text, inout version uuid)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if (app.user_role() is not null and person = app.user_id()
        or exists (select from users u where u.tenant_id = app.tenant_id() and u.id = person
                                         and app.may_keep(u.role))) is not true then
        raise exception 'A password is set by the person or by the office.'
            using errcode = 'insufficient_privilege', table = 'credentials',
                  constraint = 'credentials_own';
    end if;
    update users u set password_version = case when hash is not null then gen_random_uuid() end
     where u.tenant_id = app.tenant_id() and u.id = person
    returning u.password_version into version;
    if not found then
        raise exception 'There is no such person.'
            using errcode = 'insufficient_privilege', table = 'credentials',
                  constraint = 'credentials_own';
    end if;
    delete from credentials c where c.tenant_id = app.tenant_id() and c.id = person;
    if hash is not null then
        insert into credentials (id, tenant_id, password) values (person, app.tenant_id(), hash);
    end if;
end
$$;

revoke execute on routine app.password_hash, app.set_password from public;
grant execute on routine app.password_hash, app.set_password to school_app;
grant execute on routine app.set_password
    to school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;

-- The number changes with the password and never without. Not SECURITY DEFINER: who writes it must be
-- the procedure, as the tables' owner.
create or replace function app.keep_password_version() returns trigger
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if current_user <> (select pg_get_userbyid(c.relowner) from pg_class c where c.oid = tg_relid) then
        raise exception 'A password is set by app.set_password().'
            using errcode = 'insufficient_privilege', table = tg_table_name,
                  constraint = 'users_keep_password_version';
    end if;
    return new;
end
$$;
create or replace trigger users_keep_password_version_insert_trg before insert on users
    for each row when (new.password_version is not null)
    execute function app.keep_password_version();
create or replace trigger users_keep_password_version_trg before update on users
    for each row when (new.password_version is distinct from old.password_version)
    execute function app.keep_password_version();
