-- Which invoices a line of the bank may be for. Points, together 100 at most: the invoice's number in the text
-- (60; 40 when written without its zeros), an amount that is what is still to pay (25), a name of the student, a
-- guardian or the sponsor (15; 8 for the family name alone). Words and numbers are joined by equality, so that
-- thousands of invoices are no more than a hash table. Under the policies of whoever reads.
-- Relied on by finance.selectors.bank.

-- The words of a folded text, in their order, without single letters; Mueller is Müller.
create or replace function app.bank_words(folded text) returns text[]
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    -- An expression, which the planner puts in place: a query of its own is planned for each name.
    return string_to_array(btrim(regexp_replace(regexp_replace(regexp_replace(
        replace(replace(replace(replace(folded, '''', ''), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'),
        '[^[:alnum:]]+', ' ', 'g'), '\m[[:alnum:]]\M', '', 'g'), ' +', ' ', 'g')), ' ');

-- A regular expression for an invoice's number (folded) however it is punctuated: 2026-00042, 2026/00042,
-- 2026 00042; with `loose` without the zeros, too: 2026-42.
create or replace function app.bank_number_pattern(number text, loose boolean) returns text
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select '(^|[^0-9])' || string_agg(
               case when loose and p.place > 1 and p.place = p.last
                    then regexp_replace(p.part, '^0+([0-9])', '0*\1') else p.part end,
               '[[:space:]#./_-]*' order by p.place) || '([^0-9]|$)'
      from (select w.place, max(w.place) over () as last,
                   regexp_replace(w.part, '([^[:alnum:]])', '\\\1', 'g') as part
              from regexp_split_to_table(
                       regexp_replace(regexp_replace(number, '([a-z])([0-9])', '\1-\2', 'g'),
                                      '([0-9])([a-z])', '\1-\2', 'g'),
                       '[[:space:]#./_-]+') with ordinality w(part, place)
             where w.part <> '') p);
end
$$;

create or replace function app.bank_proposals(lines uuid[], most integer)
    returns table (transaction_id uuid, invoice_id uuid, score integer, by_number integer, by_amount integer,
                   by_name integer)
    language sql stable rows 100
    set search_path = pg_catalog, public, pg_temp
    -- The planner knows nothing of how many rows the parts have; a loop in a loop would be minutes.
    set enable_nestloop = off
begin atomic
    with line as materialized (
        select t.id, t.amount, t.currency, f.text, app.invoice_number_key(f.text) as squeezed,
               app.bank_words(f.text) as words
          from bank_transactions t
          cross join lateral (select app.folded(t.party || ' ' || t.message) as text) f
         where t.tenant_id = app.tenant_id() and t.id = any (bank_proposals.lines) and t.amount > 0
    ), bill as materialized (
        select i.id, i.currency, i.balance, i.due_date, i.student_id, i.payer_guardian_id, i.payer_sponsor_id,
               app.folded(i.invoice_number) as number, app.invoice_number_key(i.invoice_number) as key
          from invoices i
         where i.tenant_id = app.tenant_id() and i.status in ('pending', 'overdue')
           and i.issued_at is not null and i.balance > 0
           and i.currency in (select l.currency from line l)
    ), part as (
        select l.id, ltrim(m.digits[1], '0') as digits
          from line l cross join lateral regexp_matches(l.text, '[0-9]+', 'g') m(digits)
         union
        select l.id, ltrim(m.digits[1], '0')
          from line l cross join lateral regexp_matches(l.squeezed, '[0-9]+', 'g') m(digits)
    ), tail as (
        select b.id, ltrim(substring(b.number from '([0-9]+)[^0-9]*$'), '0') as digits from bill b
         union
        select b.id, ltrim(substring(b.key from '([0-9]+)[^0-9]*$'), '0') from bill b
    ), numbered as (
        select p.id as line_id, b.id as bill_id,
               max(case when length(b.key) < 3 or t.digits = '' then 0
                        when l.text ~ app.bank_number_pattern(b.number, false) then 60
                        when length(t.digits) > 5 and strpos(l.squeezed, b.key) > 0 then 60
                        when l.text ~ app.bank_number_pattern(b.number, true) then 40
                        else 0 end) as points
          from part p
          join tail t on t.digits = p.digits
          join bill b on b.id = t.id
          join line l on l.id = p.id and l.currency = b.currency
         group by 1, 2
    ), payer as (
        select b.id as bill_id, b.student_id as key from bill b
         union all
        select b.id, b.payer_guardian_id from bill b where b.payer_guardian_id is not null
         union all
        select b.id, b.payer_sponsor_id from bill b where b.payer_sponsor_id is not null
    ), person as (
        select u.id as key, u.sort_name as name from users u
         where u.tenant_id = app.tenant_id() and u.id in (select b.student_id from bill b)
         union
        select s.student_id, g.sort_name
          from student_guardians s
          join guardians g on g.tenant_id = app.tenant_id() and g.id = s.guardian_id
         where s.tenant_id = app.tenant_id() and s.student_id in (select b.student_id from bill b)
         union
        select g.id, g.sort_name from guardians g
         where g.tenant_id = app.tenant_id() and g.id in (select b.payer_guardian_id from bill b)
         union
        select s.id, s.sort_name from sponsors s
         where s.tenant_id = app.tenant_id() and s.id in (select b.payer_sponsor_id from bill b)
    ), name as materialized (
        select p.key, app.bank_words(p.name) as words from person p
    ), recognised as (
        select l.id as line_id, n.key, max(case when l.words @> n.words then 15 else 8 end) as points
          from line l
          cross join lateral unnest(l.words) w(word)
          join name n on n.words[cardinality(n.words)] = w.word
         group by 1, 2
    ), named as (
        select r.line_id, p.bill_id, max(r.points) as points
          from recognised r
          join payer p on p.key = r.key
          join bill b on b.id = p.bill_id
          join line l on l.id = r.line_id and l.currency = b.currency
         group by 1, 2
    ), candidate as (
        select n.line_id, n.bill_id from numbered n where n.points > 0
         union
        select n.line_id, n.bill_id from named n
         union
        select l.id, b.id from line l join bill b on b.currency = l.currency and b.balance = l.amount
    ), judged as (
        select c.line_id, c.bill_id, coalesce(n.points, 0) as by_number,
               case when b.balance = l.amount then 25 else 0 end as by_amount,
               coalesce(w.points, 0) as by_name, b.due_date
          from candidate c
          join line l on l.id = c.line_id
          join bill b on b.id = c.bill_id
          left join numbered n on n.line_id = c.line_id and n.bill_id = c.bill_id
          left join named w on w.line_id = c.line_id and w.bill_id = c.bill_id
    )
    select j.line_id, j.bill_id, j.by_number + j.by_amount + j.by_name, j.by_number, j.by_amount, j.by_name
      from (select q.*, row_number() over (
                       partition by q.line_id
                       order by q.by_number + q.by_amount + q.by_name desc, q.due_date, q.bill_id) as place
              from judged q) j
     where j.place <= bank_proposals.most
     order by j.line_id, j.place;
end;
