"""How long a process has been on a core, and how long it waited for one, from Linux's scheduler statistics."""

from pathlib import Path


def cpu_seconds(process: int) -> float:
    """Seconds that all threads of a process were on a core; 0 where the system does not tell."""
    return _schedstat(process, 0)


def queued_seconds(process: int) -> float:
    """Seconds that the threads of a process could have run and waited for a core."""
    return _schedstat(process, 1)


def _schedstat(process: int, column: int) -> float:
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        return sum(int((thread / "schedstat").read_text().split()[column]) for thread in threads) / 1e9
    except OSError:
        return 0.0
