"""What a person's page shows of money."""

from core.admin.users import UserAdmin
from finance.admin.inlines import InvoiceOfPersonInline

UserAdmin.inlines = [*UserAdmin.inlines, InvoiceOfPersonInline]
