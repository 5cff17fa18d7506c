-- updated_at says when a row was last changed, whoever changed it and however.

create or replace function app.touch_updated_at() returns trigger
    language plpgsql
as $$
begin
    new.updated_at := now();
    return new;
end
$$;
