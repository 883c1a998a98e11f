"""What is stored of people, their mail accounts, their ways in, and of who changed what."""

from daybook.people.models.audit_line import Appended, AppendOnlyError, AuditLine
from daybook.people.models.getting_in import ApiToken, LinkMail, LinkPurpose, OneTimeLink, SignInTry
from daybook.people.models.mail_account import MailAccount, MailTest, Security, ServiceOrganiser
from daybook.people.models.person import (
    KINDS,
    WEEKDAYS,
    Clock,
    Dismissal,
    People,
    Person,
    Role,
    WeekStart,
)

__all__ = [
    "KINDS",
    "WEEKDAYS",
    "ApiToken",
    "AppendOnlyError",
    "Appended",
    "AuditLine",
    "Clock",
    "Dismissal",
    "LinkMail",
    "LinkPurpose",
    "MailAccount",
    "MailTest",
    "OneTimeLink",
    "People",
    "Person",
    "Role",
    "Security",
    "ServiceOrganiser",
    "SignInTry",
    "WeekStart",
]
