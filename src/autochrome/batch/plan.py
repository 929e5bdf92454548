"""From inputs to jobs: which photograph is written where, settled before any work.

Planning reads the file system and never changes it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autochrome.batch.collisions import refuse_collisions
from autochrome.batch.sources import Source, find_sources, is_folder, is_pattern
from autochrome.batch.storage import Location, Url, location, look_up, path_below
from autochrome.errors import OutputError, UnreadablePhotoError, UsageError
from autochrome.photo import WRITABLE_SUFFIXES
from autochrome.photo.naming import OUTPUT_MARK, check_mark, result_name, variant_path


@dataclass(frozen=True, slots=True)
class Job:
    """One photograph to colorize.

    Parameters
    ----------
    source : the photograph.
    destination : where its colorized copy goes.
    skip : the destination exists and shall be kept.
    variant : which of how many versions of the photograph; None for the ordinary one.
    """

    source: Location
    destination: Location
    skip: bool = False
    variant: tuple[int, int] | None = None


def plan_jobs(
    inputs: Sequence[str | Location | Source],
    output: str | Location | None = None,
    *,
    suffix: str | None = None,
    mark: str = OUTPUT_MARK,
    recursive: bool = False,
    overwrite: bool = False,
    skip_existing: bool = False,
    find_made: Callable[[Sequence[Job]], Collection[Job]] = lambda jobs: (),
    num_variants: int | None = None,
    leave_out: Callable[[Location], object] = lambda file: None,
) -> list[Job]:
    """Decide what is written where.

    Parameters
    ----------
    inputs : files, folders and patterns, by path or by address; see `find_sources`. A missing file
        is planned too: it fails on its own and does not hold up the others.
    output : a file for one input; a folder if it exists, ends in ``/``, or there are several
        inputs, a folder or a pattern; by path or by address, whatever the inputs are. By default
        each output goes beside its input.
    suffix : the outputs' suffix, ``.png`` for one; by default each input's own, or ``.png``
        where that cannot be written.
    mark : what an output's name has before its suffix.
    recursive : descend into sub-folders; they are kept under `output`.
    overwrite : allow outputs that exist.
    skip_existing : keep outputs that exist, mark their jobs as skipped.
    find_made : of jobs whose outputs exist, those whose output an earlier run has made as this
        one would; they are then marked as skipped.
    num_variants : make this many versions of each photograph, a job each; ``-1`` and so on is
        added to the names of the outputs.
    leave_out : is told of files that are no photographs; see `find_sources`.

    Returns
    -------
    Jobs in order of the inputs, a folder's sorted by path; every source (and version of it)
    and every destination occurs once.

    Raises
    ------
    UsageError
        If `overwrite` and `skip_existing`, or a `suffix` and an output file, are both given,
        or `mark` cannot be part of a name, or is empty and the next run over a folder would take
        the outputs for inputs.
    UnreadablePhotoError
        If there is nothing to do.
    OutputError
        If two inputs have one output, an output is itself an input, or an output exists; if a
        storage does not answer.
    """
    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing exclude each other", "Choose one")
    check_mark(mark)
    sources = find_sources(inputs, recursive=recursive, mark=mark, leave_out=leave_out)
    if not sources:
        raise UnreadablePhotoError(
            f"No photographs in {', '.join(map(str, inputs[:9])) or 'an empty list'}",
            "" if recursive else "Use --recursive to look in sub-folders too",
        )
    if output is not None and not is_output_folder(output, inputs):
        if suffix is not None:
            raise UsageError(f"The name of {output} says its format already", "Leave --format out")
        jobs = [Job(sources[0].path, _checked_file(location(output)))]
    else:
        folder = None if output is None else _checked_folder(location(output))
        if not mark:
            deep = recursive or any("**" in str(given) for given in inputs)
            roots = {source.root for source in sources} if folder and deep else _folders(inputs)
            refuse_outputs_among_inputs(folder, roots, deep=deep)
        jobs = [Job(source.path, _destination(source, folder, suffix, mark)) for source in sources]
    if num_variants is not None:
        jobs = [version for job in jobs for version in _versions(job, num_variants)]
    refuse_collisions(jobs)
    return _settle_existing(jobs, overwrite, skip_existing, find_made)


def is_output_folder(output: str | Location, inputs: Sequence[str | Location | Source]) -> bool:
    """Return whether an output is a folder to write into, and not a file; see `plan_jobs`."""
    if str(output).endswith(("/", os.sep)) or len(inputs) != 1 or is_folder(location(output)):
        return True
    (only,) = inputs
    return isinstance(only, Source) or is_folder(location(only)) or is_pattern(location(only))


def _destination(
    source: Source, folder: Location | None, suffix: str | None, mark: str
) -> Location:
    parent = source.path.parent
    if folder is not None:
        parent = folder / path_below(parent, source.root)
    # Of a photograph that is here its frames are looked at; one far away is not fetched for that.
    path = source.path if isinstance(source.path, Path) else Path(source.path.name)
    return parent / result_name(path, suffix, mark)


def _versions(job: Job, count: int) -> Iterator[Job]:
    folder, name = job.destination.parent, Path(job.destination.name)
    for index in range(1, count + 1):
        yield Job(job.source, folder / variant_path(name, index), variant=(index, count))


def _settle_existing(
    jobs: list[Job],
    overwrite: bool,
    skip_existing: bool,
    find_made: Callable[[Sequence[Job]], Collection[Job]],
) -> list[Job]:
    """Mark the jobs whose outputs are kept, and refuse those whose outputs are in the way."""
    existing = _existing(jobs)
    kept = set(existing if skip_existing else find_made(existing))
    in_the_way = [job.destination for job in existing if job not in kept and not overwrite]
    if in_the_way:
        more = f" and {len(in_the_way) - 1} more outputs exist" if in_the_way[1:] else " exists"
        raise OutputError(f"{in_the_way[0]}{more}", "Use --overwrite or --skip-existing")
    return [replace(job, skip=True) if job in kept else job for job in jobs]


def _existing(jobs: list[Job]) -> list[Job]:
    """Those of the jobs whose outputs exist; a storage is asked once for all, not for each."""
    stored = look_up(job.destination for job in jobs if isinstance(job.destination, Url))

    def exists(place: Location) -> bool:
        return place in stored if isinstance(place, Url) else os.path.lexists(place)

    return [job for job in jobs if exists(job.destination)]


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


def _folders(inputs: Sequence[str | Location | Source]) -> set[Location]:
    given = [location(each) for each in inputs if not isinstance(each, Source)]
    return set(filter(is_folder, given))


def refuse_outputs_among_inputs(
    folder: Location | None, roots: Collection[Location], *, deep: bool
) -> None:
    """Refuse outputs without a mark, which the next run could not tell from the inputs around them.

    Parameters
    ----------
    folder : of the outputs; None for that of each input.
    roots : folders in which inputs are looked for.
    deep : whether their sub-folders are looked in.

    Raises
    ------
    UsageError
        If outputs would lie where inputs are looked for.
    """
    for root in roots:
        here = folder or root
        if _holds(root, here) and (deep or _holds(here, root)):
            raise UsageError(
                f"Without a --suffix, outputs in {here} would be inputs of the next run",
                f"Choose an --output outside of {root}",
            )


def _holds(root: Location, folder: Location) -> bool:
    """Return whether a folder is another or in it."""
    if isinstance(root, Path) and isinstance(folder, Path):
        return folder.resolve().is_relative_to(root.resolve())
    return f"{folder}/".startswith(f"{root}/")
