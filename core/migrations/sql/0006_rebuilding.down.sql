drop function app.rebuilding();
