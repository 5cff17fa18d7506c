"""gunicorn's configuration, in development and in production (docs/deployment.md)."""

import gc
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from school import environment  # noqa: E402

environment.load()
workers = environment.whole_number("WEB_CONCURRENCY", 2)
threads = 4
timeout = 120  # seconds; a large import or export in one request takes its time
graceful_timeout = 10  # seconds that a request may go on after SIGTERM
# Heartbeats in memory: on a slow disk gunicorn would take a busy worker for a dead one.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Two copies of the application would share the default control socket in the home directory.
control_socket_disable = True


def post_worker_init(worker):
    """Take what lives as long as the worker out of the rounds of the garbage collector.

    It went through 200,000 objects, a fifteenth of the time of a page with many of its own.
    """
    from django.conf import settings
    from django.urls import get_resolver

    for pages in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF):
        _ = get_resolver(pages).url_patterns  # imports the views
    gc.collect()
    gc.freeze()
