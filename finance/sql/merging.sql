-- Money does not move from one student to another: invoices are frozen, payments append-only (decision 9).
-- So who has any cannot be merged into somebody else (academics/sql/merging.sql).

create or replace function app.keep_money_of_merged() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    if app.rebuilding() then
        return new;
    end if;
    if exists (select from invoices i where i.tenant_id = new.tenant_id and i.student_id = new.merged_id)
       or exists (select from payments p
                   where p.tenant_id = new.tenant_id and p.student_id = new.merged_id)
       or exists (select from student_discounts d
                   where d.tenant_id = new.tenant_id and d.student_id = new.merged_id)
       or exists (select from plan_charges c
                   where c.tenant_id = new.tenant_id and c.student_id = new.merged_id) then
        raise exception 'money does not move' using errcode = 'check_violation',
            table = tg_table_name, column = 'merged_id', constraint = 'merge_moves_money';
    end if;
    return new;
end
$$;
create or replace trigger student_merges_keep_money_trg before insert on student_merges
    for each row execute function app.keep_money_of_merged();
