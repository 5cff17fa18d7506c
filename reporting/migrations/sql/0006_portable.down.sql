drop function app.portable_document(jsonb, uuid, text[]);
drop function app.portable_json(jsonb, uuid, text[], boolean);
drop function app.portable_value(jsonb, uuid);
drop function app.is_id(text);
drop function app.portable_id(uuid, uuid);
