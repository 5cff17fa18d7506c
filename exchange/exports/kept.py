"""How long the file of an export is there: the school's to choose."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import retained

FILES = retained.register(
    retained.Kind(
        key="kept_export_days",
        label=_("Exported files, in days"),
        about=_("Files that were made can be downloaded again until then."),
        least=1,
        most=90,
        usual=lambda: settings.EXPORT_KEPT_DAYS,
    )
)
