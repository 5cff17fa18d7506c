"""What is owed by age: by student, family or payer, class, or invoice; on any day so far."""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from academics.models import SchoolClass
from core import offices
from core.admin import pages
from core.defaults import today
from core.forms import fields
from core.http import PersonRequest
from core.models import Guardian, User
from exchange.admin.exporting import answer
from finance.models import Sponsor
from finance.papers.aging_export import BUCKETS, BY, KIND, TEMPLATE, values_of
from finance.selectors import aging

SHOWN = 100  # rows of a page
FORMATS = [("xlsx", "XLSX"), ("csv", "CSV"), ("pdf", "PDF")]
# What the key of a group is, and whose name it has.
OWNERS: dict[str, Any] = {
    "sponsor": Sponsor.objects,
    "guardian": Guardian.objects,
    "family": User.all_objects,
}
FULL = 1000  # the width of a bar of everything
LEAST = 6  # that is seen
BROADEST_PAGE = 100_000


class AgingForm(forms.Form):
    """Which day, and how the sums are made."""

    day = fields.DateField(label=gettext_lazy("End of"), widget=UnfoldAdminTextInputWidget())
    by = forms.ChoiceField(
        label=gettext_lazy("By"), choices=list(BY.items()), widget=UnfoldAdminSelectWidget()
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > today():
            raise forms.ValidationError(_("Choose a day up to today."))
        return day


@dataclass(frozen=True)
class Bar:
    """An age's share of what is owed in one currency."""

    name: str
    amount: Decimal
    width: int  # of FULL
    url: str


def _form(request: PersonRequest) -> AgingForm:
    asked = {"day": today().isoformat(), "by": aging.STUDENT} | request.GET.dict()
    return AgingForm(asked)


def _question(request: PersonRequest, form: AgingForm) -> aging.Question:
    """Return what is asked for; raises Http404 where an address names what is not there."""
    narrowed = {
        name: request.GET[name]
        for name in ("group", "key", "currency", "bucket")
        if request.GET.get(name)
    }
    if narrowed.get("bucket", "current") not in BUCKETS or narrowed.get("group", "") not in (
        "",
        *BY,
    ):
        raise Http404(_("There is no such page."))
    if not re.fullmatch("[A-Z]{3}", narrowed.get("currency", "USD")):
        raise Http404(_("There is no such page."))
    return aging.Question(**form.cleaned_data, **narrowed)


def _name(question: aging.Question) -> str:
    """Return the name of the group that invoices are asked of; Http404 if it is not there."""
    if question.by != aging.INVOICE or not question.key:
        return ""
    if question.group == aging.STUDENT:
        return str(_owner(User.all_objects, question.key))
    if question.group == aging.CLASS:
        if question.key == aging.NO_CLASS:
            return _("No class")
        return str(_owner(SchoolClass.all_objects, question.key))
    kind, _sign, pk = question.key.partition(":")
    if question.group != aging.PAYER or kind not in OWNERS:
        raise Http404(_("There is no such page."))
    name = str(_owner(OWNERS[kind], pk))
    return _("Family of %(name)s") % {"name": name} if kind == "family" else name


def _owner(manager: Any, text: str) -> Any:
    try:
        row = manager.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        row = None
    if row is None:
        raise Http404(_("There is no such page."))
    return row


def _address(question: aging.Question, **more: Any) -> str:
    return f"{reverse('admin:aging')}?{urlencode(values_of(question) | more)}"


def _behind(question: aging.Question, **narrowed: str) -> str:
    """Return the address of the invoices behind a figure."""
    values = {"day": question.day.isoformat(), "by": aging.INVOICE}
    if question.by == aging.INVOICE:
        values |= values_of(question)
    return f"{reverse('admin:aging')}?{urlencode(values | narrowed)}"


def _page(request: PersonRequest) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if re.fullmatch("[0-9]{1,6}", text) else 1
    return min(max(number, 1), BROADEST_PAGE)


@pages.page("money/aging/", "aging", roles=offices.MONEY_OFFICE)
def show(request: PersonRequest) -> HttpResponse:
    """Show the sums by age, and the rows that they are made of."""
    if not request.user.has_perm("finance.view_invoice"):
        raise PermissionDenied
    form = _form(request)
    context: dict[str, Any] = {"form": form, "formats": FORMATS}
    if form.is_valid():
        question = _question(request, form)
        context |= _answer(question, _page(request))
    return pages.show(request, "finance/aging/page.html", _("Aging"), context)


def _answer(question: aging.Question, number: int) -> dict[str, Any]:
    first = (number - 1) * SHOWN
    by_invoice = question.by == aging.INVOICE
    rows: list[Any] = (aging.invoices if by_invoice else aging.groups)(question, first, SHOWN + 1)
    name = _name(question)
    return {
        "question": question,
        "name": name,
        "everything": _address(aging.Question(question.day, aging.INVOICE))
        if by_invoice and (name or question.currency or question.bucket)
        else "",
        "age": BUCKETS.get(question.bucket, ""),
        "buckets": list(BUCKETS.values()),
        "heading": BY[question.by],
        "sums": [(sums, _bars(question, sums)) for sums in aging.totals(question)],
        "invoices": [(row, BUCKETS[row.bucket]) for row in rows[:SHOWN]] if by_invoice else [],
        "owing": [] if by_invoice else [_row(question, row) for row in rows[:SHOWN]],
        "previous": _address(question, page=number - 1) if number > 1 else "",
        "next": _address(question, page=number + 1) if len(rows) > SHOWN else "",
        "export_url": f"{reverse('admin:aging_export')}?{urlencode(values_of(question))}",
    }


def _bars(question: aging.Question, sums: aging.Amounts) -> list[Bar]:
    return [
        Bar(
            str(BUCKETS[bucket]),
            amount,
            max(int(FULL * amount / sums.total), LEAST) if amount else 0,
            _behind(question, currency=sums.currency, bucket=bucket) if amount else "",
        )
        for bucket, amount in zip(BUCKETS, sums.buckets, strict=True)
    ]


def _row(question: aging.Question, group: aging.Group) -> dict[str, Any]:
    """Return a group with the addresses of what is behind its figures."""
    narrowed = {
        "group": question.by,
        "key": group.key,
        "currency": group.amounts.currency,
    }
    return {
        "group": group,
        "name": group.name or (_("No class") if question.by == aging.CLASS else "–"),
        "url": _behind(question, **narrowed),
        "cells": [
            (name, amount, _behind(question, **narrowed, bucket=bucket) if amount else "")
            for (bucket, name), amount in zip(BUCKETS.items(), group.amounts.buckets, strict=True)
        ],
    }


@pages.page("money/aging/export/", "aging_export", pages.POST, roles=offices.MONEY_OFFICE)
def export(request: PersonRequest) -> HttpResponseBase:
    """Hand over the rows of the page as a file."""
    if not request.user.has_perm("finance.view_invoice"):
        raise PermissionDenied
    form = _form(request)
    back = f"{reverse('admin:aging')}?{request.GET.urlencode()}"
    if not form.is_valid():
        return redirect(back)
    question = _question(request, form)
    _name(question)
    if request.POST.get("file_format") not in dict(FORMATS):
        messages.error(request, _("Choose XLSX, CSV or PDF."))
        return redirect(back)
    return answer(
        request,
        back,
        kind=KIND,
        template_id=TEMPLATE,
        title=_("Aging"),
        file_format=request.POST["file_format"],
        filters=values_of(question),
    )
