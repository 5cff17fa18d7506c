-- The specification's four report views: its names and columns, and tenant_id in all of them.
-- security_invoker, so that a view shows what its reader may see; without ORDER BY, which is the
-- reader's. Joins name the tenant. People and invoices are joined by LEFT JOIN although they always
-- exist: under row-level security the planner expects almost no rows from an inner join and then sorts
-- the whole school for one page (5 s for 200,000 payments); and a reader who may not see the teacher's
-- row still sees the line. Each selects from a keyed view for the application, which also has `id`,
-- the ids by which its list is searched, the names by which it is sorted (sort_name), student number
-- and class code.

create or replace view view_user_roster_keyed with (security_invoker = true) as
    select u.id, u.email, u.name, u.role, u.status, u.created_at, u.last_login, u.tenant_id,
           u.sort_name, u.student_number
      from users u
     where u.deleted_at is null;

create or replace view view_user_roster with (security_invoker = true) as
    select id, email, name, role, status, created_at, last_login, tenant_id
      from view_user_roster_keyed;

create or replace view view_class_enrollment_keyed with (security_invoker = true) as
    select c.id as class_id, c.name as class_name, c.level,
           u.id as student_id, u.name as student_name, u.email as student_email,
           e.enrollment_date, e.status as enrollment_status, e.attendance_rate, e.current_grade,
           t.name as teacher_name, e.tenant_id, e.id,
           c.sort_name as class_sort_name, u.sort_name as student_sort_name,
           c.code as class_code, u.student_number
      from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
      left join users u on u.tenant_id = e.tenant_id and u.id = e.student_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
     where c.deleted_at is null and u.deleted_at is null;

create or replace view view_class_enrollment with (security_invoker = true) as
    select class_id, class_name, level, student_id, student_name, student_email, enrollment_date,
           enrollment_status, attendance_rate, current_grade, teacher_name, tenant_id
      from view_class_enrollment_keyed;

create or replace view view_attendance_report_keyed with (security_invoker = true) as
    select s.session_date, c.name as class_name, c.id as class_id,
           u.name as student_name, u.id as student_id,
           a.status as attendance_status, a.notes, t.name as teacher_name, a.tenant_id, a.id,
           c.sort_name as class_sort_name, u.sort_name as student_sort_name,
           c.code as class_code, u.student_number
      from attendance a
      join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
      left join users u on u.tenant_id = a.tenant_id and u.id = a.student_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id;

create or replace view view_attendance_report with (security_invoker = true) as
    select session_date, class_name, class_id, student_name, student_id, attendance_status, notes,
           teacher_name, tenant_id
      from view_attendance_report_keyed;

create or replace view view_payment_ledger_keyed with (security_invoker = true) as
    select p.payment_date, u.name as student_name, u.email as student_email, p.amount, p.currency,
           p.payment_method, i.invoice_number,
           app.invoice_state(i.status, i.due_date, (select app.today(app.tenant_id())))::varchar(50)
               as invoice_status, p.transaction_id,
           p.tenant_id, p.id, p.student_id, p.invoice_id
      from payments p
      left join invoices i on i.tenant_id = p.tenant_id and i.id = p.invoice_id
      left join users u on u.tenant_id = p.tenant_id and u.id = p.student_id;

create or replace view view_payment_ledger with (security_invoker = true) as
    select payment_date, student_name, student_email, amount, currency, payment_method,
           invoice_number, invoice_status, transaction_id, tenant_id
      from view_payment_ledger_keyed;

-- Revoked first: by the default privileges a simple view would be writable.
revoke all on view_user_roster, view_user_roster_keyed,
    view_class_enrollment, view_class_enrollment_keyed,
    view_attendance_report, view_attendance_report_keyed, view_payment_ledger,
    view_payment_ledger_keyed
    from school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
grant select on view_user_roster, view_user_roster_keyed,
    view_class_enrollment, view_class_enrollment_keyed,
    view_attendance_report, view_attendance_report_keyed, view_payment_ledger,
    view_payment_ledger_keyed
    to school_app, school_admin, school_registrar, school_bursar, school_teacher, school_student,
        school_guardian;
