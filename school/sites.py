"""The admin site on a school's host. (The platform's is school.sites_platform.)"""

from functools import partial

from django.contrib.auth.models import Group
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from school.frame import FrameMixin


class SchoolAdminSite(FrameMixin, UnfoldAdminSite):
    """The admin on a school's host, for its admins and teachers.

    The default site: a model joins it with `@admin.register`. An action for every list is
    added with `admin.site.add_action()` where it is written (the exports: exchange.admin).
    """

    enable_nav_sidebar = True

    def register(self, model_or_iterable, admin_class=None, **options):
        # Rights follow from the role (core.permissions); nobody here belongs to a group. The job
        # queue is every school's.
        if model_or_iterable in (Group, (Group,)) or _is_queue(model_or_iterable):
            return
        super().register(model_or_iterable, admin_class, **options)

    def each_context(self, request):
        # Every page of the admin asks for it.
        from exchange.admin import notices

        notices.announce(request)
        return super().each_context(request)

    def get_app_list(self, request, app_label=None):
        # Every page has it in its context, and only those that list the apps should pay for it.
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def has_permission(self, request):
        """Allow staff of the school, and nobody on the platform's host."""
        return request.user.is_active and request.user.is_staff and not request.tenant.is_platform

    def get_urls(self):
        # Imported here: an admin package registers its ModelAdmins with this site.
        from core.admin import pages

        return [*pages.urls(self), *super().get_urls()]

    def autocomplete_view(self, request):
        from core.admin.autocomplete import SchoolAutocompleteView

        return SchoolAutocompleteView.as_view(admin_site=self)(request)


def _is_queue(model_or_iterable):
    models = (
        model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
    )
    return all(model._meta.app_label == "procrastinate" for model in models)
