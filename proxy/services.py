"""The composition root: every part of the service made once, in order, and ended in the reverse order."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from policy.bundle import read_bundle
from policy.engine import CedarEngine
from proxy.access.authentication import Authentication
from proxy.access.enforcement import Enforcement
from proxy.access.login import Login
from proxy.archives.registry import Archives
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.federation.admission import Admission
from proxy.federation.location import Locations
from proxy.federation.search import Search
from proxy.federation.status import SearchStatuses
from proxy.outside import Outside
from proxy.patients.register import Register, read_register
from proxy.retrieval.frames import Frames
from proxy.retrieval.objects import Objects
from proxy.retrieval.rendered import Rendered
from proxy.retrieval.workers import RenderingWorkers
from proxy.settings import Settings
from proxy.storage.sqlite import SqliteEvents
