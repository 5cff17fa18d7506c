from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = _("Files")

    def ready(self) -> None:
        # Which of an app's tables are in a school's file.
        autodiscover_modules("portable")

        # Each registers its kind of file.
        from exchange.exports import lists  # noqa: F401
        from exchange.school_file import export  # noqa: F401
