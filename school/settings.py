"""Settings of the school application.

Everything that differs between installations comes from the environment (or a `.env` file beside
`manage.py`), read near the top. `.env.example` lists every variable with its meaning.
"""

from pathlib import Path

import django.forms
import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from core.database.urls import database_url, django_database
from school import environment
from school.environment import BASE_DIR, HINT, whole_number
from school.unfold import UNFOLD  # noqa: F401 - a setting
from school.unfold_platform import UNFOLD_PLATFORM  # noqa: F401 - a setting

env = environ.Env()
environment.load()


def read(name, default):
    """Return the environment variable `name` as text."""
    return env.get_value(name, cast=str, default=default)


def read_flag(name, default):
    value = read(name, "on" if default else "off").strip().lower()
    if value in {"1", "on", "true", "yes", "y", "t"}:
        return True
    if value in {"0", "off", "false", "no", "n", "f", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}. {HINT}")


# On unless said otherwise, so that a fresh clone runs; a production installation sets DEBUG=off
# and is then refused without a SECRET_KEY of its own.
DEBUG = read_flag("DEBUG", True)
SCHOOL_DATA_DIR = Path(read("SCHOOL_DATA_DIR", str(BASE_DIR / "var"))).expanduser().absolute()

SECRET_KEY = read("SECRET_KEY", "insecure-development-key" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(f"SECRET_KEY must be set when DEBUG is off. {HINT}")

# Host names are checked against the domains table (core.middleware), which knows every school's.
ALLOWED_HOSTS = read("ALLOWED_HOSTS", "*").split(",")
# The parent domain under which a new school's subdomain becomes a host name.
BASE_DOMAIN = read("BASE_DOMAIN", "localhost")
CSRF_TRUSTED_ORIGINS = [o for o in read("CSRF_TRUSTED_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    # Before django_tenants: our `migrate` puts Django's own back in its place.
    "core",
    "exchange",
    "academics",
    "finance",
    "reporting",
    "oneroster",
    "portal",
    "school.apps.SchoolConfig",
    "django_tenants",
    # Before django.contrib.admin: Unfold's templates replace the admin's.
    "unfold.apps.BasicAppConfig",  # the plain one puts its own site in place of ours
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "school.apps.SchoolAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # the templates of its widgets, which FORM_RENDERER looks for in here
    "import_export",
    "procrastinate.contrib.django",
]
AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.compression.CompressionMiddleware",
    "core.health.HealthMiddleware",
    "core.middleware.TenantMiddleware",
    "core.middleware.ContextMiddleware",
    "core.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.middleware.UserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.typed.TypedMiddleware",
]
ROOT_URLCONF = "school.urls"
PUBLIC_SCHEMA_URLCONF = "school.urls_platform"
WSGI_APPLICATION = "school.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.school",
            ],
            "builtins": ["core.templatetags.quick"],
        },
    },
    # For the loops of a page: {% compiled "….jinja" %} (core/templatetags/compiled.py).
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates", Path(django.forms.__path__[0]) / "jinja2"],
        "OPTIONS": {"environment": "core.compiled.environment"},
    },
]

# Widgets are drawn by the project's templates where there are any (templates/unfold/widgets/).
FORM_RENDERER = "core.form_renderer.FormRenderer"

# --- database -----------------------------------------------------------------------------------
# Two roles, two aliases (design: roles of the database). Requests use `default` only; `owner` is
# for migrations, backups and a few operator commands.
DATABASES = {
    "default": django_database(database_url("app", SCHOOL_DATA_DIR)),
    "owner": django_database(database_url("owner", SCHOOL_DATA_DIR)),
}
# Connections that the threads of one server process share; 0 (commands): one of their own.
if pool_size := whole_number("DATABASE_POOL_SIZE", 0, least=0):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": pool_size,
        "timeout": 3,  # seconds that a request waits for one
        "reconnect_timeout": 2,  # then the next request tries again, and finds it back sooner
    }
DATABASE_ROUTERS = ["core.database.router.AliasRouter"]

# django-tenants: host names, per-tenant files, cache keys and log lines; no schema per tenant.
TENANT_MODEL = "core.Tenant"
TENANT_DOMAIN_MODEL = "core.Domain"
TENANT_SYNC_ROUTER = "core.database.router.AliasRouter"
SHARED_APPS = INSTALLED_APPS
TENANT_APPS = ["core"]  # django-tenants refuses an empty list; nothing here depends on its value
SKIP_PG_EXTRA_VALIDATION = True

# --- sign-in ------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["core.auth.TenantBackend"]
SESSION_ENGINE = "core.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12  # one long school day, seconds
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = reverse_lazy("login")
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24  # seconds
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
     "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip

HTTPS = read_flag("HTTPS", not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Port in the addresses that mails and calendars name: without TLS the one of `make run`, else the
# scheme's own ("").
SITE_PORT = read("SITE_PORT", "" if HTTPS else read("PORT", "8000" if DEBUG else ""))
if SITE_PORT and not SITE_PORT.isdecimal():
    raise ImproperlyConfigured(f"SITE_PORT must be a number, not {SITE_PORT!r}. {HINT}")
# Behind one reverse proxy: believe what it says of the scheme and of the client's address.
BEHIND_PROXY = read_flag("BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
# The admin page of a session or class has a row of fields for everyone in it.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
SECURE_REFERRER_POLICY = "same-origin"

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- mail ---------------------------------------------------------------------------------------
try:
    EMAIL = env.email_url_config(read("EMAIL_URL", "consolemail://"))
except (ValueError, KeyError, ImproperlyConfigured) as error:
    raise ImproperlyConfigured(f"EMAIL_URL is not understood. {HINT}") from error
vars().update(EMAIL)
EMAIL_TIMEOUT = whole_number("EMAIL_TIMEOUT", 30)  # seconds that a mail server may be silent
# Whom people of a closed school may ask; empty: the contact e-mail of the platform itself.
PLATFORM_CONTACT = read("PLATFORM_CONTACT", "")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read("DEFAULT_FROM_EMAIL", "school@localhost")

# --- language, time, files ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]  # other packages' texts in our words
FORMAT_MODULE_PATH = ["school.formats"]
# What the filters of lists take for a day; forms take more (core/reading.py).
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d.%m.%Y"]
USE_TZ = True
TIME_ZONE = "UTC"  # stored and fallback; each request activates its school's zone

STATIC_URL = "/static/"
STATIC_ROOT = SCHOOL_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = SCHOOL_DATA_DIR / "media"
MEDIA_URL = "/media/"
EXPORT_ROOT = SCHOOL_DATA_DIR / "exports"
STORAGES = {
    "default": {"BACKEND": "core.storage.WholeFileStorage"},
    "staticfiles": {
        "BACKEND": "school.storage.StaticStorage",
        # Whoever collects them (root) need not be who serves them; uploads are another matter.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}

LOG_LEVEL = read("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured(
        f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {LOG_LEVEL!r}. {HINT}"
    )
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"tenant": {"()": "django_tenants.log.TenantContextFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} [{schema_name}] {name}: {message}", "style": "{"}
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["tenant"], "formatter": "line"}
    },
    # Below ERROR it repeats, with a traceback, what the person saw: forbidden, not found.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},  # each process names its set-up, each job its steps
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- files in and out ---------------------------------------------------------------------------
# An export of more rows is made in the background; so is an import of more.
EXPORT_BACKGROUND_ROWS = whole_number("EXPORT_BACKGROUND_ROWS", 20_000, least=0)
IMPORT_BACKGROUND_ROWS = whole_number("IMPORT_BACKGROUND_ROWS", 2_000, least=0)
# What is taken as an import at most.
IMPORT_MAX_BYTES = whole_number("IMPORT_MAX_MB", 100) * 2**20
IMPORT_MAX_ROWS = whole_number("IMPORT_MAX_ROWS", 500_000)
# One file of an assignment or a submission at most (the database takes 50 MB).
UPLOAD_MAX_BYTES = min(whole_number("UPLOAD_MAX_MB", 50), 50) * 2**20
# Uploads are handed out by the application, to those who may read their row.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
# Days that a file stays to be fetched again.
EXPORT_KEPT_DAYS = whole_number("EXPORT_KEPT_DAYS", 7)

# E-mail addresses are unique within a school, not across schools; core.auth asks within one.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
