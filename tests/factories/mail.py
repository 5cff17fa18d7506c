"""What the queue would do for mail, done at once."""

import json

from core.services import mail
from tests.factories import queue

TAKE = """
    delete from procrastinate_jobs
     where task_name = 'core.services.mail.send_mail'
 returning id, args
"""


def queued_mail():
    """Take the jobs of mail out of the queue; return their arguments in order."""
    rows = sorted(queue.execute(TAKE))
    return [json.loads(args) if isinstance(args, str) else args for _id, args in rows]


def send_queued_mail():
    """Do every queued job of mail in the test's own transaction; return how many there were."""
    jobs = queued_mail()
    for arguments in jobs:
        mail.deliver(**arguments)
    return len(jobs)
