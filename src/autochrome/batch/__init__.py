"""Many photographs: what to do, and doing it."""

from autochrome.batch.driver import Engine, drive
from autochrome.batch.engine import run_jobs
from autochrome.batch.fingerprint import Fingerprint
from autochrome.batch.journal import Journal, settings_digest
from autochrome.batch.plan import Job, is_output_folder, plan_jobs
from autochrome.batch.ray_engine import run_ray_jobs
from autochrome.batch.sources import Source, find_sources
from autochrome.batch.watching import watch
from autochrome.batch.worker import JobResult, run_job

__all__ = [
    "Engine",
    "Fingerprint",
    "Job",
    "JobResult",
    "Journal",
    "Source",
    "drive",
    "find_sources",
    "is_output_folder",
    "plan_jobs",
    "run_job",
    "run_jobs",
    "run_ray_jobs",
    "settings_digest",
    "watch",
]
