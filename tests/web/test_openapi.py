"""The description of the API is valid, and true: whatever it allows is answered as it says."""

import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():  # of the libraries that it stands on
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi import definitions
    from schemathesis.specs.openapi.checks import positive_data_acceptance


@pytest.fixture
def description(client):
    return client.get("/openapi.json").json()


ROUTES = {
    ("POST", "/v1/colorize"),
    ("GET", "/v1/results/{result_id}"),
    ("GET", "/v1/models"),
    ("POST", "/v1/photos"),
    ("GET", "/v1/photos/{photo_id}/preview"),
    ("GET", "/v1/photos/{photo_id}/color"),
    ("GET", "/v1/photos/{photo_id}/file"),
    ("DELETE", "/v1/photos/{photo_id}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}


def test_the_description_is_openapi(description):
    assert description["openapi"].startswith("3.1.")
    definitions.OPENAPI_31_VALIDATOR.validate(description)
    with pytest.raises(Exception, match="required"):
        definitions.OPENAPI_31_VALIDATOR.validate({**description, "info": {}})


def test_every_route_is_described(description):
    paths = description["paths"].items()
    assert {(method.upper(), path) for path, item in paths for method in item} == ROUTES


@pytest.mark.parametrize("path", ["/v1/results/{result_id}", "/v1/photos/{photo_id}/file"])
def test_parts_of_files_are_described(description, path):
    responses = description["paths"][path]["get"]["responses"]
    assert responses["206"]["content"] == responses["200"]["content"]
    assert "image/jpeg" in responses["200"]["content"]
    assert "application/problem+json" in responses["416"]["content"]


@pytest.mark.filterwarnings("ignore")  # of the libraries again
@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_every_answer_is_as_described(server, method, path):
    operation = schemathesis.openapi.from_url(f"{server.address}/openapi.json")[path][method]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @given(case=cases)
    @settings(
        max_examples=40,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    def check(case):
        # Bytes of the right type may be no photograph, and options may not go together.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()
