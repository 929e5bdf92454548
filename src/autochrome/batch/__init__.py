"""Many photographs: what to do, and doing it."""

from autochrome.batch.plan import Job, plan_jobs
from autochrome.batch.ray_engine import run_ray_jobs
from autochrome.batch.worker import JobResult, run_jobs

__all__ = ["Job", "JobResult", "plan_jobs", "run_jobs", "run_ray_jobs"]
