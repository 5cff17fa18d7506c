-- "Own classes", decided here and nowhere else. The policies of other tables read these views.
-- They have the rights of their owner, because with the reader's own the policy of classes would
-- ask enrollments, whose policy asks classes: "infinite recursion". So each names the tenant and the
-- person itself and can only ever show the reader's own ids. (A view rather than a SECURITY DEFINER
-- function, because the planner can look inside it.)

create or replace view app.taught_classes as
    select c.tenant_id, c.id from classes c
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

create or replace view app.taught_sessions as
    select s.tenant_id, s.id from class_sessions s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

create or replace view app.taught_assignments as
    select w.tenant_id, w.id from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

create or replace view app.taught_students as
    select e.tenant_id, e.student_id as id from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
     where c.tenant_id = app.tenant_id() and c.teacher_id = app.teacher_id();

-- Enrolled in, now or to the end; not those that were dropped.
create or replace view app.attended_classes as
    select e.tenant_id, e.class_id as id from enrollments e
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and e.status in ('active', 'completed');

-- Assignments of the active classes that the student attends.
create or replace view app.attended_assignments as
    select w.tenant_id, w.id, w.status from assignments w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
      join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
     where e.tenant_id = app.tenant_id() and e.student_id = app.student_id()
       and e.status = 'active' and c.status = 'active' and c.deleted_at is null;

grant select on app.taught_classes, app.taught_sessions, app.taught_assignments,
    app.taught_students, app.attended_classes, app.attended_assignments to school_app;
