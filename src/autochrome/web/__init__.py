"""A page and an API around one colorizer, on one's own machine."""

from autochrome.web.app import create_app
from autochrome.web.server import serve
from autochrome.web.settings import ServerSettings

__all__ = ["ServerSettings", "create_app", "serve"]
