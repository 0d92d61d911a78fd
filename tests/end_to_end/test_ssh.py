"""A link that dies: thaw over SSH in tmux, the client killed in the middle of training, and back to the same run.

The server is OpenSSH's own on the loopback, for the present user alone, with keys made for the test.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.tmux import Tmux
from tests.end_to_end.whole import DIGITS, THAW, events, train_on, until
from workbench.actions import Stop
from workbench.protocol import Applied, Started, Steps
from workbench.run import RunFolder, is_working, list_runs

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
SEPARATION = Path("/run/sshd")
MISSING = [name for name in ("tmux", "ssh", "ssh-keygen") if shutil.which(name) is None]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.skipif(SSHD is None, reason="sshd is not installed"),
    pytest.mark.skipif(
        os.getuid() == 0 and not SEPARATION.is_dir(), reason=f"root's sshd needs {SEPARATION}"
    ),
    pytest.mark.timeout(300),
]

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {here}/host_key
AuthorizedKeysFile {here}/user_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
SetEnv {environment}
"""
KEPT = ("PYTHONPATH", "THAW_OFFLINE", "TORCH_HOME")


@pytest.fixture
def login(here: Path) -> Iterator[str]:
    """The command that logs in to a server of this test and lands in its folder, in a shell ``far$``."""
    for key in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here / key], check=True)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = " ".join(["LC_ALL=C.UTF-8", *(f'"{name}={os.environ[name]}"' for name in KEPT)])
    (here / "sshd_config").write_text(CONFIG.format(here=here, port=port, environment=environment))
    log = here / "sshd.log"
    log.touch()
    options = f"-F /dev/null -i user_key -p {port} -o UserKnownHostsFile=known -o StrictHostKeyChecking=no"
    far = f"cd {shlex.quote(str(here))} && exec env PS1='far$ ' bash --norc --noprofile"
    script = f"echo $$ > ssh.pid\nexec ssh -t {options} 127.0.0.1 {shlex.quote(far)}\n"
    (here / "login").write_text(script)
    server = subprocess.Popen([str(SSHD), "-D", "-f", here / "sshd_config", "-E", log])
    try:
        until(lambda: "listening" in log.read_text(), "sshd listens")
        yield "clear; sh login"
    finally:
        server.terminate()
        server.wait()


def test_a_dead_link_costs_nothing(tmux: Tmux, login: str, here: Path) -> None:
    (here / "mine.toml").write_text(DIGITS)
    tmux.command(login)
    tmux.until(r"far\$")
    tmux.command(f"{' '.join(THAW)} mine.toml")
    tmux.until("conv5")
    tmux.press("s")
    tmux.until(r"epoch \d+/500", "running")
    run = list_runs(here / "runs")[0]
    train_on(run, 5)
    written = run.events.read_bytes()
    os.kill(int((here / "ssh.pid").read_text()), signal.SIGKILL)
    tmux.until("Killed", r"shell\$")
    train_on(run, 5)
    assert is_working(run)
    tmux.command(login)
    tmux.until(r"far\$")
    tmux.command(f"{' '.join(THAW)} attach")
    tmux.until(r"epoch \d+/500", "running")
    _stop(tmux)
    assert list_runs(here / "runs") == [run]
    assert run.events.read_bytes().startswith(written)
    assert len(events(run, Started)) == 1
    assert _steps(run) == list(range(len(_steps(run))))
    assert events(run, Applied)[-1].action == Stop()


def _stop(tmux: Tmux) -> None:
    tmux.press("x")
    tmux.until("Stop this run")
    tmux.press("y")
    tmux.until("stopped at step")
    tmux.press("q")
    tmux.until(r"far\$ *\n")


def _steps(run: RunFolder) -> list[int]:
    """Every step that the journal tells of, in its order."""
    return [step for event in events(run, Steps) for step in range(event.step, event.step + len(event.loss))]
