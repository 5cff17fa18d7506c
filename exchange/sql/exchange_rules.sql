-- Composite foreign keys and audit of exports and imports. import_rows has no trigger of its own: the
-- rows it tells of are audited where they are, and the batch is.

alter table exports drop constraint if exists exports_requested_by_fk;
alter table exports add constraint exports_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);

alter table import_batches drop constraint if exists import_batches_requested_by_fk;
alter table import_batches add constraint import_batches_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);
alter table import_batches drop constraint if exists import_batches_undone_by_fk;
alter table import_batches add constraint import_batches_undone_by_fk
    foreign key (tenant_id, undone_by) references users (tenant_id, id);

alter table import_rows drop constraint if exists import_rows_batch_fk;
alter table import_rows add constraint import_rows_batch_fk
    foreign key (tenant_id, batch_id) references import_batches (tenant_id, id) on delete cascade;

-- How far a file has come is no news for the audit trail.
select app.watch('exports', 'export', 'rows_done', 'rows_total', 'noticed_at');
select app.watch('import_batches', 'import_batch', 'rows_done');
