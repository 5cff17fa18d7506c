"""ASGI entry point, for servers that want one; the application itself is synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "school.settings")
application = get_asgi_application()
