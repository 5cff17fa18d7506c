-- Subscribed timetables: one's own to make and to revoke. A calendar program has no session; it
-- shows the signed id of the feed, and only a feed that still stands names its person.

alter table calendar_feeds drop constraint if exists calendar_feeds_user_fk;
alter table calendar_feeds add constraint calendar_feeds_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;

select app.watch('calendar_feeds', 'calendar_feed');

-- SECURITY DEFINER because there is no context yet: the active person of this feed at this school.
-- Relied on by the calendar's view, which has verified the signature before.
create or replace function app.user_for_calendar(tenant uuid, feed uuid) returns setof users
    language sql stable security definer rows 1
    set search_path = pg_catalog, public, pg_temp
as $$
    select u.* from calendar_feeds f join users u on u.tenant_id = f.tenant_id and u.id = f.user_id
     where f.tenant_id = user_for_calendar.tenant and f.id = user_for_calendar.feed
       and u.status = 'active' and u.deleted_at is null and app.is_nobody();
$$;
revoke execute on function app.user_for_calendar from public;
grant execute on function app.user_for_calendar to school_app;
