-- The queue of jobs: procrastinate's tables, which have no schools. The worker works on them
-- (school_worker); nobody who acts for a person or a school reads or writes them, or they could stop,
-- repeat or forge another school's work. A request may queue a job of its own school, and have one that
-- waits for another try run now: by procedures, which take the school from the context and which no
-- expression inside a query can call.
--
-- SECURITY DEFINER because of that. Relied on by core.jobs.

revoke all on procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
    procrastinate_workers from school_app;
revoke all on sequence procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq, procrastinate_workers_id_seq from school_app;
grant select, insert, update, delete on procrastinate_jobs, procrastinate_events,
    procrastinate_periodic_defers, procrastinate_workers to school_worker;
grant usage on sequence procrastinate_jobs_id_seq, procrastinate_events_id_seq,
    procrastinate_periodic_defers_id_seq to school_worker;

-- In a person's name (`user_id` of the arguments) by themselves, or by the office. Of jobs with the
-- same lock one runs at a time; a lock is the school's own, whatever it is called.
create or replace procedure app.queue_job(task text, queue text, job_lock text, arguments jsonb)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    if app.tenant_id() is null
       or app.user_role() is distinct from 'admin'
          and (arguments ->> 'user_id')::uuid <> coalesce(app.user_id(), gen_random_uuid()) then
        raise exception 'A job is queued at a school, in one''s own name.'
            using errcode = 'insufficient_privilege', table = 'procrastinate_jobs',
                  constraint = 'jobs_own';
    end if;
    perform procrastinate_defer_jobs_v1(array[row(
        queue, task, 0, app.tenant_id()::text || ' ' || job_lock, null,
        arguments || jsonb_build_object('tenant_id', app.tenant_id()),
        null)::procrastinate_job_to_defer_v1]);
end
$$;

-- The number of jobs with these arguments that waited.
create or replace procedure app.hurry_job(task text, arguments jsonb, inout waited integer)
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
begin
    update procrastinate_jobs j set scheduled_at = null
     where app.user_role() = 'admin' and j.status = 'todo' and j.task_name = task
       and j.args = arguments || jsonb_build_object('tenant_id', app.tenant_id());
    get diagnostics waited = row_count;
end
$$;

create or replace function app.worker_is_there() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select exists (select from procrastinate_workers w
                    where w.last_heartbeat >= now() - interval '1 minute');
$$;

-- How long the oldest due job waits, in seconds, and how many were given up, of all schools together:
-- for whoever watches over the installation, before anybody is known (core.health).
create or replace function app.queue_state(out oldest integer, out failed bigint)
    language sql stable security definer
    set search_path = pg_catalog, public, pg_temp
as $$
    select coalesce(max(extract(epoch from now() - coalesce(j.scheduled_at, e.at))), 0)::int,
           (select count(*) from procrastinate_jobs f where f.status = 'failed' and app.is_nobody())
      from procrastinate_jobs j
      join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
     where app.is_nobody() and j.status = 'todo' and coalesce(j.scheduled_at, now()) <= now();
$$;

revoke execute on routine app.queue_job, app.hurry_job, app.worker_is_there, app.queue_state
    from public;
grant execute on routine app.queue_job, app.hurry_job, app.worker_is_there, app.queue_state
    to school_app;
