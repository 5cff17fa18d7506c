"""Mail that leaves after the transaction, from a thread of its own.

After the commit, because a rollback must not have mailed anybody; in a thread, because a slow mail
server must not hold up a page, and because the time of an answer must not tell whether there was
anybody to write to.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import transaction

logger = logging.getLogger(__name__)

# One worker keeps the order; the interpreter waits for it at its end (commands).
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def send_after_commit(message):
    """Send an `EmailMessage` once the transaction is committed; failures are logged."""
    transaction.on_commit(lambda: _sender.submit(_send, message))


def wait_until_sent():
    """Return when everything handed in so far was sent or failed."""
    _sender.submit(lambda: None).result()


def _send(message):
    try:
        message.send()
    except Exception:  # the mail server's faults are many, and nobody waits for an answer
        logger.exception("Mail to %s could not be sent", ", ".join(message.to))
