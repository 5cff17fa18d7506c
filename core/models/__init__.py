from core.models.system import AuditLog, Conversation, Session
from core.models.tenant import Domain, Tenant
from core.models.user import User

__all__ = ["AuditLog", "Conversation", "Domain", "Session", "Tenant", "User"]
