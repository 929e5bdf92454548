"""The description of the API is valid, and true."""

import warnings

import pytest
from hypothesis import HealthCheck, settings

from autochrome.web import ServerSettings, create_app

with warnings.catch_warnings():  # of the libraries it stands on
    warnings.simplefilter("ignore")
    import schemathesis
    from openapi_spec_validator import OpenAPIV31SpecValidator
