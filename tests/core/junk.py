"""Walks a host's URLs and forms, and makes up what nobody should send.

`Walker(client, urlconf, ids)` finds every path of the URLconf and, in the pages behind them,
every form and every link with parameters. What it gets back in `problems` is each answer of 500
or more, each exception that reached the server, and each page that shows Python's own text of an
object.
"""

import re
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from core.rls import tenant_context
from finance.models import BillingRun, CreditNote, FeePlan
from tests.factories import finance

LONG = "x" * 10_000
UNKNOWN = "7d3cbbd4-49f1-4c6c-a9a4-2a3fd0a2a7c5"
MISSING = object()
LISTED = object()
# Said to be: no number or date, no text of PostgreSQL, too much, nobody's id, no list, ...
JUNK = [
    "x",
    "a\x00b",
    LONG,
    UNKNOWN,
    MISSING,
    LISTED,
    '["x"]',
    '{"x": ["y"]}',
    "-99999999999999999999",
    "NaN",
    "1e999",
    "9999-12-31",
    "0001-01-01",
    "\U0001f600\u202e'\"<b>%s{}\\",
]
BODIES = ["[]", "{", '"x"', "null", '{"cells": [{"student": 1}]}', '{"a": "\\u0000"}', "[" * 5000]
# What Python shows of an object, in a page for people: "<...DatabaseDefault object at 0x7f>",
# "<QuerySet [...]>", "Grade object (7d3c...)".
REPR = re.compile(
    r"(?:&lt;|<)[\w.]+ object\b|object at 0x|&lt;QuerySet\b|\b[A-Z]\w+ object \([\da-f-]+\)"
)
KEEPING = ("/change/", "/profile/")  # how the paths of pages end that save a row that is there
LEFT_ALONE = ("role", "status", "email", "deleted_at")
OVERTAKEN = "Someone else changed this while you had the page open."
# Pages that core gives to all lists (core/admin/view_pages.py), and the lists whose are walked.
OF_EVERY_LIST = ("columns", "views", "open_view", "change_view", "delete_view", "default_view")
LISTS_WALKED = ("core_user", "academics_enrollment", "finance_invoice")
STRIDE = len(JUNK)  # one request for each form: each field meets another kind of junk


@dataclass
class Form:
    """A form of a page: its fields as a browser would send them."""

    action: str
    method: str
    values: dict = field(default_factory=dict)  # name -> list of texts
    choices: dict = field(default_factory=dict)  # name of a select -> its values
    kinds: dict = field(default_factory=dict)  # name -> type of the input
    buttons: list = field(default_factory=list)  # (name, value)
    searched: dict = field(default_factory=dict)  # name -> (app, model, field) of an autocomplete

    @property
    def key(self):
        """What makes two forms the same: numbers in the names of rows aside."""
        return (urlsplit(self.action).path, self.method, tuple(sorted(self.names)))

    @property
    def names(self):
        return [name for name in self.values if name != "csrfmiddlewaretoken"]


class Page(HTMLParser):
    """The forms of a page, and its links."""

    def __init__(self, url, text):
        super().__init__()
        self.url, self.forms, self.links, self.by_id = url, [], set(), {}
        self.invalid = set()  # names of the fields that have a sentence beside them
        self._form = self._select = self._area = None
        self._loose = []
        self.feed(text)
        for name, attrs, form_id in self._loose:
            if form_id in self.by_id:
                self._add(self.by_id[form_id], name, attrs)

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag == "a" and attrs.get("href"):
            self.links.add(urljoin(self.url, attrs["href"]))
        elif tag == "form":
            action = urljoin(self.url, attrs.get("action") or self.url)
            self._form = Form(action, attrs.get("method", "get").lower())
            self.forms.append(self._form)
            if attrs.get("id"):
                self.by_id[attrs["id"]] = self._form
        elif tag in ("input", "select", "textarea", "button"):
            self._control(tag, attrs)
        elif tag == "option" and self._select:
            form, name = self._select
            form.choices[name].append(attrs.get("value", ""))
            if "selected" in attrs:
                form.values[name] = [*form.values[name], attrs.get("value", "")]

    def _control(self, tag, attrs):
        form, name = self._form, attrs.get("name")
        attrs["tag"] = tag
        if attrs.get("aria-invalid") == "true":
            self.invalid.add(name)
        if attrs.get("form"):
            self._loose.append((name, attrs, attrs["form"]))
            form = self.by_id.get(attrs["form"])
        elif form is not None:
            self._add(form, name, attrs)
        if tag == "textarea" and form is not None and name:
            self._area = (form, name)

    def _add(self, form, name, attrs):
        kind = attrs.get("type", "text" if attrs["tag"] == "input" else attrs["tag"])
        if not name or "disabled" in attrs:
            return
        if attrs["tag"] == "button" or kind == "submit":
            form.buttons.append((name, attrs.get("value", "")))
            return
        form.kinds[name] = kind
        values = form.values.setdefault(name, [])
        if attrs["tag"] == "select":
            form.choices.setdefault(name, [])
            self._select = (form, name)
            if attrs.get("data-field-name"):
                form.searched[name] = tuple(
                    attrs[f"data-{part}"] for part in ("app-label", "model-name", "field-name")
                )
        elif kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(attrs.get("value", "on"))
            if "checked" in attrs:
                values.append(attrs.get("value", "on"))
        elif kind != "file":
            values.append(attrs.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area:
            form, name = self._area
            form.values[name] = ["".join([*form.values[name], data]).lstrip("\n")]


def paths(urlconf):
    """Yield (route, parameters) of every path, e.g. ("my/invoices/<invoice_id>/", [...])."""

    def walk(resolver, before):
        for pattern in resolver.url_patterns:
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern, before + str(pattern.pattern))
            elif isinstance(pattern.pattern, RoutePattern):
                yield before, pattern.pattern, pattern.name or ""

    for before, pattern, name in walk(get_resolver(urlconf), ""):
        route = before + str(pattern)
        route = re.sub(r"<\w+:(\w+)>", r"<\1>", route)
        yield "/" + route, list(pattern.converters), name


def is_repeated(name):
    """Say whether a page is one that all lists have, of a list whose is not walked."""
    for page in OF_EVERY_LIST:
        if name.endswith(f"_{page}"):
            return name.removesuffix(f"_{page}") not in LISTS_WALKED
    return False


class Walker:
    """Sends requests as one person and notes what goes wrong."""

    def __init__(self, client, urlconf, ids, *, may_administer, is_thorough=False):
        self.may_administer, self.is_thorough = may_administer, is_thorough
        self.client, self.urlconf, self.ids = client, urlconf, ids
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        self.problems, self.forms, self.links, self.count = [], {}, {}, 0
        self._offered, self.accepted = {}, 0

    def send(self, method, url, data=None, *, keep=False, **extra):
        """Send one request; what it changes is undone unless it is kept."""
        self.count += 1
        for name, value in self.cookies.items():  # signing out takes them away
            self.client.cookies[name] = value
        try:
            with transaction.atomic():
                response = getattr(self.client, method)(url, data, **extra)
                if response.streaming:
                    b"".join(response.streaming_content)
                elif response.status_code >= 500:
                    self.note(method, url, data, f"status {response.status_code}")
                elif shown := REPR.search(self.text(response)):
                    self.note(method, url, data, f"shows {shown[0]}")
                if not keep:
                    transaction.set_rollback(True)
                return response
        except Exception as error:
            self.note(method, url, data, repr(error))
            return None

    @staticmethod
    def text(response):
        """Return the text of a page; none of a file."""
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return response.content.decode() if is_page else ""

    def note(self, method, url, data, what):
        if isinstance(data, dict):
            data = {name: str(value)[:60] for name, value in data.items()}
        self.problems.append(f"{method} {url[:200]} {str(data)[:600]}: {what[:300]}")

    def urls(self):
        """Yield (URL of what is there, URLs with junk in its place)."""
        for route, parameters, name in paths(self.urlconf):
            if is_repeated(name):
                continue
            for values in self.ids(name, parameters):
                url = route
                for parameter, value in values.items():
                    url = url.replace(f"<{parameter}>", str(value))
                yield url, self._twisted(route, values)

    @staticmethod
    def _twisted(route, values):
        for number, parameter in enumerate(values):
            junk = (UNKNOWN, "x", "a%00b", LONG[:3000])[(number + len(route)) % 4]
            url = route
            for other, value in values.items():
                url = url.replace(f"<{other}>", junk if other == parameter else str(value))
            yield url

    def explore(self):
        """Look at every page; keep its forms and the parameters of its links."""
        seen = set()
        for url, twisted in self.urls():
            if self.is_barred(url):
                continue
            response = self.send("get", url)
            self.keep(url, response)
            for wrong in twisted:
                if wrong not in seen:
                    seen.add(wrong)
                    self.send("get", wrong)
            if url not in {urlsplit(form.action).path for form in self.forms.values()}:
                body = BODIES[len(url) % len(BODIES)]
                self.send("post", url, body, content_type="application/json")

    def is_barred(self, url):
        """Whether the whole admin sends this person away: one page of it is enough."""
        if not url.startswith("/admin/") or self.may_administer:
            return False
        return url != "/admin/core/user/"

    def keep(self, url, response):
        if response is None or response.streaming or response.status_code != 200:
            return
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return
        page = Page(url, response.content.decode())
        for form in page.forms:
            self.forms.setdefault(form.key, form)
        for link in page.links:
            parts = urlsplit(link)
            if parts.path and parts.query and not parts.netloc:
                known = self.links.setdefault(parts.path, {})
                for name, value in parse_qsl(parts.query, keep_blank_values=True):
                    known.setdefault(name, value)

    def parameters(self):
        """Junk in every parameter that a link or a form of method GET names."""
        for form in self.forms.values():
            if form.method == "get":
                known = self.links.setdefault(urlsplit(form.action).path, {})
                for name in form.names:
                    known.setdefault(name, (form.values[name] or [""])[0])
        for path, known in self.links.items():
            for shift in range(len(path) % STRIDE, len(JUNK), STRIDE):
                query = {}
                for number, name in enumerate(known):
                    junk = JUNK[(number + shift) % len(JUNK)]
                    if junk is LISTED:
                        query[name] = [known[name], "x"]
                    elif junk is not MISSING and junk is not LONG:
                        query[name] = junk.replace("\x00", "")
                self.send("get", f"{path}?{urlencode(query, doseq=True, errors='replace')}")
            for number, name in enumerate(known):
                junk = [value for value in JUNK if isinstance(value, str) and "\x00" not in value]
                value = junk[number % len(junk)]
                query = urlencode({name: value}, errors="replace")
                self.send("get", f"{path}?{query}")

    def searches(self):
        """Junk in what the fields that search ask for."""
        fields = {search for form in self.forms.values() for search in form.searched.values()}
        for app, model, name in sorted(fields):
            for value in ("x", LONG, "'\"%_\\", "\U0001f600"):
                query = {"app_label": app, "model_name": model, "field_name": name}
                self.send("get", "/admin/autocomplete/", query | {"term": value, "page": value})
                self.send("get", "/admin/autocomplete/", query | {"field_name": value[:50]})

    def filled(self, form):
        """Return {name: text or list} that the form would take, as far as one can tell."""
        data = {}
        for name in form.names:
            values = [value for value in form.values[name] if value != ""]
            if form.kinds[name] == "file":
                data[name] = SimpleUploadedFile("junk.csv", b"a;b\n\x00\xff;1\n")
            elif form.kinds[name] in ("checkbox", "radio"):
                data[name] = values or form.choices[name][:1]
            elif values:
                data[name] = values if len(values) > 1 else values[0]
            elif name in form.searched:
                data[name] = self.offered(form.searched[name])
            elif form.choices.get(name):
                data[name] = next((choice for choice in form.choices[name] if choice), "")
            else:
                data[name] = self.guess(name)
        return data

    @staticmethod
    def guess(name):
        for part, value in [
            ("_FORMS", "0"),
            ("__prefix__", ""),
            ("date", "2026-02-03"),
            ("time", "10:00"),
            ("email", "new@school.example"),
            ("score", "10"),
            ("amount", "10"),
            ("weekday", "1"),
        ]:
            if part in name:
                return value
        return "1"

    def offered(self, search):
        """Return the first id that a searching field offers."""
        if search not in self._offered:
            app, model, name = search
            query = {"app_label": app, "model_name": model, "field_name": name}
            response = self.send("get", "/admin/autocomplete/", query)
            results = response.json()["results"] if response and response.status_code == 200 else []
            self._offered[search] = results[0]["id"] if results else ""
        return self._offered[search]

    def post_junk(self):
        """Junk in all fields of a form at once, each kind in each field, then in one at a time."""
        for form in self.posted():
            names, valid = form.names, self.filled(form)
            for shift in range(len(form.action) % STRIDE, len(JUNK), STRIDE):
                data = dict(valid)
                for number, name in enumerate(names):
                    self.spoil(data, name, JUNK[(number + shift) % len(JUNK)])
                self.send("post", form.action, self.pressed(form, data, shift))
            if self.is_thorough:
                for number, name in self.let_through(form, valid):
                    self.post_spoiled(form, valid, number, name)
            for option in form.choices.get("action", []):
                self.send("post", form.action, valid | {"action": option})

    def posted(self):
        return [form for form in self.forms.values() if form.method == "post"]

    def let_through(self, form, valid):
        """Return (number, name) of the fields that take the junk apt for them, as far as is known.

        Junk in all of them at once tells: what is refused by its field is refused beside any
        others. Each that is left is worth a request of its own, by which it may go further.
        """
        fields = [pair for pair in enumerate(form.names) if not self.is_of_the_page(pair[1])]
        data = dict(valid)
        for number, name in fields:
            self.spoil(data, name, self.apt(form, name, number))
        response = self.send("post", form.action, self.pressed(form, data, 0))
        if response is None or response.status_code != 200:
            return fields
        refused = Page(form.action, self.text(response)).invalid
        return [pair for pair in fields if pair[1] not in refused]

    def post_spoiled(self, form, valid, number, name, *, keep=False):
        """Send what the form would take, with junk in one field that it may well let through."""
        data = dict(valid)
        self.spoil(data, name, self.apt(form, name, number))
        return self.send("post", form.action, self.pressed(form, data, 0), keep=keep)

    @staticmethod
    def is_of_the_page(name):
        return name.startswith("_") or "__prefix__" in name or "_FORMS" in name

    def accept_junk(self):
        """Leave in the school's rows whatever junk their pages accept, for others to look at.

        A field is sent with the page as it is by then, as by somebody who has just opened it.
        """
        self.look(at=KEEPING)
        for form in self.posted():
            if urlsplit(form.action).path.endswith(KEEPING):
                self._accept_junk(form)

    def _accept_junk(self, form):
        now = form
        for number, name in self.let_through(form, self.filled(form) | self.kept(form)):
            # Whoever is no longer a student, or may not sign in, has no pages to look at.
            if name in LEFT_ALONE or name not in now.values:
                continue
            valid = self.filled(now) | self.kept(now)
            response = self.post_spoiled(now, valid, number, name, keep=True)
            if response is None or response.status_code == 200:
                if response is not None and OVERTAKEN in self.text(response):
                    self.note("post", form.action, {name: ""}, "the page was an old one")
                continue
            self.accepted += 1
            now = self.present(form) or now

    def present(self, form):
        """Return the form as its page has it now; None when the page no longer has it."""
        response = self.send("get", form.action)
        forms = Page(form.action, self.text(response)).forms if response is not None else []
        same = [
            other for other in forms if other.action == form.action and other.method == form.method
        ]
        return max(same, key=lambda other: len({*other.names} & {*form.names}), default=None)

    @staticmethod
    def kept(form):
        """Return what the form holds, as a browser sends it back untouched."""
        return {
            name: values if len(values) > 1 else values[0]
            for name, values in form.values.items()
            if values and name != "csrfmiddlewaretoken"
        }

    def look(self, at=""):
        """Look at every page whose path ends with `at`, and send nothing."""
        for url, _twisted in self.urls():
            if url.endswith(at) and not self.is_barred(url):
                self.keep(url, self.send("get", url))

    @staticmethod
    def apt(form, name, number):
        """Return the junk that a field's own kind lets through most likely."""
        value = (form.values[name] or [""])[0]
        if value[:1] in ("{", "["):
            return ('["x"]', '{"x": ["y"]}', '"x"', "7")[number % 4]
        if form.kinds[name] in ("select", "checkbox", "radio"):
            return (UNKNOWN, "x", LISTED, "a\x00b")[number % 4]
        return JUNK[number % len(JUNK)]

    @staticmethod
    def spoil(data, name, junk):
        if junk is MISSING:
            data.pop(name, None)
        elif junk is LISTED:
            value = data.get(name, "")
            data[name] = [*value, "x"] if isinstance(value, list) else [value, "x"]
        else:
            data[name] = junk

    @staticmethod
    def pressed(form, data, number):
        if form.buttons:
            name, value = form.buttons[number % len(form.buttons)]
            data = data | {name: value}
        return data


def _money_of(school):
    """Return the ids of rows of finance that the cast does not have, made when asked for."""
    with tenant_context(school.tenant, school.admin):
        plan = FeePlan.objects.first() or finance.fee_plan()
        run = BillingRun.objects.first() or finance.billing_run(plan=plan)
        note = CreditNote.objects.first() or finance.credit_note(invoice=school.invoice)
    return {"plan_id": plan.pk, "run_id": run.pk, "note_id": note.pk}


def uuids_of(school):
    """Return the ids that the paths of a school's URLs name, by parameter."""
    return _money_of(school) | {
        "student_id": school.student.pk,
        "person_id": school.student.pk,
        "class_id": school.school_class.pk,
        "enrollment_id": school.enrollment.pk,
        "entry_id": school.waitlist_entry.pk,
        "assignment_id": school.assignment.pk,
        "session_id": school.session.pk,
        "submission_id": school.submission.pk,
        "scale_id": school.grading_scale.pk,
        "term_id": school.term.pk,
        "invoice_id": school.invoice.pk,
        "payment_id": school.payment.pk,
        "file_id": school.attachment_file.pk,
        "statement_id": school.bank_statement.pk,
        "line_id": school.bank_transaction.pk,
        "other_id": school.other_student.pk,
        "merge_id": school.student_merge.pk,
        "view_id": school.saved_view.pk,
        "slug": "school",
        "homeroom_id": school.homeroom.pk,
        "year_group_id": school.year_group.pk,
        "absence_id": school.absence.pk,
        "application_id": school.application.pk,
        "document_id": school.application_document.pk,
        "batch_id": school.import_batch.pk,
        "export_id": school.export.pk,
        "uidb64": "eA",
        "token": str(uuid.uuid4()),
        "signed": "x:y",
        "rest": "1/2",
        "content_type_id": "1",
        "file_format": "csv",
        "provider": "stripe",
        "kind": "reversal",
    }
