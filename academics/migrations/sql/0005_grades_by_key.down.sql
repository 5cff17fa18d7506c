-- As it was: with the plans that the statistics suggest.

create or replace function app.refresh_progress(tenant uuid, student_ids uuid[], class_ids uuid[],
                                                rates boolean, letters boolean) returns void
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    scale jsonb := (select settings -> 'grading_scale' from tenants where id = tenant);
begin
    if app.rebuilding() then
        return;
    end if;
    -- Locked in order first; the next statement then sees what others committed meanwhile.
    perform from enrollments e
       join (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         on e.student_id = p.student_id and e.class_id = p.class_id
      where e.tenant_id = tenant
      order by e.id for no key update of e;

    if rates then
        update enrollments e set attendance_rate = r.rate
          from (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         cross join lateral (
               select round(100.0 * count(*) filter (where a.status in ('present', 'late'))
                            / nullif(count(*) filter (where a.status <> 'excused'), 0), 2) as rate
                 from attendance a
                 join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
                where a.tenant_id = tenant and a.student_id = p.student_id
                  and s.tenant_id = tenant and s.class_id = p.class_id) r
         where e.tenant_id = tenant and e.student_id = p.student_id and e.class_id = p.class_id
           and e.attendance_rate is distinct from r.rate;
    end if;

    if letters then
        update enrollments e set current_grade = g.letter
          from (select distinct * from unnest(student_ids, class_ids) p(student_id, class_id)) p
         cross join lateral (
               -- Rounded, because thirds that add up to 94 are 93.999... in decimals.
               select app.letter_grade(round(avg(100.0 * g.score / w.max_score), 6), scale) as letter
                 from grades g
                 join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
                where g.tenant_id = tenant and g.student_id = p.student_id
                  and w.tenant_id = tenant and w.class_id = p.class_id) g
         where e.tenant_id = tenant and e.student_id = p.student_id and e.class_id = p.class_id
           and e.current_grade is distinct from g.letter;
    end if;
end
$$;
