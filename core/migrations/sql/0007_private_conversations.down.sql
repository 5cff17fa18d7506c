select app.watch('conversations', 'conversation');
