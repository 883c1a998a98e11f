"""Django's settings, derived from `configuration`; nothing here is read from anywhere else."""

from __future__ import annotations

from pathlib import Path

from daybook import configuration

DAYBOOK = configuration.from_process()
DAYBOOK.data.mkdir(parents=True, exist_ok=True, mode=0o700)

SECRET_KEY = configuration.django_secret(DAYBOOK.data)
DEBUG = False
ALLOWED_HOSTS = (
    [DAYBOOK.public_host, "127.0.0.1", "localhost"]
    if DAYBOOK.public_url
    else ["127.0.0.1", "[::1]", "localhost"]
)
ROOT_URLCONF = "daybook.urls"
WSGI_APPLICATION = "daybook.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "daybook.ledger",
    "daybook.people",
    "daybook.entries",
    "daybook.sync",
    "daybook.web",
    "daybook.api",
    "daybook.demo",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "daybook.web.compressed_files.CompressedFiles",
    "daybook.web.security.ContentSecurityPolicy",
    "daybook.web.whence.Whence",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "daybook.web.zones.PersonZone",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "daybook.web.context.installation",
                "daybook.web.context.problems",
                "daybook.web.context.reminders",
                "daybook.web.undo.offered",
                "daybook.demo.context.demo",
            ],
            "builtins": ["daybook.web.templatetags.times", "django.templatetags.i18n"],
        },
    }
]

DATABASES = {"default": configuration.database(DAYBOOK)}

# People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "forename", "surname", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "daybook.web.sign_in.InvitedPeopleOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
# The page to sign in at counts for itself; what is left here is tries at the second step, which
# only somebody with the password comes to.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "10/5m/key"}
ACCOUNT_FORMS = {
    "change_password": "daybook.web.password_forms.ChangePassword",
    "set_password": "daybook.web.password_forms.SetPassword",
    "reauthenticate": "daybook.web.password_forms.ConfirmPassword",
}
MFA_ADAPTER = "daybook.web.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Daybook"
# Phones' clocks differ a little.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "daybook.web.code_forms.SecondStepForm",
    "reauthenticate": "daybook.web.code_forms.ConfirmForm",
    "add_webauthn": "daybook.web.passkey_forms.AddPasskey",
    "authenticate_webauthn": "daybook.web.passkey_forms.SecondStepPasskey",
    "login_webauthn": "daybook.web.passkey_forms.SignInPasskey",
    "reauthenticate_webauthn": "daybook.web.passkey_forms.ConfirmPasskey",
    "edit_webauthn": "daybook.web.passkey_forms.RenamePasskey",
}

# Times and words ----------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = True
# A language is a line here and a catalogue there; each reader gets what their browser asks for.
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]

# Files of the pages -------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DAYBOOK.data / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# Safety -------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = DAYBOOK.secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DAYBOOK.secure else None
SECURE_HSTS_SECONDS = 31_536_000 if DAYBOOK.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = DAYBOOK.secure
SECURE_HSTS_PRELOAD = DAYBOOK.secure
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DAYBOOK.secure
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if DAYBOOK.secure else "daybook_session"
CSRF_COOKIE_NAME = "__Host-csrf" if DAYBOOK.secure else "daybook_csrf"
CSRF_TRUSTED_ORIGINS = [DAYBOOK.public_url] if DAYBOOK.public_url else []
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# The web of the pages never mails: what leaves, leaves by a person's own account.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rate_limits",
        # More than are ever alive at once: what is thrown out would be forgotten.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING_CONFIG = "daybook.logging.configure"
# Not empty, or Django would not call it.
LOGGING: dict[str, object] = {"version": 1}
