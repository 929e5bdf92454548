"""From inputs to jobs: which photograph is written where, settled before any work.

Planning reads the file system and never changes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autochrome.batch.storage import Location, Url, existing, location, path_below
from autochrome.errors import OutputError, UnreadablePhotoError, UsageError
from autochrome.photo import WRITABLE_SUFFIXES
from autochrome.photo.naming import OUTPUT_MARK, result_name

READABLE_SUFFIXES = WRITABLE_SUFFIXES | {
    *(".jpe", ".jfif", ".gif", ".bmp", ".heic", ".heif", ".jp2", ".jxl", ".pbm", ".pgm", ".ppm"),
}
"""What is picked up from a folder; a file named on its own is tried whatever its suffix."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photograph to colorize.

    Parameters
    ----------
    source : the photograph.
    destination : where its colorized copy goes.
    skip : the destination exists and shall be kept.
    """

    source: Location
    destination: Location
    skip: bool = False


def plan_jobs(
    inputs: Sequence[str | Path],
    output: str | Path | None = None,
    *,
    suffix: str | None = None,
    recursive: bool = False,
    overwrite: bool = False,
    skip_existing: bool = False,
) -> list[Job]:
    """Decide what is written where.

    Parameters
    ----------
    inputs : files and folders, by path or by the address of a storage (``s3://bucket/scans``;
        see `batch.storage`). A folder stands for the photographs in it, our own outputs
        (``NAME.color.EXT``) and hidden files excepted. A missing file is planned too: it
        fails on its own and does not hold up the others.
    output : a file for one input; a folder if it exists, ends in ``/``, or there are several
        inputs or a folder. By default each output goes beside its input.
    suffix : the outputs' suffix, ``.png`` for one; by default each input's own, or ``.png``
        where that cannot be written.
    recursive : descend into sub-folders; they are kept under `output`.
    overwrite : allow outputs that exist.
    skip_existing : keep outputs that exist, mark their jobs as skipped.

    Returns
    -------
    Jobs in order of the inputs, a folder's sorted by path; every source and every
    destination occurs once.

    Raises
    ------
    UsageError
        If `overwrite` and `skip_existing`, or a `suffix` and an output file, are both given.
    UnreadablePhotoError
        If there is nothing to do.
    OutputError
        If two inputs have one output, an output is itself an input, or an output exists.
    """
    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing exclude each other", "Choose one")
    sources = _unique(_expand(inputs, recursive))
    if not sources:
        raise UnreadablePhotoError(
            f"No photographs in {', '.join(map(str, inputs)) or 'an empty list'}",
            "" if recursive else "Use --recursive to look in sub-folders too",
        )
    if output is not None and _names_a_file(output, inputs):
        if suffix is not None:
            raise UsageError(f"The name of {output} says its format already", "Leave --format out")
        jobs = [Job(sources[0].path, _checked_file(location(output)))]
    else:
        folder = None if output is None else _checked_folder(location(output))
        jobs = [Job(source.path, source.destination(folder, suffix)) for source in sources]
    _refuse_collisions(jobs)
    present = _existing(jobs)
    if present and not (overwrite or skip_existing):
        more = f" and {len(present) - 1} more outputs exist" if present[1:] else " exists"
        raise OutputError(f"{present[0]}{more}", "Use --overwrite or --skip-existing")
    if skip_existing:
        kept = set(present)
        jobs = [Job(job.source, job.destination, job.destination in kept) for job in jobs]
    return jobs


@dataclass(frozen=True, slots=True)
class _Source:
    """A photograph and the input it came from: the folder given, or its own folder."""

    path: Location
    root: Location

    def destination(self, folder: Location | None, suffix: str | None) -> Location:
        parent = self.path.parent
        if folder is not None:
            parent = folder / path_below(parent, self.root)
        return parent / result_name(Path(self.path.name), suffix)


def _expand(inputs: Sequence[str | Path], recursive: bool) -> Iterator[_Source]:
    for path in map(location, inputs):
        if path.is_dir():
            files = _files_in(path, recursive)
            yield from (_Source(file, path) for file in files if _is_photograph(file))
        else:
            yield _Source(path, path.parent)


def _files_in(folder: Location, recursive: bool) -> Sequence[Location]:
    """List the files in a folder, sorted, hidden folders excepted."""
    if isinstance(folder, Url):
        names = folder.files(recursive=recursive)
        return [folder / name for name in names if "/." not in f"/{name}"]
    return sorted(_walk(folder, recursive))


def _walk(folder: Path, recursive: bool) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise UnreadablePhotoError(f"Cannot read the folder {error.filename}: {error.strerror}")

    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if recursive and not name.startswith(".")]
        yield from (Path(parent, name) for name in files)


def _is_photograph(path: Location) -> bool:
    ours = path.stem.lower().endswith(OUTPUT_MARK)
    return path.suffix.lower() in READABLE_SUFFIXES and not path.name.startswith(".") and not ours


def _unique(sources: Iterator[_Source]) -> list[_Source]:
    """Keep the first of inputs named twice, as overlapping patterns do."""
    first: dict[str, _Source] = {}
    for source in sources:
        # Not resolved: a link is a photograph with a name, and so an output, of its own.
        path = source.path
        name = str(path) if isinstance(path, Url) else os.path.normcase(path.absolute())
        first.setdefault(name, source)
    return list(first.values())


def _existing(jobs: list[Job]) -> list[Location]:
    """Those of the destinations that exist, in order."""
    remote = existing(job.destination for job in jobs if isinstance(job.destination, Url))
    return [
        place
        for place in (job.destination for job in jobs)
        if (place in remote if isinstance(place, Url) else os.path.lexists(place))
    ]


def _resolved(path: Location) -> str:
    if isinstance(path, Url):
        return str(path)
    return os.path.normcase(os.path.realpath(path))  # unlike resolve(), no error on a loop


def _names_a_file(output: str | Path, inputs: Sequence[str | Path]) -> bool:
    ends_in_separator = str(output).endswith(("/", os.sep))
    several = len(inputs) > 1 or location(inputs[0]).is_dir()
    return not (several or ends_in_separator or location(output).is_dir())


def _checked_file(path: Location) -> Location:
    if path.suffix.lower() not in WRITABLE_SUFFIXES:
        raise OutputError(
            f"Cannot write {path}: the format '{path.suffix}' is not supported",
            f"Use one of {', '.join(sorted(WRITABLE_SUFFIXES))}; end a folder's name in /",
        )
    return path


def _checked_folder(path: Location) -> Location:
    if isinstance(path, Path) and path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file", "Several inputs need a folder for --output")
    return path


def _refuse_collisions(jobs: list[Job]) -> None:
    sources = {_resolved(job.source): job.source for job in jobs}
    writers: dict[str, Location] = {}
    for job in jobs:
        target = _resolved(job.destination)
        if target in sources:
            raise OutputError(
                f"Writing {job.destination} would replace the input {sources[target]}",
                "Choose another --output",
            )
        if target in writers:
            raise OutputError(
                f"{writers[target]} and {job.source} would both be written to {job.destination}",
                "Rename one, or colorize them in separate runs with another --output",
            )
        writers[target] = job.source
