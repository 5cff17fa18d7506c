-- Composite foreign keys and audit of saved filters and scheduled reports.

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

-- The audit trail names the owner of filters, not their content, which is private.
select app.watch('saved_filters', 'saved_filter', 'name', 'filters', 'sort');
select app.watch('report_schedules', 'report_schedule', 'next_run_at');
select app.watch('report_recipients', 'report_recipient');
