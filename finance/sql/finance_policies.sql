-- Row-level security and privileges of finance; `manage.py policies` makes this file from
-- finance/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.

-- invoices
alter table invoices enable row level security;
revoke all on invoices
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoices
    to school_app, school_admin, school_bursar;
grant select on invoices
    to school_student, school_guardian;

drop policy if exists invoices_admin_all on invoices;
create policy invoices_admin_all on invoices for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoices_bursar_all on invoices;
create policy invoices_bursar_all on invoices for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists invoices_student_select on invoices;
create policy invoices_student_select on invoices for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and student_id = app.student_id()
           and issued_at is not null);
drop policy if exists invoices_guardian_select on invoices;
create policy invoices_guardian_select on invoices for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and student_id = any (array(select o.id from app.guarded_students o))
           and issued_at is not null);
drop policy if exists invoices_guardian_payer_select on invoices;
create policy invoices_guardian_payer_select on invoices for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and payer_guardian_id = any (array(select o.id from app.own_guardian o))
           and issued_at is not null);

-- invoice_lines
alter table invoice_lines enable row level security;
revoke all on invoice_lines
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoice_lines
    to school_app, school_admin, school_bursar;
grant select on invoice_lines
    to school_student, school_guardian;

drop policy if exists invoice_lines_admin_all on invoice_lines;
create policy invoice_lines_admin_all on invoice_lines for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists invoice_lines_bursar_all on invoice_lines;
create policy invoice_lines_bursar_all on invoice_lines for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists invoice_lines_student_select on invoice_lines;
create policy invoice_lines_student_select on invoice_lines for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists invoice_lines_guardian_select on invoice_lines;
create policy invoice_lines_guardian_select on invoice_lines for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- payments
alter table payments enable row level security;
revoke all on payments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payments
    to school_app, school_admin, school_bursar;
grant select on payments
    to school_student, school_guardian;

drop policy if exists payments_admin_select on payments;
create policy payments_admin_select on payments for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payments_admin_insert on payments;
create policy payments_admin_insert on payments for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payments_bursar_select on payments;
create policy payments_bursar_select on payments for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payments_bursar_insert on payments;
create policy payments_bursar_insert on payments for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
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
drop policy if exists payments_guardian_payer_select on payments;
create policy payments_guardian_payer_select on payments for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and payer_guardian_id = any (array(select o.id from app.own_guardian o)));

-- payment_allocations
alter table payment_allocations enable row level security;
revoke all on payment_allocations
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_allocations
    to school_app, school_admin, school_bursar;
grant select on payment_allocations
    to school_student, school_guardian;

drop policy if exists payment_allocations_admin_select on payment_allocations;
create policy payment_allocations_admin_select on payment_allocations for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_allocations_admin_insert on payment_allocations;
create policy payment_allocations_admin_insert on payment_allocations for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_allocations_bursar_select on payment_allocations;
create policy payment_allocations_bursar_select on payment_allocations for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_allocations_bursar_insert on payment_allocations;
create policy payment_allocations_bursar_insert on payment_allocations for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_allocations_student_select on payment_allocations;
create policy payment_allocations_student_select on payment_allocations for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_student_payment_select on payment_allocations;
create policy payment_allocations_student_payment_select on payment_allocations for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_guardian_select on payment_allocations;
create policy payment_allocations_guardian_select on payment_allocations for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_allocations_guardian_payment_select on payment_allocations;
create policy payment_allocations_guardian_payment_select on payment_allocations for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));

-- credit_notes
alter table credit_notes enable row level security;
revoke all on credit_notes
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on credit_notes
    to school_app, school_admin, school_bursar;
grant select on credit_notes
    to school_student, school_guardian;

drop policy if exists credit_notes_admin_select on credit_notes;
create policy credit_notes_admin_select on credit_notes for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists credit_notes_admin_insert on credit_notes;
create policy credit_notes_admin_insert on credit_notes for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists credit_notes_bursar_select on credit_notes;
create policy credit_notes_bursar_select on credit_notes for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists credit_notes_bursar_insert on credit_notes;
create policy credit_notes_bursar_insert on credit_notes for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists credit_notes_student_select on credit_notes;
create policy credit_notes_student_select on credit_notes for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists credit_notes_guardian_select on credit_notes;
create policy credit_notes_guardian_select on credit_notes for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- payment_reversals
alter table payment_reversals enable row level security;
revoke all on payment_reversals
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_reversals
    to school_app, school_admin, school_bursar;
grant select on payment_reversals
    to school_student, school_guardian;

drop policy if exists payment_reversals_admin_select on payment_reversals;
create policy payment_reversals_admin_select on payment_reversals for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reversals_admin_insert on payment_reversals;
create policy payment_reversals_admin_insert on payment_reversals for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reversals_bursar_select on payment_reversals;
create policy payment_reversals_bursar_select on payment_reversals for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_reversals_bursar_insert on payment_reversals;
create policy payment_reversals_bursar_insert on payment_reversals for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_reversals_student_select on payment_reversals;
create policy payment_reversals_student_select on payment_reversals for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));
drop policy if exists payment_reversals_guardian_select on payment_reversals;
create policy payment_reversals_guardian_select on payment_reversals for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and payment_id = any (array(select o.id from payments o where o.tenant_id = app.tenant_id())));

-- payment_reminders
alter table payment_reminders enable row level security;
revoke all on payment_reminders
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on payment_reminders
    to school_app, school_admin, school_bursar;

drop policy if exists payment_reminders_admin_select on payment_reminders;
create policy payment_reminders_admin_select on payment_reminders for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reminders_admin_insert on payment_reminders;
create policy payment_reminders_admin_insert on payment_reminders for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists payment_reminders_bursar_select on payment_reminders;
create policy payment_reminders_bursar_select on payment_reminders for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists payment_reminders_bursar_insert on payment_reminders;
create policy payment_reminders_bursar_insert on payment_reminders for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- fees
alter table fees enable row level security;
revoke all on fees
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fees
    to school_app, school_admin, school_bursar;

drop policy if exists fees_admin_all on fees;
create policy fees_admin_all on fees for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists fees_bursar_all on fees;
create policy fees_bursar_all on fees for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- sponsors
alter table sponsors enable row level security;
revoke all on sponsors
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on sponsors
    to school_app, school_admin, school_bursar;

drop policy if exists sponsors_admin_all on sponsors;
create policy sponsors_admin_all on sponsors for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists sponsors_bursar_all on sponsors;
create policy sponsors_bursar_all on sponsors for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- fee_plans
alter table fee_plans enable row level security;
revoke all on fee_plans
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fee_plans
    to school_app, school_admin, school_bursar;

drop policy if exists fee_plans_admin_all on fee_plans;
create policy fee_plans_admin_all on fee_plans for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists fee_plans_bursar_all on fee_plans;
create policy fee_plans_bursar_all on fee_plans for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- fee_plan_items
alter table fee_plan_items enable row level security;
revoke all on fee_plan_items
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on fee_plan_items
    to school_app, school_admin, school_bursar;

drop policy if exists fee_plan_items_admin_all on fee_plan_items;
create policy fee_plan_items_admin_all on fee_plan_items for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists fee_plan_items_bursar_all on fee_plan_items;
create policy fee_plan_items_bursar_all on fee_plan_items for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- installments
alter table installments enable row level security;
revoke all on installments
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on installments
    to school_app, school_admin, school_bursar;

drop policy if exists installments_admin_all on installments;
create policy installments_admin_all on installments for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists installments_bursar_all on installments;
create policy installments_bursar_all on installments for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- discounts
alter table discounts enable row level security;
revoke all on discounts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on discounts
    to school_app, school_admin, school_bursar;

drop policy if exists discounts_admin_all on discounts;
create policy discounts_admin_all on discounts for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists discounts_bursar_all on discounts;
create policy discounts_bursar_all on discounts for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- student_discounts
alter table student_discounts enable row level security;
revoke all on student_discounts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on student_discounts
    to school_app, school_admin, school_bursar;

drop policy if exists student_discounts_admin_all on student_discounts;
create policy student_discounts_admin_all on student_discounts for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists student_discounts_bursar_all on student_discounts;
create policy student_discounts_bursar_all on student_discounts for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- billing_runs
alter table billing_runs enable row level security;
revoke all on billing_runs
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on billing_runs
    to school_app, school_admin, school_bursar;

drop policy if exists billing_runs_admin_all on billing_runs;
create policy billing_runs_admin_all on billing_runs for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists billing_runs_bursar_all on billing_runs;
create policy billing_runs_bursar_all on billing_runs for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- reminder_opt_outs
alter table reminder_opt_outs enable row level security;
revoke all on reminder_opt_outs
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on reminder_opt_outs
    to school_app, school_admin, school_bursar;

drop policy if exists reminder_opt_outs_admin_all on reminder_opt_outs;
create policy reminder_opt_outs_admin_all on reminder_opt_outs for all
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists reminder_opt_outs_bursar_all on reminder_opt_outs;
create policy reminder_opt_outs_bursar_all on reminder_opt_outs for all
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- closed_months
alter table closed_months enable row level security;
revoke all on closed_months
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (reopen_reason, updated_at) on closed_months
    to school_app, school_admin, school_bursar;

drop policy if exists closed_months_admin_select on closed_months;
create policy closed_months_admin_select on closed_months for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_months_admin_insert on closed_months;
create policy closed_months_admin_insert on closed_months for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_months_admin_update on closed_months;
create policy closed_months_admin_update on closed_months for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists closed_months_bursar_select on closed_months;
create policy closed_months_bursar_select on closed_months for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists closed_months_bursar_insert on closed_months;
create policy closed_months_bursar_insert on closed_months for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists closed_months_bursar_update on closed_months;
create policy closed_months_bursar_update on closed_months for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- number_series
alter table number_series enable row level security;
revoke all on number_series
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on number_series
    to school_app, school_admin, school_bursar;

drop policy if exists number_series_admin_select on number_series;
create policy number_series_admin_select on number_series for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists number_series_bursar_select on number_series;
create policy number_series_bursar_select on number_series for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- plan_charges
alter table plan_charges enable row level security;
revoke all on plan_charges
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select on plan_charges
    to school_app, school_admin, school_bursar;

drop policy if exists plan_charges_admin_select on plan_charges;
create policy plan_charges_admin_select on plan_charges for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists plan_charges_bursar_select on plan_charges;
create policy plan_charges_bursar_select on plan_charges for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- online_accounts
alter table online_accounts enable row level security;
revoke all on online_accounts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;

-- online_checkouts
alter table online_checkouts enable row level security;
revoke all on online_checkouts
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert on online_checkouts
    to school_app, school_admin, school_bursar, school_student, school_guardian;

drop policy if exists online_checkouts_admin_select on online_checkouts;
create policy online_checkouts_admin_select on online_checkouts for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_checkouts_admin_insert on online_checkouts;
create policy online_checkouts_admin_insert on online_checkouts for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_checkouts_bursar_select on online_checkouts;
create policy online_checkouts_bursar_select on online_checkouts for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_checkouts_bursar_insert on online_checkouts;
create policy online_checkouts_bursar_insert on online_checkouts for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_checkouts_student_select on online_checkouts;
create policy online_checkouts_student_select on online_checkouts for select
    to school_app, school_student
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists online_checkouts_student_insert on online_checkouts;
create policy online_checkouts_student_insert on online_checkouts for insert
    to school_app, school_student
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('student')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists online_checkouts_guardian_select on online_checkouts;
create policy online_checkouts_guardian_select on online_checkouts for select
    to school_app, school_guardian
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));
drop policy if exists online_checkouts_guardian_insert on online_checkouts;
create policy online_checkouts_guardian_insert on online_checkouts for insert
    to school_app, school_guardian
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('guardian')
           and invoice_id = any (array(select o.id from invoices o where o.tenant_id = app.tenant_id())));

-- online_events
alter table online_events enable row level security;
revoke all on online_events
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (note, outcome, payment_id, updated_at) on online_events
    to school_app, school_admin, school_bursar;

drop policy if exists online_events_admin_select on online_events;
create policy online_events_admin_select on online_events for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_events_admin_insert on online_events;
create policy online_events_admin_insert on online_events for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_events_admin_update on online_events;
create policy online_events_admin_update on online_events for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists online_events_bursar_select on online_events;
create policy online_events_bursar_select on online_events for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_events_bursar_insert on online_events;
create policy online_events_bursar_insert on online_events for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists online_events_bursar_update on online_events;
create policy online_events_bursar_update on online_events for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- bank_statements
alter table bank_statements enable row level security;
revoke all on bank_statements
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, delete on bank_statements
    to school_app, school_admin, school_bursar;

drop policy if exists bank_statements_admin_select on bank_statements;
create policy bank_statements_admin_select on bank_statements for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_statements_admin_insert on bank_statements;
create policy bank_statements_admin_insert on bank_statements for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_statements_admin_delete on bank_statements;
create policy bank_statements_admin_delete on bank_statements for delete
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_statements_bursar_select on bank_statements;
create policy bank_statements_bursar_select on bank_statements for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_statements_bursar_insert on bank_statements;
create policy bank_statements_bursar_insert on bank_statements for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_statements_bursar_delete on bank_statements;
create policy bank_statements_bursar_delete on bank_statements for delete
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));

-- bank_transactions
alter table bank_transactions enable row level security;
revoke all on bank_transactions
    from school_app,
        school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update (ignore_reason, payment_id, updated_at) on bank_transactions
    to school_app, school_admin, school_bursar;

drop policy if exists bank_transactions_admin_select on bank_transactions;
create policy bank_transactions_admin_select on bank_transactions for select
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_transactions_admin_insert on bank_transactions;
create policy bank_transactions_admin_insert on bank_transactions for insert
    to school_app, school_admin
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_transactions_admin_update on bank_transactions;
create policy bank_transactions_admin_update on bank_transactions for update
    to school_app, school_admin
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('admin'));
drop policy if exists bank_transactions_bursar_select on bank_transactions;
create policy bank_transactions_bursar_select on bank_transactions for select
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_transactions_bursar_insert on bank_transactions;
create policy bank_transactions_bursar_insert on bank_transactions for insert
    to school_app, school_bursar
    with check (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
drop policy if exists bank_transactions_bursar_update on bank_transactions;
create policy bank_transactions_bursar_update on bank_transactions for update
    to school_app, school_bursar
    using (tenant_id = app.tenant_id()
           and tenant_id = app.tenant_as('bursar'));
