-- Year groups and homerooms. A student belongs to a year group, and within it to a homeroom if the
-- school has some; a homeroom has teachers, who see its students like those whom they teach.

alter table homerooms drop constraint if exists homerooms_year_group_fk;
alter table homerooms add constraint homerooms_year_group_fk
    foreign key (tenant_id, year_group_id) references year_groups (tenant_id, id);
alter table homeroom_teachers drop constraint if exists homeroom_teachers_homeroom_fk;
alter table homeroom_teachers add constraint homeroom_teachers_homeroom_fk
    foreign key (tenant_id, homeroom_id) references homerooms (tenant_id, id) on delete cascade;
alter table homeroom_teachers drop constraint if exists homeroom_teachers_teacher_fk;
alter table homeroom_teachers add constraint homeroom_teachers_teacher_fk
    foreign key (tenant_id, teacher_id) references users (tenant_id, id);
alter table users drop constraint if exists users_year_group_fk;
alter table users add constraint users_year_group_fk
    foreign key (tenant_id, year_group_id) references year_groups (tenant_id, id);
alter table users drop constraint if exists users_homeroom_fk;
alter table users add constraint users_homeroom_fk
    foreign key (tenant_id, homeroom_id) references homerooms (tenant_id, id);
-- Whose homeroom is of another year group from now on are so themselves.
alter table users drop constraint if exists users_homeroom_year_group_fk;
alter table users add constraint users_homeroom_year_group_fk
    foreign key (tenant_id, homeroom_id, year_group_id)
    references homerooms (tenant_id, id, year_group_id) on update cascade;

select app.watch('year_groups', 'year_group');
select app.watch('homerooms', 'homeroom');
select app.watch('homeroom_teachers', 'homeroom_teacher');

-- Whoever gets a homeroom gets its year group; whoever gets another year group leaves the homeroom;
-- who is no student any more has neither.
create or replace function app.keep_homeroom() returns trigger
    language plpgsql
as $$
declare
    own uuid;
begin
    if tg_op = 'UPDATE' and old.role = 'student' and new.role <> 'student' then
        new.homeroom_id := null;
        new.year_group_id := null;
        return new;
    end if;
    select h.year_group_id into own from homerooms h
     where h.tenant_id = new.tenant_id and h.id = new.homeroom_id;
    if found and (tg_op = 'INSERT' or new.homeroom_id is distinct from old.homeroom_id) then
        new.year_group_id := own;
    elsif found and new.year_group_id is distinct from own then
        new.homeroom_id := null;
    end if;
    return new;
end
$$;
create or replace trigger users_keep_homeroom_insert_trg before insert on users
    for each row when (new.homeroom_id is not null) execute function app.keep_homeroom();
create or replace trigger users_keep_homeroom_trg before update of role, year_group_id, homeroom_id on users
    for each row when (new.role <> old.role or new.year_group_id is distinct from old.year_group_id
                       or new.homeroom_id is distinct from old.homeroom_id)
    execute function app.keep_homeroom();
