-- Composite foreign keys and triggers of exports and OneRoster's record names.

alter table exports drop constraint if exists exports_requested_by_fk;
alter table exports add constraint exports_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);

select app.watch('exports', 'export');
select app.watch('sourced_records', 'sourced_record');
