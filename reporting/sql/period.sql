-- The period of a report, for views that summarize: set for one transaction by the report's query,
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
