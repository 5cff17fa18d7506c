-- Row-level security of what people keep of the reports, and of what they import. Exports have
-- theirs in reporting_policies.sql.

-- One's own, like conversations: nobody else's business, not even the office's.
alter table saved_filters enable row level security;
drop policy if exists saved_filters_own_all on saved_filters;
create policy saved_filters_own_all on saved_filters for all
    using (tenant_id = app.tenant_id() and user_id = app.user_id()
           and app.user_role() in ('admin', 'teacher'))
    with check (tenant_id = app.tenant_id() and user_id = app.user_id()
                and app.user_role() in ('admin', 'teacher'));

alter table report_schedules enable row level security;
drop policy if exists report_schedules_admin_all on report_schedules;
create policy report_schedules_admin_all on report_schedules for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists report_schedules_own_all on report_schedules;
create policy report_schedules_own_all on report_schedules for all
    using (tenant_id = app.tenant_id() and owner_id = app.teacher_id())
    with check (tenant_id = app.tenant_id() and owner_id = app.teacher_id());

-- As visible as the schedule they belong to.
alter table report_recipients enable row level security;
drop policy if exists report_recipients_admin_all on report_recipients;
create policy report_recipients_admin_all on report_recipients for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists report_recipients_own_all on report_recipients;
create policy report_recipients_own_all on report_recipients for all
    using (tenant_id = app.tenant_id() and schedule_id in (
               select s.id from report_schedules s
                where s.tenant_id = app.tenant_id() and s.owner_id = app.teacher_id()))
    with check (tenant_id = app.tenant_id() and schedule_id in (
                    select s.id from report_schedules s
                     where s.tenant_id = app.tenant_id() and s.owner_id = app.teacher_id()));

alter table import_batches enable row level security;
drop policy if exists import_batches_admin_all on import_batches;
create policy import_batches_admin_all on import_batches for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists import_batches_own_all on import_batches;
create policy import_batches_own_all on import_batches for all
    using (tenant_id = app.tenant_id() and requested_by = app.teacher_id())
    with check (tenant_id = app.tenant_id() and requested_by = app.teacher_id());

alter table import_rows enable row level security;
drop policy if exists import_rows_admin_all on import_rows;
create policy import_rows_admin_all on import_rows for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists import_rows_own_all on import_rows;
create policy import_rows_own_all on import_rows for all
    using (tenant_id = app.tenant_id() and batch_id in (
               select b.id from import_batches b
                where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id()))
    with check (tenant_id = app.tenant_id() and batch_id in (
                    select b.id from import_batches b
                     where b.tenant_id = app.tenant_id() and b.requested_by = app.teacher_id()));

revoke all on saved_filters, report_schedules, report_recipients, import_batches, import_rows
    from school_app;
grant select, insert, update, delete on saved_filters, report_schedules, report_recipients,
    import_batches to school_app;
-- What an import did is not written over.
grant select, insert, delete on import_rows to school_app;

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

-- How far a file has come is no news for the audit trail.
select app.watch('exports', 'export', 'rows_done', 'rows_total', 'noticed_at');
-- Whose filters they are is told, not what they look for: they are their owner's alone.
select app.watch('saved_filters', 'saved_filter', 'name', 'filters', 'sort');
select app.watch('report_schedules', 'report_schedule', 'next_run_at');
select app.watch('report_recipients', 'report_recipient');
select app.watch('import_batches', 'import_batch', 'rows_done');

-- What periodic jobs have to do, in which school: ids only. SECURITY DEFINER because a job that
-- belongs to no school sees no school's rows; with the ids it enters each school's own context, and
-- what it may do there is decided by the policies as always. Relied on by reporting.tasks.

create or replace function app.due_work()
    returns table (tenant_id uuid, work text, row_id uuid, user_id uuid)
    language sql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
as $$
    select s.tenant_id, 'schedule', s.id, s.owner_id
      from report_schedules s join tenants t on t.id = s.tenant_id
     where s.is_active and s.next_run_at <= now() and t.status = 'active'
    union all
    select e.tenant_id, 'expired_export', e.id, e.requested_by
      from exports e where e.expires_at <= now();
$$;
revoke execute on function app.due_work from public;
grant execute on function app.due_work to school_app;

-- The period of a report, for views that summarize: set for one transaction by the report's query,
-- empty without a limit.
create or replace function app.period_from() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_from', true), '')::date;

create or replace function app.period_to() returns date
    language sql stable parallel safe
    return nullif(current_setting('app.period_to', true), '')::date;
