from typing import Any

from django.core.management.base import BaseCommand

from core.services import retention


class Command(BaseCommand):
    help = "Delete the expired sessions of every school. (The worker does it every night.)"

    def handle(self, **options: Any) -> None:
        retention.forget_expired_sessions()
