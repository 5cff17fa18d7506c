-- How lists stood under a name: one's own, and those of the office that are shared (core/access.py).

alter table saved_views drop constraint if exists saved_views_user_fk;
alter table saved_views add constraint saved_views_user_fk
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade;
alter table saved_views drop constraint if exists check_saved_view_state;
alter table saved_views add constraint check_saved_view_state
    check (jsonb_typeof(state) = 'object' and length(state::text) <= 20000);

-- The audit trail names the view and its owner; what is searched for in it is private.
select app.watch('saved_views', 'saved_view', 'state');
