-- Row-level security (the office) and audit of OneRoster's record names.

select app.watch('sourced_records', 'sourced_record');
