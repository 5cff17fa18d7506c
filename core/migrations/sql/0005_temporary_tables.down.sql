do $$
begin
    execute format('revoke temporary on database %I from school_app', current_database());
    execute format('alter database %I reset search_path', current_database());
end
$$;
