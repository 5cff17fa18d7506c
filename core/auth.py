"""Who signs in: e-mail and password within the school of the host."""

import uuid
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from core import passwords, rls
from core.models import User
from core.services import throttle


class TenantBackend(BaseBackend):
    """Finds active people of the current tenant only, before anybody is known."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the person, or None; raises `throttle.TooMany` without looking at the password."""
        tenant_id = rls.current_tenant_id()
        if tenant_id is None or not username or password is None:
            return None
        user = find_user(tenant_id, email=username.strip())
        attempts = throttle.sign_in(request, username, user)
        counts = attempts.counts()
        if seconds := attempts.wait(counts):
            raise throttle.TooMany(seconds)
        if not self._belong_together(tenant_id, user, password):
            attempts.count()
            return None
        if counts.pair:
            attempts.forget()
        return user

    @staticmethod
    def _belong_together(tenant_id: uuid.UUID, user: User | None, password: str) -> bool:
        if user is None or user.has_placeholder_email:
            # The same work, so that the time reveals nothing.
            passwords.stored(tenant_id, uuid.uuid4())
            make_password(password)
            return False
        return user.check_password(password)

    def get_user(self, user_id: uuid.UUID) -> User | None:
        tenant_id = rls.current_tenant_id()
        return find_user(tenant_id, user_id=user_id) if tenant_id else None


def find_user(
    tenant_id: uuid.UUID, *, email: str | None = None, user_id: uuid.UUID | str | None = None
) -> User | None:
    """Return the active `User` of a tenant by e-mail (any case) or id, or None.

    Goes through app.user_for_login(), because no policy lets a stranger read `users`.
    """
    return rls.lookup(
        User, "SELECT * FROM app.user_for_login(%s, %s, %s)", [tenant_id, email, user_id]
    )
