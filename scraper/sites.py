"""The sites whose pages can be read, by the names of their sources in the store."""

from collections.abc import Callable, Mapping

from scraper.pages.autoscout24 import AutoScout24
from scraper.pages.base import Site

SITES: Mapping[str, Callable[[], Site]] = {AutoScout24.name: AutoScout24}
