-- Years of a school never share a day, nor do its terms, and a term lies within its year. So a date
-- has at most one year and one term.

alter table academic_years drop constraint if exists academic_years_overlap;
alter table academic_years add constraint academic_years_overlap
    exclude using gist (tenant_id with =, daterange(start_date, end_date, '[]') with &&);
-- Keeps every date away from the ends of the calendar, so that date arithmetic cannot overflow.
alter table academic_years drop constraint if exists check_academic_year_century;
alter table academic_years add constraint check_academic_year_century
    check (start_date >= '1900-01-01' and end_date < '9000-01-01');
alter table terms drop constraint if exists terms_overlap;
alter table terms add constraint terms_overlap
    exclude using gist (tenant_id with =, daterange(start_date, end_date, '[]') with &&);

-- The year is locked, so that it cannot shrink while a term is added. SECURITY DEFINER because a
-- lock needs more rights than reading.
create or replace function app.check_term_in_year() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    year record;
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    -- Locked first and compared afterwards: FOR SHARE locks only the rows that a query returns.
    select y.start_date, y.end_date into year
      from academic_years y
     where y.tenant_id = new.tenant_id and y.id = new.academic_year_id
       for share;
    if new.start_date < year.start_date or new.end_date > year.end_date then
        raise exception 'a term outside its year'
            using errcode = 'check_violation', table = 'terms', column = 'start_date',
                  constraint = 'term_outside_year';
    end if;
    return new;
end
$$;
create or replace trigger terms_in_year_trg before insert or update on terms
    for each row execute function app.check_term_in_year();

create or replace function app.check_year_holds_terms() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    perform app.refuse_stranger(tg_table_name, new.tenant_id, 'people_office');
    perform from terms t
      where t.tenant_id = new.tenant_id and t.academic_year_id = new.id
        and (t.start_date < new.start_date or t.end_date > new.end_date);
    if found then
        raise exception 'a year without room for its terms'
            using errcode = 'check_violation', table = 'academic_years', column = 'start_date',
                  constraint = 'year_without_its_terms';
    end if;
    return new;
end
$$;
create or replace trigger academic_years_hold_terms_trg
    before update of start_date, end_date on academic_years
    for each row execute function app.check_year_holds_terms();
