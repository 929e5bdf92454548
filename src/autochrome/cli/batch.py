"""Many photographs: from the command line to a plan, a journal, an engine and a report."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from autochrome.batch import (
    Engine,
    Job,
    Journal,
    Source,
    drive,
    is_output_folder,
    plan_jobs,
    run_jobs,
    run_ray_jobs,
    settings_digest,
)
from autochrome.batch.journal import STATE_FOLDER
from autochrome.batch.sources import is_folder, is_pattern
from autochrome.batch.storage import Location, Url, location
from autochrome.cli.files_from import read_list
from autochrome.cli.left_out import telling_left_out
from autochrome.cli.report import Report, report_plan
from autochrome.errors import UsageError

if TYPE_CHECKING:
    from autochrome.models import Manifest
    from autochrome.pipeline import ColorizeOptions, Colorizer
    from autochrome.pipeline.session import Device

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the command line says, the color of photographs apart; see `cli.options`.

    Raises
    ------
    UsageError
        If the engine cannot do what else it says.
    """

    photos: tuple[str, ...]
    output: str | None
    recursive: bool
    files_from: str | None
    null: bool
    output_mark: str
    output_format: str | None
    overwrite: bool
    skip_existing: bool
    num_variants: int | None
    state: str | None
    watch: bool
    model: str | None
    device: Device
    engine: str
    ray_address: str | None
    max_megapixels: float
    jobs: int | None
    fail_fast: bool
    dry_run: bool
    as_json: bool
    quiet: bool

    def __post_init__(self) -> None:
        if self.engine != "ray" and self.ray_address:
            raise UsageError("--ray-address is for --engine ray")
        if self.engine == "ray" and self.jobs is not None and self.jobs > 1:
            raise UsageError("--jobs is for one machine", "Ray uses every core of its cluster")

    @property
    def suffix(self) -> str | None:
        """The outputs' suffix, if one was asked for."""
        return f".{self.output_format}" if self.output_format else None

    @cached_property
    def manifest(self) -> Manifest:
        """What is known about the model; its weights are hashed once."""
        from autochrome.models import DEFAULT_MODEL, find_model

        return find_model(self.model or DEFAULT_MODEL).manifest

    def check(self, options: ColorizeOptions) -> None:
        """Refuse, before any work, options that the model cannot follow.

        Raises
        ------
        UsageError
            If there is one.
        ModelError
            If the model is unknown, missing or damaged.
        """
        from autochrome.pipeline import Variant, check_options

        if self.num_variants:
            options = replace(options, variant=Variant(1, self.num_variants))
        check_options(options, self.manifest.decode)

    def open_colorizer(self, num_jobs: int) -> Colorizer:
        """Load the model, for so many photographs at a time."""
        from autochrome.models import DEFAULT_MODEL
        from autochrome.photo import limit_threads
        from autochrome.pipeline import Colorizer

        # Several photographs at a time share the cores; one alone gets them all.
        num_threads = max(1, num_cores() // num_jobs) if num_jobs > 1 else None
        limit_threads(num_threads or num_cores())
        model = self.model or DEFAULT_MODEL
        colorizer = Colorizer.open(model, device=self.device, num_threads=num_threads)
        logger.info("model %s on %s", colorizer.manifest.name, colorizer.device)
        return colorizer

    def open_journal(self, inputs: list[str | Source], options: ColorizeOptions) -> Journal | None:
        """Find the journal of this run; None if it keeps none."""
        folder = location(self.state) if self.state else self._state_folder(inputs)
        if folder is None:
            return None
        if isinstance(folder, Url):
            raise UsageError(f"A journal cannot be at {folder}", "Let --state be on this machine")
        settings = settings_digest(options, self.manifest, num_variants=self.num_variants)
        return Journal(folder, settings, overwrite=self.overwrite)

    def plan(
        self,
        inputs: list[str | Source],
        journal: Journal | None,
        leave_out: Callable[[Location], object] = lambda file: None,
    ) -> list[Job]:
        """Plan what to do with photographs; `leave_out` is told of files that are none."""
        return plan_jobs(
            inputs,
            self.output,
            suffix=self.suffix,
            mark=self.output_mark,
            recursive=self.recursive,
            overwrite=self.overwrite,
            skip_existing=self.skip_existing,
            num_variants=self.num_variants,
            leave_out=leave_out,
            **({"find_made": journal.find_made} if journal else {}),
        )

    def open_engine(self, num_jobs: int, options: ColorizeOptions) -> Engine:
        """Load what runs the jobs."""
        if self.engine == "ray":
            from autochrome.models import DEFAULT_MODEL

            return partial(
                run_ray_jobs,
                model=self.model or DEFAULT_MODEL,
                options=options,
                device=self.device,
                address=self.ray_address,
                overwrite=self.overwrite,
                max_megapixels=self.max_megapixels,
                fail_fast=self.fail_fast,
            )
        return partial(
            run_jobs,
            colorizer=self.open_colorizer(num_jobs),
            options=options,
            num_jobs=num_jobs,
            overwrite=self.overwrite,
            max_megapixels=self.max_megapixels,
        )

    def open_report(self, num_jobs: int | None, journal: Journal | None) -> Report:
        """Begin to tell of so many photographs; None if more may always come."""
        has_journal = journal is not None
        return Report(num_jobs, has_journal=has_journal, as_json=self.as_json, quiet=self.quiet)

    def _state_folder(self, inputs: list[str | Source]) -> Path | None:
        only = location(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], str) else None
        if only and not (self.files_from or is_folder(only) or is_pattern(only)):
            return None  # for one photograph a journal would only be in the way
        folder: Location | None = None
        if self.output is not None and is_output_folder(self.output, inputs):
            folder = location(self.output)
        elif self.output is None and only and is_folder(only):
            folder = only
        return folder / STATE_FOLDER if isinstance(folder, Path) else None


def colorize_batch(run: Run, options: ColorizeOptions) -> None:
    """Colorize what the command line names.

    Raises
    ------
    AutochromeError, click.exceptions.Exit
        If something cannot be done; see `Report.end`.
    """
    inputs: list[str | Source] = list(run.photos)
    if run.files_from is not None:
        inputs += read_list(run.files_from, null=run.null)
    elif run.null:
        raise UsageError("--null says how the list of --files-from is separated", "Give both")
    with (
        telling_left_out(quiet=run.quiet) as leave_out,
        run.open_journal(inputs, options) or nullcontext() as journal,
    ):
        planned = run.plan(inputs, journal, leave_out)
        if options.hints and len({job.source for job in planned}) > 1:
            raise UsageError("Hints are for one photo", "Colorize the others by themselves")
        if run.dry_run:
            report_plan(planned, as_json=run.as_json)
            return
        num_left = sum(not job.skip for job in planned)
        engine = run.open_engine(run.jobs or max(1, min(num_cores(), num_left)), options)
        results = drive(planned, engine, journal=journal, fail_fast=run.fail_fast)
        report = run.open_report(len(planned), journal)
        report.follow(results, len(planned))
    report.end()


def num_cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
