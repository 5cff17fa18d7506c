"""Tables about the person's files, reports and private data."""

from django.utils.translation import gettext_lazy as _

from core.models import Conversation, SavedView
from exchange.models import Export, ImportBatch
from reporting.models import ReportRecipient, ReportSchedule, SavedFilter
from school.person_file.table import Listed

EXPORTS = Listed(
    "exports",
    _("Files made"),
    Export,
    key="requested_by",
    order=("created_at",),
    columns=[
        ("created_at", _("Made")),
        "kind",
        "template_id",
        "file_format",
        "row_count",
        "origin",
        "downloaded_at",
        "expires_at",
    ],
)
IMPORTS = Listed(
    "imports",
    _("Files brought in (numbers only)"),
    ImportBatch,
    key="requested_by",
    order=("created_at",),
    columns=[
        ("created_at", _("Uploaded")),
        "target",
        "status",
        "created_count",
        "changed_count",
        "unchanged_count",
        "rejected_count",
    ],
)
SCHEDULED_REPORTS = Listed(
    "scheduled-reports",
    _("Scheduled reports of one's own"),
    ReportSchedule,
    key="owner",
    order=("name",),
    columns=[
        "name",
        "report",
        "file_format",
        "frequency",
        "time_of_day",
        "is_active",
        "last_run_at",
    ],
)
REPORTS_RECEIVED = Listed(
    "reports-received",
    _("Scheduled reports received"),
    ReportRecipient,
    key="user",
    order=("created_at",),
    columns=[
        "schedule__report",
        "schedule__frequency",
        ("created_at", _("Since")),
    ],
)
SAVED_FILTERS = Listed(
    "saved-filters",
    _("Saved filters"),
    SavedFilter,
    key="user",
    order=("created_at",),
    columns=[
        "report",
        "name",
        ("created_at", _("Saved")),
    ],
)
SAVED_VIEWS = Listed(
    "saved-views",
    _("Saved views of lists"),
    SavedView,
    key="user",
    order=("created_at",),
    columns=[
        "list_name",
        "name",
        "is_shared",
        ("created_at", _("Saved")),
    ],
)
CONVERSATIONS = Listed(
    "conversations",
    _("Conversations"),
    Conversation,
    key="user",
    order=("created_at",),
    columns=[
        ("created_at", _("Begun")),
        "title",
        "messages",
    ],
)
