-- The trail is the office's to read, a conversation its owner's alone: that there is one is told,
-- what is in it is not, neither from now on nor of those before.
select app.watch('conversations', 'conversation', 'title', 'messages');

alter table audit_logs disable trigger audit_logs_append_only_trg;
update audit_logs set changes = changes - 'title' - 'messages'
 where resource_type = 'conversation' and changes ?| array['title', 'messages'];
alter table audit_logs enable trigger audit_logs_append_only_trg;
