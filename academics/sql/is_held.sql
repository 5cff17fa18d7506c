-- Whether a class is held on a date: active, begun and not over. `ends` is its last day, or its
-- term's, or NULL. The same in Python: academics.models.school_class.held. Used by reporting.
create or replace function app.is_held(status text, begins date, ends date, day date) returns boolean
    language sql immutable
    return status = 'active' and begins <= day and coalesce(ends, 'infinity') >= day;
