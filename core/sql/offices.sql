-- Who works in the office: an admin, and the roles that have a part of an admin's work. The groups are
-- those of core/offices.py, and a test compares the two. Functions ask these instead of naming roles;
-- policies name one role each, since each is for one role of the database. False for nobody.

create or replace function app.is_office() returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() in ('admin', 'registrar', 'bursar'), false);

create or replace function app.is_people_office() returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() in ('admin', 'registrar'), false);

-- Whose accounts the people's office keeps: an admin everybody's, a registrar those of teachers, students
-- and guardians. Who works in the office is the admins' to decide.
create or replace function app.may_keep(role text) returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() = 'admin'
                    or app.user_role() = 'registrar' and role in ('teacher', 'student', 'guardian'), false);

create or replace function app.is_money_office() returns boolean
    language sql stable parallel safe
    return coalesce(app.user_role() in ('admin', 'bursar'), false);
