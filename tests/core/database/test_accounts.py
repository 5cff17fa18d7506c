"""The account of the embedded server."""

import os
import pwd

import pytest

from core.database.accounts import Account, server_account
from core.database.errors import SetupError

OTHER = Account("other", 54321, 54321)


def test_account_is_never_root(directory):
    account = server_account(directory, {})
    assert account.uid != 0
    assert account.is_caller == (os.geteuid() != 0)


def test_account_for_root_can_be_chosen(directory, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    chosen = server_account(directory, {"SCHOOL_POSTGRES_USER": "nobody"})
    assert chosen.uid == pwd.getpwnam("nobody").pw_uid


@pytest.mark.parametrize("name", ["root", "nobody-has-this-name"])
def test_account_for_root_that_cannot_be_used_is_refused(directory, monkeypatch, name):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SetupError, match=f"no account {name} to run it as"):
        server_account(directory, {"SCHOOL_POSTGRES_USER": name})


def test_account_for_root_falls_back_to_nobody(directory, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    known = pwd.getpwnam

    def without_postgres(name):
        if name == "postgres":
            raise KeyError(name)
        return known(name)

    monkeypatch.setattr(pwd, "getpwnam", without_postgres)
    assert server_account(directory, {}).name == "nobody"


def test_account_enters_by_the_bits_of_every_directory_above(directory):
    inner = directory / "outer" / "inner"
    inner.mkdir(parents=True, mode=0o755)
    assert OTHER.can_enter(inner / "does" / "not" / "exist")
    inner.parent.chmod(0o700)
    assert not OTHER.can_enter(inner)
    owner = Account("owner", inner.parent.stat().st_uid, 54321)
    assert owner.can_enter(inner)
    inner.parent.chmod(0o710)
    member = Account("member", 54321, inner.parent.stat().st_gid)
    assert member.can_enter(inner)
    assert not OTHER.can_enter(inner)


def test_account_drops_user_group_and_extra_groups():
    assert OTHER.popen_options() == {"user": 54321, "group": 54321, "extra_groups": []}
    assert Account("me", os.geteuid(), os.getegid()).popen_options() == {}
