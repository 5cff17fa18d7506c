"""Bank statements: the list, the upload, and what the columns of a table mean."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core import reading as dates
from core.admin import pages
from core.admin.base import RecordAdmin
from core.constraints import RefusedByDatabase, explained
from core.defaults import school_currency
from exchange.imports.encodings import DELIMITERS, ENCODINGS
from exchange.imports.uploads import Upload, UploadRefused
from finance.bank import reading, table
from finance.bank.lines import ACCOUNT, MAX_BYTES, MAX_LINES, BankFileRefused
from finance.models import BankStatement
from finance.selectors import bank
from finance.services import bank_statements

ACCEPTED = ".csv,.txt,.tsv,.xlsx,.xml,.sta,.mt940,.940"


@admin.register(BankStatement)
class BankStatementAdmin(RecordAdmin):
    """What was imported; each has a page on which its lines are reviewed."""

    list_display = [
        "created_at",
        "filename",
        "accounts",
        "first_date",
        "last_date",
        "shown_lines",
    ]
    date_hierarchy = "created_at"
    sortable_by = ["created_at"]
    actions_list = ["upload_file"]
    actions_detail = ["review_lines"]
    fields = [
        ("filename", "file_format"),
        "accounts",
        ("first_date", "last_date"),
        "line_count",
        ("recorded_by", "created_at"),
    ]
    empty_hint = gettext_lazy("Import a file of the bank: a table (CSV, XLSX), CAMT.053 or MT940.")

    def get_queryset(self, request):
        return bank.with_counts(super().get_queryset(request))

    @display(description=gettext_lazy("lines"))
    def shown_lines(self, obj):
        url = reverse("admin:bank_statement", args=[obj.pk])
        text = _("Review: %(count)d open") if obj.open_count else _("Nothing open")
        return format_html(
            '<a href="{}" class="underline">{}</a>', url, text % {"count": obj.open_count}
        )

    @action(description=gettext_lazy("Import a file"), icon="upload_file", permissions=["upload"])
    def upload_file(self, request):
        """Go to the page that asks for a file."""
        return redirect("admin:bank_upload")

    @action(description=gettext_lazy("Review the lines"), icon="fact_check", url_path="to-lines")
    def review_lines(self, request, object_id):
        """Go to the page that posts the lines."""
        return redirect("admin:bank_statement", object_id)

    def has_upload_permission(self, request):
        return may_import(request)

    def deletion_refusal(self, request, row):
        if row.transactions.filter(payment__isnull=False).exists():
            return _("Payments were posted from this statement, so it stays.")
        return super().deletion_refusal(request, row)


def may_import(request):
    """Whoever records payments works with the bank's statements."""
    return request.user.has_perm("finance.add_payment")


def require(request):
    if not may_import(request):
        raise PermissionDenied


class UploadForm(forms.Form):
    """One file of the bank."""

    file = forms.FileField(
        label=gettext_lazy("File of the bank"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "class": "imp__file"}),
        allow_empty_file=True,  # its sentence comes from reading it
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "A table (CSV or XLSX), CAMT.053 (XML) or MT940; at most %(size)d MB and"
            " %(lines)s lines."
        ) % {"size": MAX_BYTES // 2**20, "lines": f"{MAX_LINES:,}"}


@pages.page("bank-statements/upload/", "bank_upload", pages.FORM)
def upload(request):
    """Ask for a file; import it, or ask what its columns mean."""
    require(request)
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    if is_sent and form.is_valid():
        try:
            with explained():
                return _take(request, form.cleaned_data["file"])
        except (BankFileRefused, UploadRefused, RefusedByDatabase) as refusal:
            form.add_error("file", str(refusal))
    status = 400 if form.errors else 200
    return pages.show(
        request, "finance/bank/upload.html", _("Import a bank statement"), {"form": form}, status
    )


def _take(request, file):
    kept = Upload(request.tenant.pk, request.user.pk)
    digest = kept.save(file)
    try:
        known = bank_statements.with_digest(digest)
        if known is not None:
            kept.remove()
            return _known(request, known)
        lines = reading.read(kept.path)
        if lines is None:
            table.Table(kept.path, file.name)
            query = urlencode({"name": file.name[-200:]})
            return redirect(f"{reverse('admin:bank_columns', args=[kept.token])}?{query}")
        imported = bank_statements.import_file(file=lines, filename=file.name, digest=digest)
    except BaseException:
        kept.remove()
        raise
    kept.remove()
    return _imported(request, imported, lines.notes)


def _known(request, statement):
    messages.info(request, _("This file was imported already. Nothing was added."))
    return redirect("admin:bank_statement", statement.pk)


def _imported(request, imported, notes):
    if imported.was_there:
        return _known(request, imported.statement)
    text = ngettext("%(count)d new line.", "%(count)d new lines.", imported.added)
    messages.success(request, text % {"count": imported.added})
    if known := imported.statement.line_count - imported.added:
        text = ngettext(
            "%(count)d line was imported before and is not taken twice.",
            "%(count)d lines were imported before and are not taken twice.",
            known,
        )
        messages.info(request, text % {"count": known})
    for note in notes:
        messages.warning(request, note)
    return redirect("admin:bank_statement", imported.statement.pk)


class ColumnsForm(forms.Form):
    """What each header means, of which account the lines are, and how days are written."""

    account = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=ACCOUNT,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Its IBAN or number: lines of one account are taken once."),
    )
    date_order = forms.ChoiceField(
        label=gettext_lazy("Days like 3/4/2026"),
        widget=UnfoldAdminSelectWidget,
        choices=[
            (dates.DAY_FIRST, gettext_lazy("day first: 3 April")),
            (dates.MONTH_FIRST, gettext_lazy("month first: 4 March")),
        ],
    )
    encoding = forms.ChoiceField(label=gettext_lazy("Characters"), widget=UnfoldAdminSelectWidget)
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Separator"),
        widget=UnfoldAdminSelectWidget,
        choices=DELIMITERS.items(),
    )

    def __init__(self, data, *, lines, kept):
        self.table = lines
        self.headers = list(dict.fromkeys(filter(None, lines.headers)))
        self.guessed = lines.guess(kept.columns)
        day = next((h for h, name in self.guessed.items() if name == "booking_date"), None)
        order = lines.date_order(day) if day else dates.day_order()
        initial = {"account": kept.account, "date_order": order}
        sheet = lines.sheet
        super().__init__(
            data, initial=initial | {"encoding": sheet.encoding, "delimiter": sheet.delimiter}
        )
        self.fields["encoding"].choices = ENCODINGS.items()
        if sheet.is_xlsx:
            del self.fields["encoding"], self.fields["delimiter"]
        for place, header in enumerate(self.headers):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header,
                required=False,
                choices=[("", _("– leave out –")), *table.LABELS.items()],
                initial=self.guessed.get(header, ""),
                widget=UnfoldAdminSelectWidget,
            )

    def lines(self):
        """Return [(header, first values, field)]."""
        return [
            (header, self.table.samples(header), self[f"column_{place}"])
            for place, header in enumerate(self.headers)
        ]

    def about(self):
        """Return the fields that are no columns."""
        return [self[name] for name in self.fields if not name.startswith("column_")]

    def mapping(self):
        """Return {header: column} as it was chosen."""
        chosen = {h: self.cleaned_data.get(f"column_{n}") for n, h in enumerate(self.headers)}
        return {header: name for header, name in chosen.items() if name}

    def is_read_anew(self):
        """Whether the file is to be read with other characters or another separator."""
        return any(
            self.cleaned_data.get(name) != self.initial[name]
            for name in ("encoding", "delimiter")
            if name in self.fields
        )

    def clean(self):
        cleaned = super().clean()
        if self.is_read_anew():
            return cleaned
        meant = {}
        for place, header in enumerate(self.headers):
            name = cleaned.get(f"column_{place}")
            if name and name in meant:
                values = {"other": meant[name], "label": table.LABELS[name]}
                message = _("“%(other)s” means %(label)s already.") % values
                self.add_error(f"column_{place}", message)
            elif name and self.table.headers.count(header) > 1:
                message = _("The file has two columns with this header; rename one of them there.")
                self.add_error(f"column_{place}", message)
            meant.setdefault(name, header)
        if "booking_date" not in meant:
            self.add_error(None, _("Say which column holds the day."))
        if not meant.keys() & {"amount", "credit", "debit"}:
            self.add_error(None, _("Say which column holds the amount."))
        return cleaned


@pages.page("bank-statements/upload/<uuid:token>/", "bank_columns", pages.FORM)
def columns(request, token):
    """Ask what the columns of a table mean, as the last time or as they are called; import it."""
    require(request)
    kept_file = Upload(request.tenant.pk, request.user.pk, token)
    if not kept_file.path.exists():
        raise Http404(_("The uploaded file is no longer there. Please upload it again."))
    name = request.GET.get("name", "")[-200:]
    options = {n: request.GET.get(n, "") for n in ("encoding", "delimiter")}
    try:
        lines = table.Table(kept_file.path, name, **options)
    except BankFileRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:bank_upload")
    kept = bank_statements.remembered()
    form = ColumnsForm(request.POST or None, lines=lines, kept=kept)
    if request.method == "POST" and form.is_valid():
        if form.is_read_anew():
            again = {n: form.cleaned_data[n] for n in options} | {"name": name}
            return redirect(f"{request.path}?{urlencode(again)}")
        try:
            with explained():
                return _import_table(request, form, kept_file, name)
        except (BankFileRefused, RefusedByDatabase) as refusal:
            form.add_error(None, str(refusal))
    status = 400 if form.errors else 200
    context = {"form": form, "name": name}
    return pages.show(
        request, "finance/bank/columns.html", _("Columns of the file"), context, status
    )


def _import_table(request, form, kept_file, name):
    data, mapping = form.cleaned_data, form.mapping()
    file = table.read(
        form.table,
        mapping,
        account=data["account"],
        currency=school_currency(),
        date_order=data["date_order"],
    )
    imported = bank_statements.import_file(
        file=file, filename=name or _("Table"), digest=kept_file.digest(), columns=mapping
    )
    kept_file.remove()
    return _imported(request, imported, file.notes)
