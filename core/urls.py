"""URLs that every host has: signing in and passwords."""

from django.urls import path

from core.views import accounts
from core.views.icon import favicon

urlpatterns = [
    path("favicon.ico", favicon),
    path("login/", accounts.SignInView.as_view(), name="login"),
    path("logout/", accounts.SignOutView.as_view(), name="logout"),
    path("password/change/", accounts.PasswordChangeView.as_view(), name="password_change"),
    path("password/forgotten/", accounts.ForgottenPasswordView.as_view(), name="password_reset"),
    path("password/sent/", accounts.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "password/set/<uidb64>/<token>/",
        accounts.SetPasswordView.as_view(),
        name="password_reset_confirm",
    ),
    # In place of the admin's own pages, which know nothing of the context.
    path("admin/login/", accounts.AdminSignInView.as_view()),
    path("admin/logout/", accounts.SignOutView.as_view()),
    path("admin/password_change/", accounts.PasswordChangeView.as_view()),
]
