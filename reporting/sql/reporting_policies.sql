-- Row-level security of what people keep of the reports.

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

revoke all on saved_filters, report_schedules, report_recipients from school_app;
grant select, insert, update, delete on saved_filters, report_schedules, report_recipients
    to school_app;
