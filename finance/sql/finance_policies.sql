-- Row-level security and privileges of finance; `manage.py policies` makes this file from
-- finance/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- invoices
alter table invoices enable row level security;
revoke all on invoices
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoices
    to school_app, school_admin;
grant select on invoices
    to school_student, school_guardian;

drop policy if exists invoices_admin_all on invoices;
create policy invoices_admin_all on invoices for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoices_student_select on invoices;
create policy invoices_student_select on invoices for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists invoices_guardian_select on invoices;
create policy invoices_guardian_select on invoices for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));

-- payments
alter table payments enable row level security;
revoke all on payments
    from school_app,
        school_admin, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on payments
    to school_app, school_admin;
grant select on payments
    to school_student, school_guardian;

drop policy if exists payments_admin_all on payments;
create policy payments_admin_all on payments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payments_student_select on payments;
create policy payments_student_select on payments for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id());
drop policy if exists payments_guardian_select on payments;
create policy payments_guardian_select on payments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o)));
