from core.models.calendar import CalendarFeed
from core.models.guardian import Guardian, StudentGuardian
from core.models.mail import Mail
from core.models.person_field import PersonField
from core.models.saved_view import SavedView
from core.models.system import AuditLog, Conversation, Session, SignInAttempt
from core.models.tenant import Domain, Tenant
from core.models.user import Credential, User
from core.models.year_group import Homeroom, HomeroomTeacher, YearGroup

__all__ = [
    "AuditLog",
    "CalendarFeed",
    "Conversation",
    "Credential",
    "Domain",
    "Guardian",
    "Homeroom",
    "HomeroomTeacher",
    "Mail",
    "PersonField",
    "SavedView",
    "Session",
    "SignInAttempt",
    "StudentGuardian",
    "Tenant",
    "User",
    "YearGroup",
]
