-- Imports stage their rows in a temporary table: COPY refuses a table with row-level security, and a
-- temporary one is seen by its own connection only and ends with the transaction. pg_temp comes last,
-- so that no temporary table can ever stand in for one of ours.

do $$
begin
    execute format('grant temporary on database %I to school_app, school_admin, school_registrar,'
                   ' school_bursar, school_teacher', current_database());
    execute format('alter database %I set search_path = public, pg_temp', current_database());
end
$$;
