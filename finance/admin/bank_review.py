"""Reviewing a bank statement: which invoice each line is for; posting, ignoring, opening again."""

import re
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from finance.admin.bank_statements import require
from finance.models import BankStatement, BankTransaction
from finance.selectors import bank, desk
from finance.services import bank_posting

PAGE = 50
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REASON = 500


@dataclass
class Answer:
    """What a form says of the lines: the ticked ones, the invoice of each, and what is wrong."""

    ticked: set[UUID] = field(default_factory=set)
    chosen: dict[UUID, UUID] = field(default_factory=dict)
    typed: dict[UUID, str] = field(default_factory=dict)
    problems: dict[UUID, str] = field(default_factory=dict)

    def choices(self):
        return {line: self.chosen[line] for line in self.ticked}


def _answer(data):
    """Return the `Answer` of a sent form; an id that is none is left out."""
    answer = Answer(ticked=set(map(UUID, filter(ID.fullmatch, data.getlist("line")))))
    for line in answer.ticked:
        chosen, number = data.get(f"invoice-{line}", ""), data.get(f"number-{line}", "").strip()
        invoice = desk.invoice_by_number(number[:100]) if number else None
        if number:
            answer.typed[line] = number
        if invoice is not None:
            answer.chosen[line] = invoice.pk
        elif number:
            answer.problems[line] = _("There is no invoice with this number.")
        elif ID.fullmatch(chosen):
            answer.chosen[line] = UUID(chosen)
        else:
            answer.problems[line] = _("Choose an invoice, or type its number.")
    return answer


@pages.page("bank-statements/<uuid:statement_id>/", "bank_statement", pages.FORM)
def review(request, statement_id):
    """Show the lines of a statement with the invoices they may be for; post what is ticked."""
    require(request)
    statement = get_object_or_404(BankStatement, pk=statement_id)
    if request.method != "POST":
        return _page(request, statement)
    answer = _answer(request.POST)
    if not answer.ticked:
        messages.warning(request, _("Tick the lines to post."))
        return redirect(request.get_full_path())
    token = request.POST.get("token", "")
    if not ID.fullmatch(token):
        messages.error(request, _("Nothing was posted. Send the form again."))
    elif not answer.problems:
        try:
            with explained():
                posted = bank_posting.post(choices=answer.choices(), token=UUID(token))
        except bank_posting.Refused as refusal:
            answer.problems[refusal.line] = str(refusal)
        except RefusedByDatabase as refusal:
            messages.error(request, _("Nothing was posted. %(why)s") % {"why": refusal})
        else:
            _say(request, len(posted))
            return redirect(request.get_full_path())
    return _page(request, statement, answer)


def _say(request, count):
    if not count:
        messages.info(request, _("These lines were posted already."))
        return
    text = ngettext("%(count)d payment was recorded.", "%(count)d payments were recorded.", count)
    messages.success(request, text % {"count": count})


def _page(request, statement, answer=None):
    which = request.GET.get("list", bank.OPEN)
    which = which if which in bank.LISTS else bank.OPEN
    rows = bank.lines(statement, which)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "statement": statement,
        "which": which,
        "tabs": _tabs(bank.counts(statement), which),
        "page": page,
        "token": uuid4(),
    }
    if which == bank.OPEN:
        reviews = bank.review(list(page.object_list))
        context["rows"] = [_row(review, answer) for review in reviews]
    if answer is not None and answer.problems:
        messages.error(request, _("Nothing was posted. Look at what is said below."))
    title = _("Bank statement %(file)s") % {"file": statement}
    status = 400 if answer is not None else 200
    return pages.show(request, "finance/bank/statement.html", title, context, status)


def _row(review, answer):
    """Return what the table shows of an open line: as it was sent, or as it is proposed."""
    line = review.line.pk
    best = review.proposals[0].invoice.pk if review.proposals else None
    if answer is None:
        return {"review": review, "is_ticked": review.is_sure, "chosen": best}
    return {
        "review": review,
        "is_ticked": line in answer.ticked,
        "chosen": answer.chosen.get(line, best),
        "typed": answer.typed.get(line, ""),
        "problem": answer.problems.get(line, ""),
    }


def _tabs(counts, which):
    names = {
        bank.OPEN: _("Open"),
        bank.POSTED: _("Posted"),
        bank.IGNORED: _("Ignored"),
        bank.OUT: _("Money out"),
    }
    return [
        {"key": key, "name": name, "count": counts[key], "is_current": key == which}
        for key, name in names.items()
    ]


@pages.page("bank-lines/<uuid:line_id>/ignore/", "bank_line_ignore", pages.POST)
def ignore(request, line_id):
    """Leave a line alone, with a reason."""
    line = _line(request, line_id)
    reason = request.POST.get("reason", "").strip()[:REASON]
    if not reason:
        messages.error(request, _("Nothing was changed. Write down why the line is ignored."))
    elif bank_posting.ignore(line=line, reason=reason):
        messages.success(request, _("The line is ignored."))
    else:
        messages.info(request, _("Somebody has dealt with this line already."))
    return redirect("admin:bank_statement", line.statement_id)


@pages.page("bank-lines/<uuid:line_id>/reopen/", "bank_line_reopen", pages.POST)
def reopen(request, line_id):
    """Make a line that was ignored open again."""
    line = _line(request, line_id)
    if bank_posting.reopen(line=line):
        messages.success(request, _("The line is open again."))
    address = reverse("admin:bank_statement", args=[line.statement_id])
    return redirect(f"{address}?list={bank.IGNORED}")


def _line(request, line_id):
    require(request)
    return get_object_or_404(BankTransaction, pk=line_id)
