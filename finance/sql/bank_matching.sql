-- Which invoices a line of the bank may be for. Points, together 100 at most: the invoice's number in the text
-- (60; 40 when written without its zeros), an amount that is what is still to pay (25), a name of the student, a
-- guardian or the sponsor (15; 8 for the family name alone). Words and numbers are joined by equality, so that
-- thousands of invoices are no more than a hash table. Under the policies of whoever reads.
-- Relied on by finance.selectors.bank.

-- The words of a folded text, in their order; Mueller is Müller.
create or replace function app.bank_words(folded text) returns text[]
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select array(
        select w.word
          from regexp_split_to_table(
                   replace(replace(replace(replace(folded, '''', ''), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'),
                   '[^[:alnum:]]+') with ordinality w(word, place)
         where length(w.word) > 1 order by w.place);
end;

-- A regular expression for an invoice's number (folded) however it is punctuated: 2026-00042, 2026/00042,
-- 2026 00042; with `loose` without the zeros, too: 2026-42.
create or replace function app.bank_number_pattern(number text, loose boolean) returns text
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
begin atomic
    select '(^|[^0-9])' || string_agg(
               case when loose and p.place > 1 and p.place = p.last
                    then regexp_replace(p.part, '^0+([0-9])', '0*\1') else p.part end,
               '[[:space:]#./_-]*' order by p.place) || '([^0-9]|$)'
      from (select w.place, max(w.place) over () as last,
                   regexp_replace(w.part, '([^[:alnum:]])', '\\\1', 'g') as part
              from regexp_split_to_table(
                       regexp_replace(regexp_replace(number, '([a-z])([0-9])', '\1-\2', 'g'),
                                      '([0-9])([a-z])', '\1-\2', 'g'),
                       '[[:space:]#./_-]+') with ordinality w(part, place)
             where w.part <> '') p;
end;

create or replace function app.bank_proposals(lines uuid[], most integer)
    returns table (transaction_id uuid, invoice_id uuid, score integer, by_number integer, by_amount integer,
                   by_name integer)
    language sql stable rows 100
    set search_path = pg_catalog, public, pg_temp
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
    ), person as (
        select b.id, app.bank_words(u.sort_name) as words
          from bill b join users u on u.tenant_id = app.tenant_id() and u.id = b.student_id
         union
        select b.id, app.bank_words(g.sort_name)
          from bill b
          join student_guardians s on s.tenant_id = app.tenant_id() and s.student_id = b.student_id
          join guardians g on g.tenant_id = app.tenant_id() and g.id = s.guardian_id
         union
        select b.id, app.bank_words(g.sort_name)
          from bill b join guardians g on g.tenant_id = app.tenant_id() and g.id = b.payer_guardian_id
         union
        select b.id, app.bank_words(s.sort_name)
          from bill b join sponsors s on s.tenant_id = app.tenant_id() and s.id = b.payer_sponsor_id
    ), named as (
        select l.id as line_id, p.id as bill_id,
               max(case when l.words @> p.words then 15 else 8 end) as points
          from line l
          cross join lateral unnest(l.words) w(word)
          join person p on p.words[cardinality(p.words)] = w.word
          join bill b on b.id = p.id and b.currency = l.currency
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
