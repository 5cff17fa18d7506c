"""Form fields of files, and what students fill in."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from academics.services import files
from academics.services.file_types import ACCEPT

REMOVE = "remove"


class FilesWidget(forms.FileInput):
    """Chooses several files to add, and marks existing ones (`rows`) to remove."""

    template_name = "academics/assignments/files_field.html"
    allow_multiple_selected = True
    rows = ()

    class Media:
        css = {"all": ["academics/files.css"]}
        js = ["academics/files.js"]

    def get_context(self, name, value, attrs):
        fixed = {
            "accept": ACCEPT,
            "multiple": True,
            "data-max-bytes": settings.UPLOAD_MAX_BYTES,
        }
        context = super().get_context(name, None, fixed | attrs)
        return context | {
            "rows": self.rows,
            "remove_name": f"{name}-{REMOVE}",
            "marked": self._marked(value),
            "max_files": files.MAX_FILES,
            "max_mb": files.max_mb(),
        }

    @staticmethod
    def _marked(value):
        return set(value[1]) if isinstance(value, tuple) else set()

    def format_value(self, value):
        return value

    def value_from_datadict(self, data, uploads, name):
        chosen = uploads.getlist(name) if hasattr(uploads, "getlist") else []
        marked = data.getlist(f"{name}-{REMOVE}") if hasattr(data, "getlist") else []
        return chosen, marked

    def value_omitted_from_data(self, data, uploads, name):
        return False


class FilesField(forms.Field):
    """Files to add and to remove; the value is (uploads, rows to remove).

    `rows` are the existing files; set them when the form is made.
    """

    widget = FilesWidget

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)
        self.rows = []

    @property
    def rows(self):
        return self.widget.rows

    @rows.setter
    def rows(self, rows):
        self.widget.rows = list(rows)

    def bound_data(self, data, initial):
        return data

    def has_changed(self, initial, data):
        return any(data or ())

    def clean(self, value):
        uploads, marked = value or ([], [])
        removed = [row for row in self.rows if str(row.pk) in marked]
        refused = files.refusals(uploads, kept=len(self.rows) - len(removed))
        if refused:
            raise forms.ValidationError(refused)
        return uploads, removed


class HandInForm(forms.Form):
    """What a student hands in: text, files, or both."""

    text = forms.CharField(
        label=_("Your text"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    files = FilesField(label=_("Your files"))

    def __init__(self, *args, rows=(), **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["files"].rows = rows
