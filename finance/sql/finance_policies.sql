-- Row-level security of invoices and payments: the office's, and each student's own to
-- read, also for their guardians.

alter table invoices enable row level security;
drop policy if exists invoices_admin_all on invoices;
create policy invoices_admin_all on invoices for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists invoices_student_select on invoices;
create policy invoices_student_select on invoices for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
drop policy if exists invoices_guardian_select on invoices;
create policy invoices_guardian_select on invoices for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

alter table payments enable row level security;
drop policy if exists payments_admin_all on payments;
create policy payments_admin_all on payments for all
    using (tenant_id = app.tenant_id() and app.user_role() = 'admin')
    with check (tenant_id = app.tenant_id() and app.user_role() = 'admin');
drop policy if exists payments_student_select on payments;
create policy payments_student_select on payments for select
    using (tenant_id = app.tenant_id() and student_id = app.student_id());
drop policy if exists payments_guardian_select on payments;
create policy payments_guardian_select on payments for select
    using (tenant_id = app.tenant_id() and student_id in (select o.id from app.guarded_students o));

grant select, insert, update, delete on invoices, payments to school_app;
