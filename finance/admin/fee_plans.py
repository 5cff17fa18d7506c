"""Plans of fees, and discounts."""

from decimal import Decimal

from django.contrib import admin
from django.forms import ValidationError
from django.forms.models import BaseInlineFormSet
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from core.admin.base import SchoolModelAdmin, SchoolTabularInline
from core.admin.refusals import RefusalFormSet
from finance.models import Discount, FeePlan, FeePlanItem, Installment, StudentDiscount


class PlanItemInline(SchoolTabularInline):
    """The fees of a plan."""

    model = FeePlanItem
    fields = ["fee", "description", "quantity", "unit_price"]
    autocomplete_fields = ["fee"]
    select_related = ["fee"]
    ordering = ["position", "created_at", "id"]
    verbose_name_plural = gettext_lazy("fees; without a price here, the fee's usual one")


class InstallmentFormSet(RefusalFormSet, BaseInlineFormSet):
    """Installments, which make the whole or are none."""

    def clean(self):
        super().clean()
        rows = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("percent") is not None and not form.cleaned_data.get("DELETE")
        ]
        total = sum((row["percent"] for row in rows), Decimal(0))
        if rows and self.instance.on_enrollment:
            raise ValidationError(
                _("A plan that is charged by enrolling is billed at once: leave installments out.")
            )
        if rows and not any(self.errors) and total != 100:
            raise ValidationError(
                _("The installments make %(total)s%%; together they must make 100%%.")
                % {"total": f"{total.normalize():f}"}
            )


class InstallmentInline(SchoolTabularInline):
    """The installments of a plan; without any it is billed at once."""

    model = Installment
    formset = InstallmentFormSet
    fields = ["name", "percent", "due_date"]
    ordering = ["due_date", "position", "id"]
    verbose_name_plural = gettext_lazy("installments; none: all of it at once")


@admin.register(FeePlan)
class FeePlanAdmin(SchoolModelAdmin):
    """Plans: which fees who is charged."""

    list_display = ["name", "shown_for", "currency", "on_enrollment", "is_active"]
    list_filter = [("audience", ChoicesDropdownFilter), "is_active"]
    list_select_related = ["school_class", "year_group"]
    search_fields = ["name"]
    ordering = ["sort_name", "id"]
    autocomplete_fields = ["school_class"]
    inlines = [PlanItemInline, InstallmentInline]
    actions_detail = ["bill"]
    fields = [
        "name",
        "audience",
        ("school_class", "year_group"),
        ("currency", "takes_discounts"),
        ("on_enrollment", "is_active"),
    ]
    empty_hint = gettext_lazy(
        "A plan says which fees a class, a year group or everybody is charged. Then all of them are"
        " billed in one go."
    )

    @display(description=gettext_lazy("for"))
    def shown_for(self, obj):
        return obj.whom

    @action(
        description=gettext_lazy("Bill…"),
        icon="receipt_long",
        url_path="to-bill",
        permissions=["bill"],
    )
    def bill(self, request, object_id):
        """Choose the period, and look at what would be billed."""
        return redirect("admin:bill_plan", object_id)

    def has_bill_permission(self, request, object_id):
        return request.user.has_perm("finance.add_invoice")


class StudentDiscountInline(SchoolTabularInline):
    """The students who get a discount by name."""

    model = StudentDiscount
    fields = ["student", "last_day"]
    autocomplete_fields = ["student"]
    select_related = ["student"]
    ordering = ["created_at", "id"]
    verbose_name_plural = gettext_lazy("students who get it by name")


@admin.register(Discount)
class DiscountAdmin(SchoolModelAdmin):
    """Discounts; siblings and children of staff get theirs by what the school knows of them."""

    list_display = ["name", "kind", "percent", "shown_amount", "is_active"]
    list_filter = [("kind", ChoicesDropdownFilter), "is_active"]
    search_fields = ["name"]
    ordering = ["sort_name", "id"]
    inlines = [StudentDiscountInline]
    fields = [
        "name",
        "kind",
        "percent",
        ("amount", "currency"),
        "from_child",
        "is_active",
    ]
    empty_hint = gettext_lazy(
        "Discounts become lines of the invoices that plans make: for siblings, for children of"
        " staff, or for students by name."
    )

    @display(description=gettext_lazy("amount"))
    def shown_amount(self, obj):
        return "" if obj.amount is None else f"{obj.amount} {obj.currency}"
