-- The period of a summarizing report: settings of the transaction that the report's query makes,
-- empty without a limit.
create or replace function app.period_from() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_from', true), '')::date;

create or replace function app.period_to() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_to', true), '')::date;

-- The classes of such a view (a term's), NULL for all of them.
create or replace function app.period_classes() returns uuid[]
    language sql stable parallel safe
    return nullif(current_setting('app.period_classes', true), '')::uuid[];
