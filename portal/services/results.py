"""Which results of a student a person has read; kept in the person's preferences."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.models import User
from portal.selectors.student import NEW_FOR

KEY = "results_read"


def read_until(*, user: User, student: User) -> datetime:
    """Return the time up to which `user` has read the student's results."""
    kept = (user.preferences or {}).get(KEY)
    kept = kept.get(str(student.pk)) if isinstance(kept, dict) else None
    since = timezone.now() - NEW_FOR
    try:
        read = parse_datetime(kept) if isinstance(kept, str) else None
    except ValueError:
        read = None
    return max(read, since) if isinstance(read, datetime) and timezone.is_aware(read) else since


def mark_read(*, user: User, student: User) -> None:
    """Note that `user` has read all results of the student there are now."""
    preferences = dict(user.preferences or {})
    kept = preferences.get(KEY)
    kept = kept if isinstance(kept, dict) else {}
    preferences[KEY] = kept | {str(student.pk): timezone.now().isoformat()}
    user.preferences = preferences
    user.save(update_fields=["preferences"])
