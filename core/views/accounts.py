"""Signing in and out, and passwords, inside the school of the host.

A stranger has no rights on any table, so each view that writes becomes the person first
(`core.rls.become`): their session, last sign-in and password are written under their own policies.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash, views
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, View

from core import rls
from core.auth import find_user
from core.forms.accounts import ChangePasswordForm, ForgottenPasswordForm, SignInForm
from core.http import SchoolRequest
from core.models import User
from core.services import calendar_feeds, devices, invitations, throttle


class NextPageMixin(views.RedirectURLMixin):
    """`next` on the same host, and never the page itself: that would lead round in circles."""

    request: HttpRequest

    def get_redirect_url(self) -> str:
        url = super().get_redirect_url()
        return "" if urlsplit(url).path == self.request.path else url


class SignInView(NextPageMixin, views.LoginView):
    """Sign in with e-mail and password; who failed often has to wait (core.services.throttle)."""

    form_class = SignInForm
    redirect_authenticated_user = True
    extra_context = {"title": gettext_lazy("Sign in")}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except throttle.TooMany as error:
            return self.refuse(error.seconds)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        rls.become(user)
        login(self.request, user)
        response = redirect(self.get_success_url())
        devices.remember(self.request, response, user.pk)
        return response

    def refuse(self, seconds: int) -> HttpResponse:
        """Answer without having looked at the password, and say how long to wait."""
        form = self.form_class(
            self.request, initial={"username": self.request.POST.get("username", "")}
        )
        context = self.get_context_data(form=form, refusal=throttle.sentence(seconds))
        response = self.render_to_response(context, status=429)
        response.headers["Retry-After"] = str(seconds)
        return response


class SignOutView(views.LogoutView):
    """Sign out by POST; the session's row is deleted while its owner may still do it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        rls.become(None)
        messages.success(request, _("You are signed out."))
        return response


class PasswordChangeView(views.PasswordChangeView):
    """A new password for oneself, whatever the role, and a new calendar address with it."""

    form_class = ChangePasswordForm
    success_url = reverse_lazy("home")
    title = gettext_lazy("Change your password")

    def form_valid(self, form: ChangePasswordForm) -> HttpResponse:
        form.user.set_password(form.cleaned_data["new_password1"])
        form.user.save(update_fields=["password"])
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, _("Your password is changed."))
        if form.cleaned_data.get("new_calendar_address"):
            _renew_calendar_address(self.request, form.user)
        return redirect(self.get_success_url())


class ForgottenPasswordView(FormView):
    """Sends a link for a new password, and says the same whether there is anybody to send it to."""

    request: SchoolRequest
    form_class = ForgottenPasswordForm
    template_name = "registration/password_reset_form.html"
    success_url = reverse_lazy("password_reset_done")
    extra_context = {"title": gettext_lazy("Forgotten password")}

    def form_valid(self, form: ForgottenPasswordForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        user = find_user(self.request.tenant.pk, email=email)
        attempts = throttle.password_reset(self.request, email, user)
        if throttle.links_left(attempts.counts()):
            attempts.count()
            invitations.ask_reset(email)
        return super().form_valid(form)


class PasswordResetDoneView(views.PasswordResetDoneView):
    title = gettext_lazy("Check your e-mail")


def _renew_calendar_address(request: HttpRequest, user: User) -> None:
    """Whoever knew the old password may know the old address as well."""
    if not calendar_feeds.has_one(user=user):
        return
    calendar_feeds.renew(user=user)
    messages.info(
        request,
        _(
            "Your calendar has a new address; the old one shows nothing any more. Subscribe again"
            " with the one under “My calendar”."
        ),
    )


class SetPasswordView(views.PasswordResetConfirmView):
    """Where the mail's link leads: choose a password without knowing the old one."""

    request: SchoolRequest
    success_url = reverse_lazy("login")
    title = gettext_lazy("Choose your password")

    def get_user(self, uidb64: str) -> User | None:
        try:
            user_id = uuid.UUID(urlsafe_base64_decode(uidb64).decode())
        except ValueError:
            return None
        return find_user(self.request.tenant.pk, user_id=user_id)

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        visitor = self.request.user if self.request.user.is_authenticated else None
        rls.become(self.user)
        self.user.set_password(form.cleaned_data["new_password1"])
        self.user.email_verified = True  # the link came by mail
        self.user.save(update_fields=["password", "email_verified"])
        _renew_calendar_address(self.request, self.user)
        rls.become(visitor)
        self.request.session.pop(views.INTERNAL_RESET_SESSION_TOKEN, None)
        messages.success(self.request, _("Your password is set. You can sign in with it now."))
        return redirect(self.success_url)


@method_decorator(never_cache, name="dispatch")
class AdminSignInView(NextPageMixin, View):
    """The admin's own sign-in page: staff sign in where everybody does, students go home."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        target = self.get_redirect_url() or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect(reverse("login", query={"next": target}))
        if not request.user.is_staff:
            messages.info(request, _("That page is for the school's staff."))
            return redirect("home")
        return redirect(target)
