"""The two example schools, and building one of them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import connections, transaction
from psycopg.types.json import Jsonb

from core.models import Tenant
from core.services.schools import host_name
from school.seeds import (
    absences,
    applications,
    attendance,
    bank,
    classes,
    daily,
    exchange,
    exports,
    files,
    grading,
    guardians,
    merges,
    money,
    people,
    plans,
    terms,
    traces,
    waitlists,
    work,
)
from school.seeds.builder import Builder, take_turns

LETTERS = [
    ["A", 94], ["A-", 90], ["B+", 87], ["B", 84], ["B-", 80], ["C+", 77], ["C", 74], ["C-", 70],
    ["D+", 67], ["D", 64], ["D-", 61], ["F", 0],
]  # fmt: skip
GCSE_GRADES = [
    ["9", 90], ["8", 82], ["7", 74], ["6", 66], ["5", 58], ["4", 50], ["3", 40], ["2", 30],
    ["1", 20], ["U", 0],
]  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """The settings of an example school.

    `names` are of those who sign in, by role; `fee` is a class's tuition for half a term.
    """

    subdomain: str
    name: str
    hosts: tuple  # beside <subdomain>.BASE_DOMAIN
    names: dict
    settings: dict
    phone: str
    fee: int
    year_name: str  # of a year group, with its number
    first_year: int  # of those who are eleven

    @property
    def email_domain(self):
        return f"{self.subdomain}.example"

    @property
    def timezone(self):
        return ZoneInfo(self.settings["timezone"])


PROFILES = [
    Profile(
        subdomain="demo",
        name="Lakeview Demo School",
        hosts=("demo.localhost", "localhost", "127.0.0.1"),
        names={
            "admin": "Grace Bennett",
            "registrar": "Martha Lindqvist",
            "bursar": "Samuel Boateng",
            "teacher": "Daniel Okafor",
            "student": "Sofía Ramírez",
            "guardian": "Lucía Ramírez",
        },
        settings={
            "timezone": "America/Chicago",
            "currency": "USD",
            "grading_scale": LETTERS,
            "invoice_numbers": "INV-YYYY-#####",
            "address": "1200 Lakeview Avenue\nChicago, IL 60613",
            "phone": "+1 312 555 0100",
            "principal": "Eleanor Whitfield",
            "bank_details": "Lakeview Demo School\nFirst Example Bank\n"
            "Routing 000000000, account 000123456",
            "invoice_note": "Questions? Call the office, Monday to Friday, 8 a.m. to 3 p.m.",
            "attendance_taken": "both",
            "admission_open": True,
            "admission_intro": "We take applications for next year until the end of March.",
            "admission_fields": ["home_language"],
        },
        phone="+1 312 555 %04d",
        fee=240,
        year_name="Grade %d",
        first_year=6,
    ),
    Profile(
        subdomain="northside",
        name="Northside Academy",
        hosts=("northside.localhost",),
        names={
            "admin": "Helen Clarke",
            "registrar": "Siân Pritchard",
            "bursar": "Imran Qureshi",
            "teacher": "Łukasz Zieliński",
            "student": "Kavya Patel",
            "guardian": "Anita Patel",
        },
        settings={
            "timezone": "Europe/London",
            "currency": "GBP",
            "grading_scale": GCSE_GRADES,
            "invoice_numbers": "INV-YYYY-#####",
            "address": "14 Northside Road\nLondon N1 0AA",
            "phone": "+44 20 7946 0100",
            "principal": "Owen Mbeki",
            "bank_details": "Northside Academy\nExample Bank\nSort code 00-00-00, account 00012345",
            "tax_number": "GB 000 0000 00",
            "attendance_taken": "both",
            "attendance_codes": [
                ["U", "Unexplained", "absent"],
                ["M", "Medical", "excused"],
                ["Sch", "School event", "excused"],
            ],
        },
        phone="+44 20 7946 %04d",
        fee=176,
        year_name="Year %d",
        first_year=7,
    ),
]


def build(profile, *, password, scale=1, today=None):
    """Build one example school as of `today` at the school; False if its subdomain is taken.

    One transaction: all of the school or nothing; then the files that its office took out.
    """
    today = today or datetime.now(profile.timezone).date()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        take_turns(cursor)
        if Tenant.objects.using("owner").filter(subdomain=profile.subdomain).exists():
            return False
        # Generated rows have no author, and an audit trail of them would only repeat them.
        cursor.execute("SET LOCAL app.audit = 'off'")
        builder = Builder(profile, cursor, today, scale)
        _add_tenant(builder)
        people.build(builder)
        for part in (
            terms,
            grading,
            classes,
            waitlists,
            attendance,
            daily,
            work,
            files,
            money,
            traces,
            exchange,
        ):
            part.build(builder)
        guardians.build(builder)
        absences.build(builder)
        applications.build(builder)
        people.set_passwords(builder, make_password(password))
        cursor.execute("SET LOCAL app.audit = 'on'")
        traces.change(builder.tenant, builder)
    merges.build(builder)
    plans.build(builder)
    bank.build(builder)
    exports.build(builder)
    return True


def _add_tenant(builder):
    profile = builder.profile
    builder.cursor.execute(
        "INSERT INTO tenants (id, schema_name, name, subdomain, contact_email, settings)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            builder.tenant_id,
            profile.subdomain,
            profile.name,
            profile.subdomain,
            f"office@{profile.email_domain}",
            Jsonb(profile.settings),
        ],
    )
    hosts = dict.fromkeys([host_name(profile.subdomain), *profile.hosts])
    builder.cursor.cursor.executemany(
        "INSERT INTO tenant_domains (tenant_id, domain, is_primary) VALUES (%s, %s, %s)",
        [(builder.tenant_id, host, number == 0) for number, host in enumerate(hosts)],
    )
