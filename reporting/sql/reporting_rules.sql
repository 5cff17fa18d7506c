-- Composite foreign keys and triggers of exports and OneRoster's record names.

alter table exports drop constraint if exists exports_requested_by_fk;
alter table exports add constraint exports_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);

-- How far a file has come is no news for the audit trail.
select app.watch('exports', 'export', 'rows_done', 'rows_total', 'noticed_at');
select app.watch('sourced_records', 'sourced_record');
