from core.models.calendar import CalendarFeed
from core.models.guardian import Guardian, StudentGuardian
from core.models.system import AuditLog, Conversation, Session
from core.models.tenant import Domain, Tenant
from core.models.user import User

__all__ = [
    "AuditLog",
    "CalendarFeed",
    "Conversation",
    "Domain",
    "Guardian",
    "Session",
    "StudentGuardian",
    "Tenant",
    "User",
]
