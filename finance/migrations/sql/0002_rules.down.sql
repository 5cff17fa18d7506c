drop view view_invoice_balance;
drop trigger student_merges_keep_money_trg on student_merges;
drop trigger bank_statements_audit_delete_trg on bank_statements;
drop trigger bank_statements_audit_insert_trg on bank_statements;
drop trigger bank_statements_audit_update_trg on bank_statements;
drop trigger bank_statements_touch_updated_at_trg on bank_statements;
drop trigger bank_transactions_audit_delete_trg on bank_transactions;
drop trigger bank_transactions_audit_insert_trg on bank_transactions;
drop trigger bank_transactions_audit_update_trg on bank_transactions;
drop trigger bank_transactions_touch_updated_at_trg on bank_transactions;
drop trigger bank_statements_stamp_insert_trg on bank_statements;
drop trigger bank_transactions_begin_trg on bank_transactions;
drop trigger bank_transactions_fit_amount_trg on bank_transactions;
drop trigger bank_transactions_guard_trg on bank_transactions;
drop trigger bank_transactions_keep_posted_trg on bank_transactions;
drop trigger payment_reversals_reopen_lines_trg on payment_reversals;
drop trigger online_accounts_audit_delete_trg on online_accounts;
drop trigger online_accounts_audit_insert_trg on online_accounts;
drop trigger online_accounts_audit_update_trg on online_accounts;
drop trigger online_accounts_touch_updated_at_trg on online_accounts;
drop trigger online_checkouts_audit_delete_trg on online_checkouts;
drop trigger online_checkouts_audit_insert_trg on online_checkouts;
drop trigger online_checkouts_audit_update_trg on online_checkouts;
drop trigger online_checkouts_begin_trg on online_checkouts;
drop trigger online_checkouts_touch_updated_at_trg on online_checkouts;
drop trigger online_events_audit_delete_trg on online_events;
drop trigger online_events_audit_insert_trg on online_events;
drop trigger online_events_audit_update_trg on online_events;
drop trigger online_events_queue_trg on online_events;
drop trigger online_events_touch_updated_at_trg on online_events;
drop trigger closed_months_audit_delete_trg on closed_months;
drop trigger closed_months_audit_insert_trg on closed_months;
drop trigger closed_months_audit_update_trg on closed_months;
drop trigger closed_months_close_trg on closed_months;
drop trigger closed_months_reopen_trg on closed_months;
drop trigger closed_months_touch_updated_at_trg on closed_months;
drop trigger credit_notes_append_only_trg on credit_notes;
drop trigger credit_notes_apply_trg on credit_notes;
drop trigger credit_notes_audit_delete_trg on credit_notes;
drop trigger credit_notes_audit_insert_trg on credit_notes;
drop trigger credit_notes_audit_update_trg on credit_notes;
drop trigger credit_notes_begin_trg on credit_notes;
drop trigger credit_notes_number_trg on credit_notes;
drop trigger credit_notes_open_month_trg on credit_notes;
drop trigger credit_notes_stamp_insert_trg on credit_notes;
drop trigger credit_notes_touch_updated_at_trg on credit_notes;
drop trigger fees_audit_delete_trg on fees;
drop trigger fees_audit_insert_trg on fees;
drop trigger fees_audit_update_trg on fees;
drop trigger fees_fit_amount_trg on fees;
drop trigger fees_touch_updated_at_trg on fees;
drop trigger invoice_lines_audit_delete_trg on invoice_lines;
drop trigger invoice_lines_audit_insert_trg on invoice_lines;
drop trigger invoice_lines_audit_update_trg on invoice_lines;
drop trigger invoice_lines_guard_trg on invoice_lines;
drop trigger invoice_lines_mirror_delete_trg on invoice_lines;
drop trigger invoice_lines_mirror_insert_trg on invoice_lines;
drop trigger invoice_lines_mirror_update_trg on invoice_lines;
drop trigger invoice_lines_touch_updated_at_trg on invoice_lines;
drop trigger invoices_audit_delete_trg on invoices;
drop trigger invoices_audit_insert_trg on invoices;
drop trigger invoices_audit_update_trg on invoices;
drop trigger invoices_begin_trg on invoices;
drop trigger invoices_fit_amount_trg on invoices;
drop trigger invoices_guard_trg on invoices;
drop trigger invoices_keep_issued_trg on invoices;
drop trigger invoices_lines_insert_trg on invoices;
drop trigger invoices_lines_update_trg on invoices;
drop trigger invoices_number_trg on invoices;
drop trigger invoices_open_month_insert_trg on invoices;
drop trigger invoices_open_month_update_trg on invoices;
drop trigger invoices_touch_updated_at_trg on invoices;
drop trigger number_series_audit_delete_trg on number_series;
drop trigger number_series_audit_insert_trg on number_series;
drop trigger number_series_audit_update_trg on number_series;
drop trigger number_series_touch_updated_at_trg on number_series;
drop trigger payment_allocations_append_only_trg on payment_allocations;
drop trigger payment_allocations_apply_trg on payment_allocations;
drop trigger payment_allocations_audit_delete_trg on payment_allocations;
drop trigger payment_allocations_audit_insert_trg on payment_allocations;
drop trigger payment_allocations_audit_update_trg on payment_allocations;
drop trigger payment_allocations_begin_trg on payment_allocations;
drop trigger payment_allocations_open_month_trg on payment_allocations;
drop trigger payment_allocations_stamp_insert_trg on payment_allocations;
drop trigger payment_allocations_touch_updated_at_trg on payment_allocations;
drop trigger payment_reminders_append_only_trg on payment_reminders;
drop trigger payment_reminders_audit_delete_trg on payment_reminders;
drop trigger payment_reminders_audit_insert_trg on payment_reminders;
drop trigger payment_reminders_audit_update_trg on payment_reminders;
drop trigger payment_reminders_begin_trg on payment_reminders;
drop trigger payment_reminders_stamp_insert_trg on payment_reminders;
drop trigger payment_reminders_touch_updated_at_trg on payment_reminders;
drop trigger payment_reversals_append_only_trg on payment_reversals;
drop trigger payment_reversals_apply_trg on payment_reversals;
drop trigger payment_reversals_audit_delete_trg on payment_reversals;
drop trigger payment_reversals_audit_insert_trg on payment_reversals;
drop trigger payment_reversals_audit_update_trg on payment_reversals;
drop trigger payment_reversals_begin_trg on payment_reversals;
drop trigger payment_reversals_open_month_trg on payment_reversals;
drop trigger payment_reversals_stamp_insert_trg on payment_reversals;
drop trigger payment_reversals_touch_updated_at_trg on payment_reversals;
drop trigger payments_append_only_trg on payments;
drop trigger payments_append_only_update_trg on payments;
drop trigger payments_audit_delete_trg on payments;
drop trigger payments_audit_insert_trg on payments;
drop trigger payments_audit_update_trg on payments;
drop trigger payments_begin_trg on payments;
drop trigger payments_fit_amount_trg on payments;
drop trigger payments_open_month_trg on payments;
drop trigger payments_stamp_insert_trg on payments;
drop trigger payments_touch_updated_at_trg on payments;
drop trigger trg_update_invoice_status on payments;
drop trigger reminder_opt_outs_audit_delete_trg on reminder_opt_outs;
drop trigger reminder_opt_outs_audit_insert_trg on reminder_opt_outs;
drop trigger reminder_opt_outs_audit_update_trg on reminder_opt_outs;
drop trigger reminder_opt_outs_stamp_insert_trg on reminder_opt_outs;
drop trigger reminder_opt_outs_touch_updated_at_trg on reminder_opt_outs;
drop trigger sponsors_audit_delete_trg on sponsors;
drop trigger sponsors_audit_insert_trg on sponsors;
drop trigger sponsors_audit_update_trg on sponsors;
drop trigger sponsors_touch_updated_at_trg on sponsors;
drop trigger plan_charges_touch_updated_at_trg on plan_charges;
drop trigger installments_keep_billed_trg on installments;
drop trigger fee_plans_audit_delete_trg on fee_plans;
drop trigger fee_plans_audit_insert_trg on fee_plans;
drop trigger fee_plans_audit_update_trg on fee_plans;
drop trigger fee_plans_touch_updated_at_trg on fee_plans;
drop trigger fee_plan_items_audit_delete_trg on fee_plan_items;
drop trigger fee_plan_items_audit_insert_trg on fee_plan_items;
drop trigger fee_plan_items_audit_update_trg on fee_plan_items;
drop trigger fee_plan_items_touch_updated_at_trg on fee_plan_items;
drop trigger installments_audit_delete_trg on installments;
drop trigger installments_audit_insert_trg on installments;
drop trigger installments_audit_update_trg on installments;
drop trigger installments_touch_updated_at_trg on installments;
drop trigger discounts_audit_delete_trg on discounts;
drop trigger discounts_audit_insert_trg on discounts;
drop trigger discounts_audit_update_trg on discounts;
drop trigger discounts_touch_updated_at_trg on discounts;
drop trigger student_discounts_audit_delete_trg on student_discounts;
drop trigger student_discounts_audit_insert_trg on student_discounts;
drop trigger student_discounts_audit_update_trg on student_discounts;
drop trigger student_discounts_touch_updated_at_trg on student_discounts;
drop trigger billing_runs_audit_delete_trg on billing_runs;
drop trigger billing_runs_audit_insert_trg on billing_runs;
drop trigger billing_runs_audit_update_trg on billing_runs;
drop trigger billing_runs_touch_updated_at_trg on billing_runs;
drop policy billing_runs_admin_all on billing_runs;
drop policy billing_runs_bursar_all on billing_runs;
drop policy closed_months_admin_insert on closed_months;
drop policy closed_months_admin_select on closed_months;
drop policy closed_months_admin_update on closed_months;
drop policy closed_months_bursar_insert on closed_months;
drop policy closed_months_bursar_select on closed_months;
drop policy closed_months_bursar_update on closed_months;
drop policy credit_notes_admin_insert on credit_notes;
drop policy credit_notes_admin_select on credit_notes;
drop policy credit_notes_bursar_insert on credit_notes;
drop policy credit_notes_bursar_select on credit_notes;
drop policy credit_notes_guardian_select on credit_notes;
drop policy credit_notes_student_select on credit_notes;
drop policy discounts_admin_all on discounts;
drop policy discounts_bursar_all on discounts;
drop policy fee_plan_items_admin_all on fee_plan_items;
drop policy fee_plan_items_bursar_all on fee_plan_items;
drop policy fee_plans_admin_all on fee_plans;
drop policy fee_plans_bursar_all on fee_plans;
drop policy fees_admin_all on fees;
drop policy fees_bursar_all on fees;
drop policy installments_admin_all on installments;
drop policy installments_bursar_all on installments;
drop policy invoice_lines_admin_all on invoice_lines;
drop policy invoice_lines_bursar_all on invoice_lines;
drop policy invoice_lines_guardian_select on invoice_lines;
drop policy invoice_lines_student_select on invoice_lines;
drop policy invoices_admin_all on invoices;
drop policy invoices_bursar_all on invoices;
drop policy invoices_guardian_payer_select on invoices;
drop policy invoices_guardian_select on invoices;
drop policy invoices_student_select on invoices;
drop policy number_series_admin_select on number_series;
drop policy number_series_bursar_select on number_series;
drop policy bank_statements_admin_delete on bank_statements;
drop policy bank_statements_admin_insert on bank_statements;
drop policy bank_statements_admin_select on bank_statements;
drop policy bank_transactions_admin_insert on bank_transactions;
drop policy bank_transactions_admin_select on bank_transactions;
drop policy bank_transactions_admin_update on bank_transactions;
drop policy bank_statements_bursar_delete on bank_statements;
drop policy bank_statements_bursar_insert on bank_statements;
drop policy bank_statements_bursar_select on bank_statements;
drop policy bank_transactions_bursar_insert on bank_transactions;
drop policy bank_transactions_bursar_select on bank_transactions;
drop policy bank_transactions_bursar_update on bank_transactions;
drop policy online_checkouts_admin_insert on online_checkouts;
drop policy online_checkouts_admin_select on online_checkouts;
drop policy online_checkouts_bursar_insert on online_checkouts;
drop policy online_checkouts_bursar_select on online_checkouts;
drop policy online_checkouts_guardian_insert on online_checkouts;
drop policy online_checkouts_guardian_select on online_checkouts;
drop policy online_checkouts_student_insert on online_checkouts;
drop policy online_checkouts_student_select on online_checkouts;
drop policy online_events_admin_insert on online_events;
drop policy online_events_admin_select on online_events;
drop policy online_events_admin_update on online_events;
drop policy online_events_bursar_insert on online_events;
drop policy online_events_bursar_select on online_events;
drop policy online_events_bursar_update on online_events;
drop policy payment_allocations_admin_insert on payment_allocations;
drop policy payment_allocations_admin_select on payment_allocations;
drop policy payment_allocations_bursar_insert on payment_allocations;
drop policy payment_allocations_bursar_select on payment_allocations;
drop policy payment_allocations_guardian_payment_select on payment_allocations;
drop policy payment_allocations_guardian_select on payment_allocations;
drop policy payment_allocations_student_payment_select on payment_allocations;
drop policy payment_allocations_student_select on payment_allocations;
drop policy payment_reminders_admin_insert on payment_reminders;
drop policy payment_reminders_admin_select on payment_reminders;
drop policy payment_reminders_bursar_insert on payment_reminders;
drop policy payment_reminders_bursar_select on payment_reminders;
drop policy payment_reversals_admin_insert on payment_reversals;
drop policy payment_reversals_admin_select on payment_reversals;
drop policy payment_reversals_bursar_insert on payment_reversals;
drop policy payment_reversals_bursar_select on payment_reversals;
drop policy payment_reversals_guardian_select on payment_reversals;
drop policy payment_reversals_student_select on payment_reversals;
drop policy payments_admin_insert on payments;
drop policy payments_admin_select on payments;
drop policy payments_bursar_insert on payments;
drop policy payments_bursar_select on payments;
drop policy payments_guardian_payer_select on payments;
drop policy payments_guardian_select on payments;
drop policy payments_student_select on payments;
drop policy plan_charges_admin_select on plan_charges;
drop policy plan_charges_bursar_select on plan_charges;
drop policy reminder_opt_outs_admin_all on reminder_opt_outs;
drop policy reminder_opt_outs_bursar_all on reminder_opt_outs;
drop policy sponsors_admin_all on sponsors;
drop policy sponsors_bursar_all on sponsors;
drop policy student_discounts_admin_all on student_discounts;
drop policy student_discounts_bursar_all on student_discounts;
alter table invoices disable row level security;
alter table invoice_lines disable row level security;
alter table payments disable row level security;
alter table payment_allocations disable row level security;
alter table payment_reminders disable row level security;
alter table payment_reversals disable row level security;
alter table credit_notes disable row level security;
alter table fees disable row level security;
alter table reminder_opt_outs disable row level security;
alter table sponsors disable row level security;
alter table closed_months disable row level security;
alter table number_series disable row level security;
alter table fee_plans disable row level security;
alter table fee_plan_items disable row level security;
alter table installments disable row level security;
alter table discounts disable row level security;
alter table student_discounts disable row level security;
alter table billing_runs disable row level security;
alter table plan_charges disable row level security;
alter table online_accounts disable row level security;
alter table online_checkouts disable row level security;
alter table online_events disable row level security;
alter table bank_statements disable row level security;
alter table bank_transactions disable row level security;
alter table bank_statements drop constraint bank_statements_recorded_by_fk;
alter table bank_transactions drop constraint bank_transactions_statement_fk;
alter table bank_transactions drop constraint bank_transactions_payment_fk;
alter table bank_transactions drop constraint check_bank_transaction_number;
alter table bank_transactions drop constraint check_bank_transaction_currency;
alter table bank_transactions drop constraint check_bank_transaction_decimals;
alter table online_checkouts drop constraint online_checkouts_invoice_fk;
alter table online_checkouts drop constraint online_checkouts_started_by_fk;
alter table online_events drop constraint online_events_checkout_fk;
alter table online_events drop constraint online_events_payment_fk;
alter table fee_plans drop constraint fee_plans_class_fk;
alter table fee_plans drop constraint fee_plans_year_group_fk;
alter table fee_plans drop constraint check_plan_currency;
alter table fee_plan_items drop constraint fee_plan_items_plan_fk;
alter table fee_plan_items drop constraint fee_plan_items_fee_fk;
alter table installments drop constraint installments_plan_fk;
alter table discounts drop constraint check_discount_currency;
alter table discounts drop constraint check_discount_decimals;
alter table student_discounts drop constraint student_discounts_student_fk;
alter table student_discounts drop constraint student_discounts_discount_fk;
alter table billing_runs drop constraint billing_runs_plan_fk;
alter table billing_runs drop constraint billing_runs_installment_fk;
alter table billing_runs drop constraint billing_runs_requested_by_fk;
alter table billing_runs drop constraint billing_runs_undone_by_fk;
alter table plan_charges drop constraint plan_charges_run_fk;
alter table plan_charges drop constraint plan_charges_plan_fk;
alter table plan_charges drop constraint plan_charges_invoice_fk;
alter table closed_months drop constraint closed_months_closed_by_fk;
alter table closed_months drop constraint closed_months_reopened_by_fk;
alter table credit_notes drop constraint credit_notes_invoice_fk;
alter table credit_notes drop constraint credit_notes_recorded_by_fk;
alter table invoice_lines drop constraint invoice_lines_class_fk;
alter table invoice_lines drop constraint invoice_lines_fee_fk;
alter table invoice_lines drop constraint invoice_lines_invoice_fk;
alter table invoice_lines drop constraint invoice_lines_term_fk;
alter table invoices drop constraint invoices_payer_guardian_fk;
alter table invoices drop constraint invoices_payer_sponsor_fk;
alter table invoices drop constraint invoices_student_fk;
alter table payment_allocations drop constraint payment_allocations_credit_note_fk;
alter table payment_allocations drop constraint payment_allocations_invoice_fk;
alter table payment_allocations drop constraint payment_allocations_payment_fk;
alter table payment_allocations drop constraint payment_allocations_recorded_by_fk;
alter table payment_allocations drop constraint payment_allocations_reversal_fk;
alter table payment_reminders drop constraint payment_reminders_late_fee_invoice_fk;
alter table payment_reminders drop constraint payment_reminders_invoice_fk;
alter table payment_reminders drop constraint payment_reminders_recorded_by_fk;
alter table payment_reversals drop constraint payment_reversals_payment_fk;
alter table payment_reversals drop constraint payment_reversals_recorded_by_fk;
alter table payments drop constraint payments_invoice_fk;
alter table payments drop constraint payments_payer_guardian_fk;
alter table payments drop constraint payments_payer_sponsor_fk;
alter table payments drop constraint payments_recorded_by_fk;
alter table payments drop constraint payments_student_fk;
alter table fees drop constraint check_fee_currency;
alter table fees drop constraint check_fee_decimals;
alter table fees drop constraint check_fee_number;
alter table invoice_lines drop constraint check_line_numbers;
alter table invoices drop constraint check_invoice_amount_number;
alter table invoices drop constraint check_invoice_currency;
alter table invoices drop constraint check_invoice_decimals;
alter table invoices drop constraint check_line_items;
alter table payments drop constraint check_amount_number;
alter table payments drop constraint check_payment_currency;
alter table payments drop constraint check_payment_decimals;
alter table reminder_opt_outs drop constraint reminder_opt_outs_guardian_fk;
alter table reminder_opt_outs drop constraint reminder_opt_outs_recorded_by_fk;
alter table reminder_opt_outs drop constraint reminder_opt_outs_student_fk;
drop index idx_invoices_cancelled;
drop index idx_invoices_number_key_trgm;
drop routine
    app.keep_money_of_merged(),
    app.set_money_settings(jsonb),
    app.bank_proposals(uuid[],integer),
    app.bank_number_pattern(text,boolean),
    app.bank_words(text),
    app.reopen_bank_lines(),
    app.keep_posted_statement(),
    app.guard_bank_transaction(),
    app.import_bank_lines(uuid,jsonb),
    app.begin_bank_transaction(),
    app.bank_line_key(date,numeric,text,text,text,text,text),
    app.queue_online_event(),
    app.begin_checkout(),
    app.online_secrets(),
    app.online_provider(),
    app.online_account(),
    app.require_office_for_online(),
    app.forget_online_account(),
    app.set_online_account(text,text,text,boolean),
    app.keep_billed_installment(),
    app.undo_billing(uuid,text),
    app.bill_students(uuid,uuid[]),
    app.check_billing(uuid),
    app.refuse_billing(text,text,text),
    app.billing_lines(uuid,uuid[]),
    app.student_discounts_on(uuid[],text,date),
    app.billing_students(uuid),
    app.search_invoices(text),
    app.account(uuid[]),
    app.invoice_number_key(text),
    app.journal(date,date),
    app.aging(date),
    app.aging_bucket(date,date),
    app.aging_groups(date,text),
    app.aging_keys(date,text),
    app.family(uuid),
    app.reopen_month(),
    app.close_month(),
    app.keep_closed_to_invoices(),
    app.keep_closed(),
    app.refuse_closed(date[],uuid,text,text),
    app.lock_books(uuid,boolean),
    app.apply_credit_notes(),
    app.free_excess(invoices,numeric,uuid,date,uuid[]),
    app.begin_credit_note(),
    app.apply_reversals(),
    app.begin_reversal(),
    app.free_allocations(payments,numeric,uuid,date),
    app.check_payments_left(uuid[],uuid[],numeric[]),
    app.apply_allocations(),
    app.check_allocation(invoices,numeric,boolean,text),
    app.begin_allocation(),
    update_invoice_status(),
    app.begin_payment(),
    app.refuse_payment(text,text,text,text),
    app.lines_from_items(),
    app.mirror_lines(),
    app.guard_invoice_line(),
    app.issue_invoices(uuid[]),
    app.give_credit_note_number(),
    app.give_invoice_number(),
    app.next_numbers(uuid,text,date,integer),
    app.written_number(text,integer,integer),
    app.number_pattern(uuid,text),
    app.schools_with_late_invoices(),
    app.invoice_state(text,date,date),
    app.mark_overdue_invoices(),
    app.keep_issued_invoice(),
    app.guard_invoice(),
    app.frozen_column(invoices,invoices),
    app.begin_invoice(),
    app.refuse_invoice(invoices,text,text),
    app.invoice_status(numeric,date,uuid),
    app.begin_reminder(),
    app.schools_with_reminders(),
    app.today(uuid),
    app.line_items_total(jsonb,integer),
    app.refuse_money_change(),
    app.is_owner(),
    app.fit_amount(),
    app.currency_decimals(text);
revoke all on invoices, invoice_lines, payments, payment_allocations, payment_reversals, credit_notes, payment_reminders, fees, sponsors, reminder_opt_outs, closed_months, number_series, fee_plans, fee_plan_items, installments, discounts, student_discounts, billing_runs, plan_charges, online_accounts, online_checkouts, online_events, bank_statements, bank_transactions
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student, school_guardian, school_operator, school_visitor, school_worker;
grant select, insert, update, delete on invoices, invoice_lines, payments, payment_allocations, payment_reversals, credit_notes, payment_reminders, fees, sponsors, reminder_opt_outs, closed_months, number_series, fee_plans, fee_plan_items, installments, discounts, student_discounts, billing_runs, plan_charges, online_accounts, online_checkouts, online_events, bank_statements, bank_transactions
    to school_app;
