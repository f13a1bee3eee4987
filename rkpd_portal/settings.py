"""All settings, read from the environment (.env.example names what an operator sets).

PORTAL_MODE=local (the default) is safe for a developer's machine. PORTAL_MODE=production
refuses to start until every secret and address is given and sound (production.py).
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from rkpd_portal import production

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

PORTAL_MODE = env("PORTAL_MODE", default="local")
PRODUCTION = PORTAL_MODE == "production"
if PORTAL_MODE not in {"local", "production"}:
    raise ImproperlyConfigured("PORTAL_MODE must be 'local' or 'production'.")

if PRODUCTION and (found := production.faults(lambda name: str(env(name, default="")))):
    raise ImproperlyConfigured("The portal cannot start.\n" + "\n".join(found))

DEBUG = env.bool("DEBUG", default=False) and not PRODUCTION
SECRET_KEY = env("SECRET_KEY", default=production.LOCAL_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if PRODUCTION else []
# The province whose plan this is; the organiser's name and address are data of each plan cycle.
PROVINCE = env("PROVINCE", default="Kalimantan Tengah")
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "accounts",
    "consultations",
    "aspirations",
    "reports",
    "rkpd_portal.apps.PortalConfig",
    "rkpd_portal.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_prose_editor",
]

MIDDLEWARE = [
    "rkpd_portal.middleware.forbid_features",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "rkpd_portal.middleware.choose_language",
    "rkpd_portal.middleware.refuse_nonsense",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.keep_private",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.end_old_staff_sessions",
    "accounts.middleware.leave_nothing_behind",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "rkpd_portal.urls"
WSGI_APPLICATION = "rkpd_portal.wsgi.application"
WEB_THREADS = env.int("WEB_THREADS", default=4)  # in each web process; asgi.py
# Requests that may wait for a thread of a web process; the next is asked to come again (asgi.py).
WEB_QUEUE = env.int("WEB_QUEUE", default=100)
# Bytes of pages that a web process keeps ready for the next readers (copies.py).
COPIES_BYTES = env.int("COPIES_BYTES", default=48_000_000)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "rkpd_portal.context.portal",
            ],
        },
    },
]

# Data -------------------------------------------------------------------------------------

DATABASE = env.db_url("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/rkpd")
# A page's questions are many and short: to compile one, or to start helpers for it, takes
# PostgreSQL longer than to answer it, and helpers would take the processors from other readers.
SHORT_QUESTIONS = "-c jit=off -c max_parallel_workers_per_gather=0"
DATABASES = {
    "default": {
        **DATABASE,
        "OPTIONS": {"options": SHORT_QUESTIONS, **DATABASE.get("OPTIONS", {})},
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The default cache holds only rate limits. It lives in PostgreSQL so that signing in works while
# the broker is down, and so that all web processes count together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rate_limits",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Parts of pages that are the same for many, by all that stands in them: base.html.
    "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
STORAGES = {
    "default": {"BACKEND": "rkpd_portal.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "rkpd_portal.stylesheets.OneFilePerSheet"},
}
STATIC_URL = "/static/"
# What is compressed already, and source maps, which only developers' tools ask for.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "jpg", "webp", "gz", "br", "woff", "woff2", "map")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"  # never served by the web server: every file goes through a guarded view

# Queue ------------------------------------------------------------------------------------

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 4 * 3600,  # above every time limit below: later, a task comes twice
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
# The demonstration is for one computer and does not ship.
CELERY_IMPORTS = [] if PRODUCTION else ["rkpd_portal.demonstration.tasks"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 30 * 60
# Reports have a queue and a worker of their own, so that nobody's mail waits for a layout, and
# the time that thousands of aspirations take on a busy machine. So does looking at all of a record.
REPORT_TASKS = (
    "reports.tasks.check_record",
    "reports.tasks.compile_report",
    "rkpd_portal.demonstration.tasks.report_on_past_round",
)
# A mail server that lets every message hang holds up no other work: of what waits in one queue,
# mail comes last (0 is first, in Redis).
MAIL_TASKS = ("aspirations.tasks.deliver_notice", "consultations.tasks.mail_roots")
CELERY_TASK_ROUTES = {
    **{name: {"queue": "reports"} for name in REPORT_TASKS},
    **{name: {"priority": 9} for name in MAIL_TASKS},
}
CELERY_TASK_ANNOTATIONS = {name: {"time_limit": 3 * 3600} for name in REPORT_TASKS}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000  # a new process takes a second to begin
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TIMEZONE = "Asia/Pontianak"
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=20)
SEAL_SECONDS = env.int("SEAL_SECONDS", default=5)
REPORT_LEASE_SECONDS = env.int("REPORT_LEASE_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    **{
        f"sweep-{app}": {
            "task": f"{app}.tasks.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS * 3},
        }
        for app in ("aspirations", "reports")
    },
    "seal": {
        "task": "consultations.tasks.seal",
        "schedule": SEAL_SECONDS,
        "options": {"expires": SEAL_SECONDS * 3},
    },
    "fold-counts": {
        "task": "aspirations.tasks.fold_counts",
        "schedule": SEAL_SECONDS,
        "options": {"expires": SEAL_SECONDS * 3},
    },
    "compare-counts": {
        "task": "aspirations.tasks.compare_counts",
        "schedule": crontab(hour=0, minute=30),
    },
    "mail-roots": {
        "task": "consultations.tasks.mail_roots",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "check-record": {
        "task": "reports.tasks.check_record",
        "schedule": crontab(hour=1, minute=30),
    },
    "clear-sessions": {
        "task": "accounts.tasks.clear_sessions",
        "schedule": crontab(hour=2, minute=30),
    },
    "forget-tallies": {
        "task": "accounts.tasks.forget_tallies",
        "schedule": crontab(minute=40),
    },
    "forget-changes": {
        "task": "consultations.tasks.forget_changes",
        "schedule": crontab(minute=50),
    },
}

# People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmEmailCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# A page waits for its code as long as the code is good (accounts/mail.py): mail can be slow.
ACCOUNT_LOGIN_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 3600
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 3600
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "website"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A village behind one satellite dish shares one address, so limits per address are generous. None
# goes by the name of an account alone, which would let a stranger keep its owner out: wrong
# passwords and mailed codes are counted in accounts/robots.py. Only the second step is limited per
# account ("login_failed"): whoever gets there has the password or the mailbox already.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "8/300s/key",
    "signup": "120/m/ip",
    "request_login_code": "120/m/ip",
    "reset_password": "120/m/ip",
    "confirm_email": "",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Konsultasi RKPD"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Demonstration accounts that may reach staff pages with a password alone; local mode only.
MFA_EXEMPT_EMAILS = env.list("MFA_EXEMPT_EMAILS", default=[])
MFA_FORMS = {
    "add_webauthn": "accounts.passkeys.AddForm",
    "authenticate_webauthn": "accounts.passkeys.AuthenticateForm",
    "login_webauthn": "accounts.passkeys.LoginForm",
    "reauthenticate_webauthn": "accounts.passkeys.ReauthenticateForm",
}
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {}
if env("GOOGLE_CLIENT_ID", default=""):
    SOCIALACCOUNT_PROVIDERS["google"] = {
        "APPS": [{"client_id": env("GOOGLE_CLIENT_ID"), "secret": env("GOOGLE_CLIENT_SECRET")}],
        "SCOPE": ["email", "profile"],
    }
if env("OIDC_SERVER_URL", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": env("OIDC_NAME", default="") or "SSO",
                "client_id": env("OIDC_CLIENT_ID"),
                "secret": env("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": env("OIDC_SERVER_URL")},
            }
        ],
    }
SESSION_COOKIE_AGE = 14 * 24 * 3600
USERSESSIONS_TRACK_ACTIVITY = True

# Mail -------------------------------------------------------------------------------------

if PRODUCTION:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "rkpd_portal.localmail.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env(
    "DEFAULT_FROM_EMAIL", default="Konsultasi RKPD <konsultasi@kalteng.example>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 20
# After the first failure; then it doubles, up to an hour, for three days.
MAIL_PAUSE_SECONDS = env.int("MAIL_PAUSE_SECONDS", default=60)
# Who gets the root of each day's record by mail, so that nobody can rewrite it unseen.
ROOT_WITNESSES = env.list("ROOT_WITNESSES", default=[])

# Language and time ------------------------------------------------------------------------

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Asia/Pontianak"
USE_TZ = True

# Security ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# What a browser has sent and may follow; signing out forgets it (accounts.middleware).
BROWSER_COOKIE_NAME = "aspirations"
BROWSER_COOKIE_PATH = "/aspirasi/"  # where all its readers live
CSRF_FAILURE_VIEW = "rkpd_portal.views.csrf_failure"
# The editor's longest text (consultations.forms.LONGEST_TEXT signs of up to four bytes) and what
# goes with it. What our pages answer to is larger, so that they can say what is wrong; what is
# larger still is refused unread, by the proxy (Caddyfile) and by asgi.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1_000_000 + 100_000
LARGEST_REQUEST = 5_000_000
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    BROWSER_COOKIE_NAME = "__Secure-aspirations"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "accounts.log.PlainLine", "fmt": "%(levelname)s %(name)s %(message)s"},
        "json": {"()": "accounts.log.JsonLine"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "access": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    # Sign-ins, refusals and changes of roles: for whoever watches over the portal.
    "loggers": {"portal.access": {"handlers": ["access"], "level": "INFO", "propagate": False}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
}
