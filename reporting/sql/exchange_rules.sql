-- Composite foreign keys and audit of saved filters, scheduled reports and imports. import_rows has
-- no trigger of its own: the rows it tells of are audited where they are, and the batch is.

alter table saved_filters drop constraint if exists saved_filters_user_fk;
alter table saved_filters add constraint saved_filters_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);

alter table report_schedules drop constraint if exists report_schedules_owner_fk;
alter table report_schedules add constraint report_schedules_owner_fk
    foreign key (tenant_id, owner_id) references users (tenant_id, id);

alter table report_recipients drop constraint if exists report_recipients_schedule_fk;
alter table report_recipients add constraint report_recipients_schedule_fk
    foreign key (tenant_id, schedule_id) references report_schedules (tenant_id, id)
    on delete cascade;
alter table report_recipients drop constraint if exists report_recipients_user_fk;
alter table report_recipients add constraint report_recipients_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id);

alter table import_batches drop constraint if exists import_batches_requested_by_fk;
alter table import_batches add constraint import_batches_requested_by_fk
    foreign key (tenant_id, requested_by) references users (tenant_id, id);
alter table import_batches drop constraint if exists import_batches_undone_by_fk;
alter table import_batches add constraint import_batches_undone_by_fk
    foreign key (tenant_id, undone_by) references users (tenant_id, id);

alter table import_rows drop constraint if exists import_rows_batch_fk;
alter table import_rows add constraint import_rows_batch_fk
    foreign key (tenant_id, batch_id) references import_batches (tenant_id, id) on delete cascade;

-- Whose filters they are is told, not what they look for: they are their owner's alone.
select app.watch('saved_filters', 'saved_filter', 'name', 'filters', 'sort');
select app.watch('report_schedules', 'report_schedule', 'next_run_at');
select app.watch('report_recipients', 'report_recipient');
select app.watch('import_batches', 'import_batch', 'rows_done');
