-- Numbers of invoices and credit notes: by the school's pattern (settings keys invoice_numbers and
-- credit_note_numbers; YYYY is the year, #### the number with leading zeros), gapless in a school and year.
-- The row of the series is locked until the transaction ends: whoever gives a number out next waits, and
-- takes the same number when the first one fails.

create or replace function app.number_pattern(tenant uuid, series text) returns text
    language sql stable
    set search_path = pg_catalog, public, pg_temp
begin atomic
    select coalesce(nullif(t.settings ->> (series || '_numbers'), ''),
                    case series when 'invoice' then 'YYYY-#####' else 'CN-YYYY-####' end)
      from tenants t where t.id = tenant;
end;

create or replace function app.written_number(pattern text, year integer, n integer) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select replace(case when pattern ~ '#' then
                        regexp_replace(pattern, '#+', lpad(n::text, greatest(
                            length(substring(pattern from '#+')), length(n::text)), '0'))
                   else pattern || n end, 'YYYY', year::text);
end;

-- The next `count` numbers. What was written by hand, or came with a file, is passed over. Run by the
-- functions below alone.
create or replace function app.next_numbers(tenant uuid, series text, day date, count integer)
    returns text[]
    language plpgsql
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    pattern text := app.number_pattern(tenant, series);
    this_year integer := extract(year from day);
    of_year integer := case when pattern like '%YYYY%' then this_year else 0 end;
    first integer;
    last integer;
    numbers text[] := '{}';
begin
    insert into number_series as s (tenant_id, kind, year) values (tenant, series, of_year)
        on conflict (tenant_id, kind, year) do update set last_number = s.last_number
        returning s.last_number into last;
    while cardinality(numbers) < count loop
        first := last + 1;
        last := last + count - cardinality(numbers);
        select numbers || coalesce(array_agg(w.number order by w.n), '{}') into numbers
          from (select n, app.written_number(pattern, this_year, n) as number
                  from generate_series(first, last) n) w
         where not exists (select from invoices i where series = 'invoice' and i.tenant_id = tenant
                                                    and i.invoice_number = w.number)
           and not exists (select from credit_notes c where series = 'credit_note' and c.tenant_id = tenant
                                                        and c.credit_note_number = w.number);
    end loop;
    update number_series s set last_number = last
     where s.tenant_id = tenant and s.kind = series and s.year = of_year;
    return numbers;
end
$$;
revoke execute on function app.next_numbers from public;

-- SECURITY DEFINER because nobody writes the series by hand.
create or replace function app.give_invoice_number() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'money_office');
    new.invoice_number := (app.next_numbers(new.tenant_id, 'invoice', new.issue_date, 1))[1];
    return new;
end
$$;
create or replace trigger invoices_number_trg before insert or update on invoices
    for each row when (new.issued_at is not null and new.invoice_number is null)
    execute function app.give_invoice_number();

create or replace function app.give_credit_note_number() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'money_office');
    new.credit_note_number := (app.next_numbers(new.tenant_id, 'credit_note',
        coalesce(new.credit_date, app.today(new.tenant_id)), 1))[1];
    return new;
end
$$;
create or replace trigger credit_notes_number_trg before insert on credit_notes
    for each row when (coalesce(new.credit_note_number, '') = '')
    execute function app.give_credit_note_number();

-- Issue drafts, in the order given, with one look at the series for each year. Refuses what is no draft of
-- the school. A procedure, so that it cannot stand in a query; SECURITY DEFINER for the series.
-- Relied on by finance.services.invoices.
create or replace procedure app.issue_invoices(drafts uuid[])
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    school uuid := app.tenant_id();
    a_year record;
    numbers text[];
begin
    perform app.refuse_stranger('invoices', school, 'money_office');
    perform from invoices i where i.tenant_id = school and i.id = any (drafts)
      order by i.id for no key update;
    if (select count(*) from invoices i where i.tenant_id = school and i.id = any (drafts)
                                          and i.issued_at is null)
       <> (select count(distinct d) from unnest(drafts) d) then
        raise exception 'Not all of these are drafts.'
            using errcode = 'check_violation', table = 'invoices', constraint = 'invoice_is_issued';
    end if;
    for a_year in
        select extract(year from i.issue_date) as year, min(i.issue_date) as day,
               array_agg(i.id order by d.place) as ids
          from (select u.id, min(u.place) as place
                  from unnest(drafts) with ordinality u(id, place) group by 1) d
          join invoices i on i.tenant_id = school and i.id = d.id
         group by 1 order by 1
    loop
        numbers := app.next_numbers(school, 'invoice', a_year.day, cardinality(a_year.ids));
        update invoices i
           set invoice_number = n.number, issued_at = now(),
               status = app.invoice_status(i.amount, i.due_date, i.tenant_id)
          from unnest(a_year.ids, numbers) n(id, number)
         where i.tenant_id = school and i.id = n.id;
    end loop;
end
$$;
revoke execute on procedure app.issue_invoices from public;
grant execute on procedure app.issue_invoices to school_app, school_admin, school_bursar;
