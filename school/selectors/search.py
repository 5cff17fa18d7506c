"""One search for everything: people, classes, invoices, pages, and what can be done there.

Each kind is found under the reader's policies, and asked for only where the reader has the rights
to open what is found. The search functions of the database look words up by their indexes
(core.search); a kind then costs one more query of a few rows.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from core import offices, rls, search
from core.models import User
from core.models.user import is_placeholder
from finance.models import Invoice

MOST = 20  # results
PEOPLE, CHILDREN, CLASSES, INVOICES, PAGES, ACTIONS = 7, 4, 5, 5, 5, 4
LONGEST = 200  # of what is typed
MOST_IDS = search.MAX_IDS

# A word without three letters is in no index: names begin with it, or it is tried on what the
# others find.
SHORTEST = 3
BEGUN = ("users", "guardians", "classes")
BEGINNING = """
    select t.id from {table} t
     where t.tenant_id = app.tenant_id()
       and t.sort_name like substr(app.contains_pattern(app.folded(%s)), 2)
"""

PERSON, CLASS, INVOICE, PAGE, ACTION = "person", "class", "invoice", "page", "action"

# Of those whom the rarest word finds: whom the others find too, the nearest first.
PEOPLE_SQL = """
    select u.id, u.name, u.role, u.email, coalesce(u.student_number, ''), u.status
      from users u
     where u.tenant_id = app.tenant_id() and u.deleted_at is null and u.role <> 'guardian'
       and u.id = any (%(ids)s) and {by_words}
     order by u.student_number is not distinct from %(term)s desc,
              u.sort_name like app.folded(%(term)s) || '%%' desc,
              u.status = 'active' desc, u.role = 'student' desc, u.sort_name, u.id
     limit %(most)s
"""
PERSON_BY = "app.is_found(u.sort_name, u.email, u.student_number, u.phone, {word})"
# With their children, whom somebody who calls is asked about.
GUARDIANS_SQL = """
    with those as (
        select g.id, g.name, g.sort_name, g.email, g.phone
          from guardians g
         where g.tenant_id = app.tenant_id() and g.id = any (%(ids)s) and {by_words}
         order by g.sort_name like app.folded(%(term)s) || '%%' desc, g.sort_name, g.id
         limit %(most)s)
    select g.id, g.name, coalesce(g.phone, g.email, ''),
           s.id, s.name, coalesce(s.student_number, '')
      from those g
      left join student_guardians l on l.tenant_id = app.tenant_id() and l.guardian_id = g.id
      left join users s on s.tenant_id = l.tenant_id and s.id = l.student_id
                       and s.deleted_at is null
     order by g.sort_name, g.id, s.sort_name, s.id
"""
GUARDIAN_BY = (
    "(app.is_found(g.sort_name, g.email, null, g.phone, {word})"
    " or app.phone_digits(g.other_phone) like app.phone_pattern({word}))"
)
CLASSES_SQL = """
    select c.id, c.name, coalesce(c.code, ''), coalesce(t.name, ''), coalesce(m.name, '')
      from classes c
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
      left join terms m on m.tenant_id = c.tenant_id and m.id = c.term_id
     where c.tenant_id = app.tenant_id() and c.deleted_at is null and c.id = any (%(ids)s)
     order by c.status = 'active' desc, c.start_date desc, c.sort_name, c.id
     limit %(most)s
"""
# By the number; and the latest of the students who were found.
INVOICES_SQL = """
    select i.id, coalesce(i.invoice_number, ''), u.name, i.balance, i.currency, i.status
      from invoices i
      join users u on u.tenant_id = i.tenant_id and u.id = i.student_id
     where i.tenant_id = app.tenant_id()
       and (i.id = any (%(ids)s) or i.student_id = any (%(students)s))
     order by i.id = any (%(ids)s) desc, i.issue_date desc, i.id
     limit %(most)s
"""


@dataclass(frozen=True)
class Result:
    """Something that was found: what it is, what it is called, more about it, and its page."""

    kind: str
    title: str
    detail: str
    url: str

    def as_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Person:
    """Somebody of the school who was found."""

    pk: UUID
    name: str
    role: str
    email: str
    number: str
    status: str = User.Status.ACTIVE.value

    @property
    def is_student(self) -> bool:
        return self.role == User.Role.STUDENT

    @property
    def url(self) -> str:
        page = "admin:student_profile" if self.is_student else "admin:core_user_change"
        return reverse(page, args=[self.pk])

    def result(self, more: str = "") -> Result:
        parts = [
            str(User.Role(self.role).label),
            self.number,
            "" if is_placeholder(self.email) else self.email,
            "" if self.status == User.Status.ACTIVE else str(User.Status(self.status).label),
            more,
        ]
        return Result(PERSON, self.name, " · ".join(filter(None, parts)), self.url)


Pages = Sequence[tuple[str, str, str]]  # (title, what it belongs to, address)


class Search:
    """A search of one person's, for `term`; `pages` are those that they may open.

    `may("finance.view_invoice")` says what they may.
    """

    def __init__(self, term: str, may: Callable[[str], bool], pages: Pages) -> None:
        self.may, self.pages = may, pages
        self.term = " ".join(term.replace("\x00", "").split())[:LONGEST]
        self.action, self.words = _action_of(self.term, may)

    def results(self) -> list[Result]:
        """Return what is found, the nearest first; of nothing typed, pages to begin with."""
        if not self.term:
            return [Result(PAGE, title, of, url) for title, of, url in self.pages[:MOST]]
        if not self.words:
            return [*self._pages(), *_start(self.action)][:MOST]
        ids = self._ids()
        people = self._people(ids)
        matches = [
            *(person.result() for person in people),
            *self._guardians(ids, people),
            *self._classes(ids),
            *self._invoices(ids, people),
        ]
        actions = [*self._actions(people), *([] if people else _start(self.action))]
        if self.action:
            return actions or matches[:MOST]
        return [*matches[: MOST - PAGES - ACTIONS], *self._pages(), *actions][:MOST]

    # --- what the search functions find -----------------------------------------------------------

    def _ids(self) -> dict[str, list[list[UUID]]]:
        """Return {function: ids for each word, at most some} of the kinds that may be read."""
        is_office = rls.current().role in offices.OFFICE
        functions = {
            "users": "app.search_all_users" if is_office else "app.search_users",
            "classes": "app.search_all_classes" if is_office else "app.search_classes",
            "guardians": "app.search_all_guardians" if is_office else "app.search_guardians",
        }
        if self.may("finance.view_invoice"):
            functions["invoices"] = "app.search_invoices"
        long = [word for word in self.words if len(word) >= SHORTEST]
        if long:
            asked = [
                (kind, f"select {call}(%s)", word)
                for word in long
                for kind, call in functions.items()
            ]
        else:
            asked = [(kind, BEGINNING.format(table=kind), self.words[0]) for kind in BEGUN]
        rows = _rows(
            " union all ".join(
                f"(select {n}, s.id from ({sql}) s(id) limit {MOST_IDS + 1})"  # noqa: S608 - ours
                for n, (_kind, sql, _word) in enumerate(asked)
            ),
            [word for _kind, _sql, word in asked],
        )
        by_number: dict[int, list[UUID]] = {number: [] for number in range(len(asked))}
        for number, row_id in rows:
            by_number[number].append(row_id)
        matches: dict[str, list[list[UUID]]] = {kind: [] for kind in functions}
        for number, (kind, _sql, _word) in enumerate(asked):
            matches[kind].append(by_number[number])
        return {kind: some or [[]] for kind, some in matches.items()}

    def _near(
        self, sql: str, by: str, ids: Sequence[list[UUID]], most: int
    ) -> list[tuple[Any, ...]]:
        """Return the rows that every word finds: the rarest word's, tried by the others."""
        rarest = min(ids, key=len)
        if not rarest:
            return []
        words = {f"word{n}": word for n, word in enumerate(self.words)}
        tried = " and ".join(by.format(word=f"%({name})s") for name in words)
        values = words | {"ids": rarest, "term": " ".join(self.words), "most": most}
        return _rows(sql.format(by_words=tried), values)

    def _people(self, ids: Mapping[str, list[list[UUID]]]) -> list[Person]:
        return [Person(*row) for row in self._near(PEOPLE_SQL, PERSON_BY, ids["users"], PEOPLE)]

    def _guardians(
        self, ids: Mapping[str, list[list[UUID]]], people: Sequence[Person]
    ) -> Iterator[Result]:
        """Yield the guardians, each with those of their children who were not found already."""
        known, shown = {person.pk for person in people}, set()
        matches = self._near(GUARDIANS_SQL, GUARDIAN_BY, ids["guardians"], CHILDREN)
        for pk, name, contact, *child in matches:
            if pk not in shown:
                shown.add(pk)
                url = reverse("admin:core_guardian_change", args=[pk])
                yield Result(PERSON, name, " · ".join(filter(None, [_("Guardian"), contact])), url)
            if child[0] is not None and child[0] not in known:
                known.add(child[0])
                student = Person(child[0], child[1], User.Role.STUDENT.value, "", child[2])
                yield student.result(_("guardian: %(name)s") % {"name": name})

    def _classes(self, ids: Mapping[str, list[list[UUID]]]) -> Iterator[Result]:
        both = set.intersection(*map(set, ids["classes"]))
        if both and self.may("academics.view_schoolclass"):
            for pk, name, code, *more in _rows(CLASSES_SQL, {"ids": [*both], "most": CLASSES}):
                title = f"{name} ({code})" if code else name
                url = reverse("admin:academics_schoolclass_change", args=[pk])
                yield Result(CLASS, title, " · ".join(filter(None, more)), url)

    def _invoices(
        self, ids: Mapping[str, list[list[UUID]]], people: Sequence[Person]
    ) -> Iterator[Result]:
        if "invoices" not in ids:
            return
        numbers = set.intersection(*map(set, ids["invoices"]))
        students = [person.pk for person in people if person.is_student][:2]
        if not numbers and not students:
            return
        values = {"ids": [*numbers], "students": students, "most": INVOICES}
        for pk, number, student, balance, currency, status in _rows(INVOICES_SQL, values):
            rest = _("Still to pay: %(sum)s") % {"sum": f"{balance:,} {currency}"}
            if status in (Invoice.Status.CANCELLED, Invoice.Status.PAID):
                rest = str(Invoice.Status(status).label)
            yield Result(
                INVOICE,
                number or _("Draft"),
                " · ".join(filter(None, [student, rest])),
                reverse("admin:finance_invoice_change", args=[pk]),
            )

    # --- pages and actions ------------------------------------------------------------------------

    def _pages(self) -> list[Result]:
        words = [_folded(word) for word in search.split(self.term)]
        return [
            Result(PAGE, title, of, url)
            for title, of, url in self.pages
            if all(word in _folded(title) for word in words)
        ][:PAGES]

    def _actions(self, people: Sequence[Person]) -> list[Result]:
        """Return what can be done for the students who were found, the first of them above all."""
        students = [person for person in people if person.is_student]
        actions = [self.action] if self.action else [a for a in ACTIONS_OF if self.may(a.right)]
        results = [
            action.result(person)
            for person in students[: PEOPLE if self.action else 2]
            for action in actions
        ]
        return results[: PEOPLE if self.action else ACTIONS]


# --- what can be done -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Action:
    """Something that can be done for a student: the right it takes, the sentence and the page."""

    right: str
    title: Callable[[str], str]
    url: Callable[[UUID], str]
    start: Callable[[], str]  # the page without a student

    def result(self, person: Person) -> Result:
        return Result(ACTION, self.title(person.name), person.number, self.url(person.pk))


ACTIONS_OF = (
    Action(
        "finance.add_payment",
        lambda name: _("Take a payment from %(name)s") % {"name": name},
        lambda pk: reverse("admin:take_payment_of", args=[pk]),
        lambda: reverse("admin:take_payment"),
    ),
    Action(
        "finance.add_invoice",
        lambda name: _("New invoice for %(name)s") % {"name": name},
        lambda pk: f"{reverse('admin:finance_invoice_add')}?student={pk}",
        lambda: reverse("admin:finance_invoice_add"),
    ),
    Action(
        "academics.add_enrollment",
        lambda name: _("Enroll %(name)s") % {"name": name},
        lambda pk: f"{reverse('admin:academics_enrollment_add')}?student={pk}",
        lambda: reverse("admin:enrollment_desks"),
    ),
)


def _action_of(term: str, may: Callable[[str], bool]) -> tuple[Action | None, list[str]]:
    """Return (the action whose words a search begins with, or None; the words of the rest)."""
    folded = _folded(term)
    for action in ACTIONS_OF:
        phrase = _folded(action.title("")).strip()
        for beginning in _beginnings(phrase):
            if may(action.right) and (folded + " ").startswith(beginning + " "):
                return action, search.split(term[len(beginning) :])
    return None, search.split(term)


def _beginnings(phrase: str) -> list[str]:
    """Return what a phrase may be shortened to: "new invoice for", "new invoice"."""
    words = phrase.split()
    return [phrase, *([" ".join(words[:-1])] if len(words) > 2 else [])]


def _start(action: Action | None) -> list[Result]:
    """Return the action without a student; nothing where none was asked for."""
    return [Result(ACTION, action.title("…"), "", action.start())] if action else []


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", str(text)).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _rows(sql: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
