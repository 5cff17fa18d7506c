"""WSGI entry point, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from school import environment

environment.load()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "school.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "8")
application = get_wsgi_application()

from core.isolation import guard_web_server  # noqa: E402 - needs the settings

guard_web_server()
