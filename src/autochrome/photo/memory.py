"""How much memory there is left to take."""

from __future__ import annotations

from pathlib import Path


def available_memory() -> int | None:
    """Return how many bytes this process may still take; None where nobody says.

    The least of what the machine has left, what its control groups (containers, batch systems)
    leave, and what its own limit of address space leaves.
    """
    answers = (_machine(), _control_groups(), _address_space())
    return min((answer for answer in answers if answer is not None), default=None)


def _machine() -> int | None:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _control_groups() -> int | None:
    """Return the least that the group of this process and those above it leave."""
    left = []
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            root, names = Path("/sys/fs/cgroup"), ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = Path("/sys/fs/cgroup/memory")
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        group = root / path.lstrip("/")
        # In a container the path may be that of the host: then only the root is there.
        left += [_left_in(folder, *names) for folder in (group, *group.parents)]
    return min((bytes_ for bytes_ in left if bytes_ is not None), default=None)


def _left_in(group: Path, limit_name: str, usage_name: str, cache_name: str) -> int | None:
    limit, usage = _number(group / limit_name), _number(group / usage_name)
    if limit is None or usage is None:
        return None
    cache = sum(
        int(line.split()[1])
        for line in _lines(group / "memory.stat")
        if line.startswith(f"{cache_name} ")
    )
    return max(0, limit - usage + cache)  # files kept in memory make room when asked


def _address_space() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = "".join(_lines("/proc/self/statm")).split()
    if limit == resource.RLIM_INFINITY or not pages:
        return None
    return max(0, limit - int(pages[0]) * resource.getpagesize())


def _number(path: Path) -> int | None:
    text = "".join(_lines(path))
    return int(text) if text.isdigit() else None  # "max": no limit


def _lines(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
