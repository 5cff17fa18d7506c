"""The form of an enrollment; what it offers depends on the role."""

from django import forms
from django.utils.translation import gettext_lazy as _

from academics.models import Enrollment

ACTIVE, COMPLETED = Enrollment.Status.ACTIVE, Enrollment.Status.COMPLETED


class EnrollmentForm(forms.ModelForm):
    """An enrollment; a teacher can only complete it.

    `request` is set by core.admin.refusals.form_for_request.
    """

    request = None

    class Meta:
        model = Enrollment
        fields = ["status"]  # the fieldsets name the others

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields.get("status")
        if field is None or self.request is None or not self.request.user.is_teacher:
            return
        now = self.instance.status
        offered = {now, COMPLETED} if now == ACTIVE else {now}
        field.choices = [choice for choice in field.choices if choice[0] in offered]
        field.disabled = len(offered) == 1
        field.help_text = _(
            "You can complete an active enrollment. Who is enrolled is the office's to decide."
        )
