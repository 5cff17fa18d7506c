-- classes.enrolled_count is the number of active enrollments, and never above capacity.
-- By statement, so that a bulk change counts once; the classes are locked in the order of their
-- ids, so that two bulk changes cannot deadlock. FOR NO KEY UPDATE, because every insert already
-- holds a KEY SHARE lock from its foreign key and two upgrades would wait for each other.
-- SECURITY DEFINER because the count must see all enrollments, whoever changes one.

create or replace function app.count_enrolled(pairs_tenant uuid[], pairs_class uuid[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    full_class record;
begin
    perform from classes c
       join (select distinct * from unnest(pairs_tenant, pairs_class) p(tenant_id, class_id)) p
         on c.tenant_id = p.tenant_id and c.id = p.class_id
      order by c.id for no key update of c;

    -- A separate statement, which sees what others committed while this one waited for the lock.
    select c.name, c.capacity, n.enrolled into full_class
      from classes c
      join (select distinct * from unnest(pairs_tenant, pairs_class) p(tenant_id, class_id)) p
        on c.tenant_id = p.tenant_id and c.id = p.class_id
     cross join lateral (select count(*) as enrolled from enrollments e
                          where e.tenant_id = c.tenant_id and e.class_id = c.id
                            and e.status = 'active') n
     where n.enrolled > c.capacity and n.enrolled > c.enrolled_count
     order by c.id limit 1;
    if found then
        raise exception 'class is full: % has % seats', full_class.name, full_class.capacity
            using errcode = 'check_violation', table = 'enrollments', column = 'class_id',
                  constraint = 'class_is_full';
    end if;

    update classes c set enrolled_count = n.enrolled
      from (select distinct * from unnest(pairs_tenant, pairs_class) p(tenant_id, class_id)) p
     cross join lateral (select count(*) as enrolled from enrollments e
                          where e.tenant_id = p.tenant_id and e.class_id = p.class_id
                            and e.status = 'active') n
     where c.tenant_id = p.tenant_id and c.id = p.class_id
       and c.enrolled_count <> n.enrolled;
end
$$;
revoke execute on function app.count_enrolled from public;

create or replace function update_class_enrolled_count() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    tenants uuid[];
    class_ids uuid[];
begin
    if tg_op = 'INSERT' then
        select array_agg(tenant_id), array_agg(class_id) into tenants, class_ids
          from new_rows where status = 'active';
    elsif tg_op = 'DELETE' then
        select array_agg(tenant_id), array_agg(class_id) into tenants, class_ids
          from old_rows where status = 'active';
    else
        select array_agg(tenant_id), array_agg(class_id) into tenants, class_ids
          from (select tenant_id, class_id, id, status from old_rows
                except select tenant_id, class_id, id, status from new_rows
                union all
                (select tenant_id, class_id, id, status from new_rows
                 except select tenant_id, class_id, id, status from old_rows)) changed;
    end if;
    if tenants is not null then
        perform app.count_enrolled(tenants, class_ids);
    end if;
    return null;
end
$$;

create or replace trigger trg_update_enrolled_count after insert on enrollments
    referencing new table as new_rows
    for each statement execute function update_class_enrolled_count();
create or replace trigger trg_update_enrolled_count_update after update on enrollments
    referencing old table as old_rows new table as new_rows
    for each statement execute function update_class_enrolled_count();
create or replace trigger trg_update_enrolled_count_delete after delete on enrollments
    referencing old table as old_rows
    for each statement execute function update_class_enrolled_count();
