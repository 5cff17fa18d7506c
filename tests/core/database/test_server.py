"""The embedded server, with real servers in temporary directories."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import psycopg
import pytest

from core.database.accounts import Account
from core.database.errors import SetupError
from core.database.server import EmbeddedServer
from tests.core.servers import QUICK, query

pytestmark = [pytest.mark.process, pytest.mark.database, pytest.mark.usefixtures("made_once")]


def make(data_dir):
    return EmbeddedServer(data_dir, settings=QUICK)


def postmaster(server):
    return psutil.Process(int(server.identity().split()[0]))


def test_server_runs_without_the_rights_of_root(server):
    process = postmaster(server)
    assert process.uids().real == process.uids().effective == server.account.uid
    assert process.gids().real == server.account.gid
    assert process.uids().real != 0
    if os.geteuid() == 0:
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.search(r"^Groups:(.*)$", status, re.MULTILINE)[1].split() == []
    else:
        assert process.uids().real == os.geteuid()


def test_server_lets_nobody_else_in(server, as_another_account):
    def connect():
        with psycopg.connect(server.url("app", "postgres")) as connection:
            return connection.info.user

    if os.geteuid() == 0:
        assert "Permission denied" in as_another_account(connect)
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert server.cluster.home.stat().st_mode & 0o777 == 0o700


def test_data_survives_a_restart(directory):
    server = make(directory)
    server.start()
    with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert make(directory).start() is True
    assert query(server, "SELECT answer FROM kept") == 42


def test_two_directories_never_meet(directory, server):
    other = make(directory)
    other.start()
    assert other.identity() != server.identity()
    assert query(other, "SHOW data_directory") != query(server, "SHOW data_directory")


def test_two_processes_that_start_at_once_start_one_server(directory):
    started = []
    threads = [
        threading.Thread(target=lambda: started.append(make(directory).start())) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [False, False, True]


def test_start_attaches_to_the_server_of_a_killed_process(directory):
    script = (
        "import os, sys; from core.database.server import EmbeddedServer\n"
        f"EmbeddedServer({str(directory)!r}, settings={QUICK!r}).start()\n"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script])
    assert killed.returncode == -signal.SIGKILL
    server = make(directory)
    before = server.identity()
    assert server.start() is False
    assert server.identity() == before


def test_start_recovers_from_a_killed_server(directory):
    server = make(directory)
    server.start()
    with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postmaster(server).kill()
    assert (server.cluster.data / "postmaster.pid").exists()
    assert make(directory).start() is True
    assert query(server, "SELECT answer FROM kept") == 42


def test_start_does_not_mistake_another_process_for_its_server(directory):
    server = make(directory)
    server.start()
    files = [server.cluster.data / "postmaster.pid", server.socket / ".s.PGSQL.5432.lock"]
    contents = [file.read_text() for file in files]
    server.stop()
    # As after a restart of the machine: the number is now another program's of the same account.
    other = subprocess.Popen(
        ["/bin/sleep", "60"], start_new_session=True, **server.account.popen_options()
    )
    try:
        for file, content in zip(files, contents, strict=True):
            file.write_text(f"{other.pid}\n" + content.split("\n", 1)[1])
            os.chown(file, server.account.uid, server.account.gid)
        assert server.identity() is None
        assert make(directory).start() is True
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_path_with_spaces_and_punctuation(directory):
    server = make(directory / "it's a (big) school, 100% & more")
    assert server.start() is True
    assert server.is_running()


def test_path_that_a_shell_would_garble_is_refused(directory):
    with pytest.raises(SetupError, match="in its name"):
        make(directory / "$(touch here)").start()


def test_path_too_long_for_a_socket(directory):
    server = make(directory / ("long-" * 20))
    assert server.start() is True
    assert not server.socket.is_relative_to(directory)
    assert server.is_running()


def test_data_directory_that_is_a_file_is_refused(directory):
    file = directory / "file"
    file.touch()
    for path in (file, file / "below"):
        with pytest.raises(SetupError, match="is not a directory"):
            make(path).start()


def test_directory_without_permission_is_refused(directory, as_another_account):
    forbidden = directory / "forbidden"
    forbidden.mkdir(mode=0o555)
    for path in (forbidden, forbidden / "below"):
        answer = as_another_account(lambda path=path: make(path).start())
        assert answer.startswith("SetupError: No permission to use")
        assert answer.endswith("Choose another data directory with SCHOOL_DATA_DIR.")


def test_server_that_cannot_start_says_postgresqls_reason(directory):
    server = EmbeddedServer(directory, settings={"shared_buffers": "1000TB"})
    with pytest.raises(SetupError, match=r"^PostgreSQL did not start: .*Its log is .*log\.$"):
        server.start()


def test_programs_are_missing(directory):
    environ = os.environ | {"SCHOOL_POSTGRES_BIN": str(directory)}
    with pytest.raises(SetupError, match=r"^SCHOOL_POSTGRES_BIN: there is no pg_ctl in"):
        EmbeddedServer(directory / "data", environ=environ).start()


# --- a directory that the server's account cannot get to, as below /root --------------------------


@pytest.fixture
def unreachable(directory, monkeypatch):
    """A data directory that only its owner may pass, and a server of another account for it."""
    checkout = directory / "checkout"
    checkout.mkdir(mode=0o700)
    can_enter = Account.can_enter

    def cannot_enter_checkout(account, path):
        return not path.is_relative_to(checkout) and can_enter(account, path)

    monkeypatch.setattr(Account, "can_enter", cannot_enter_checkout)
    return checkout / "var"


def test_unreachable_directory_keeps_a_link_to_the_cluster(unreachable):
    server = make(unreachable)
    assert server.start() is True
    link = unreachable / "postgres"
    assert link.is_symlink()
    assert link.resolve().name.startswith("school-postgres-")
    assert not server.socket.is_relative_to(unreachable)
    server.stop()
    assert make(unreachable).start() is True
    assert link.resolve() == server.cluster.home


def test_unreachable_directory_copied_does_not_share_the_cluster(unreachable):
    make(unreachable).start()
    copy = unreachable.parent / "copy"
    copy.mkdir()
    (copy / "postgres").symlink_to((unreachable / "postgres").readlink())
    with pytest.raises(SetupError, match=f"points to the database of {unreachable}"):
        make(copy).start()


def test_unreachable_directory_moved_keeps_its_cluster(unreachable):
    server = make(unreachable)
    server.start()
    server.stop()
    home = server.cluster.home
    moved = unreachable.parent / "moved"
    unreachable.rename(moved)
    assert make(moved).start() is True
    assert make(moved).cluster.home == home
    server.socket.rmdir()


def test_unreachable_directory_whose_cluster_is_gone_is_refused(unreachable):
    server = make(unreachable)
    server.start()
    server.stop()
    shutil.rmtree(server.cluster.home)
    with pytest.raises(SetupError, match="which is gone, and the database with it"):
        server.start()
    (unreachable / "postgres").unlink()
    server.socket.rmdir()
