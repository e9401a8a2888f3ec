"""The composition root: the services opened in order, and ended in the reverse order."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
import logging

from policy.bundle import Bundle, read_bundle
from policy.cases.trial import require_sound
from policy.errors import InvalidBundle
from proxy.archives.credentials import goes_in_the_clear, server_goes_in_the_clear
from proxy.archives.probe.rounds import Rounds
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.views.interrupted import close_interrupted
from proxy.breakglass.emergencies import LOOK_SECONDS as EMERGENCY_SECONDS
from proxy.errors import ConfigurationError
from proxy.outside import Outside
from proxy.patients.register import Register, read_register
from proxy.policies.keys import read_officers, read_own_key
from proxy.policies.usable import fit_for, usable_with
from proxy.policies.versions import LOOK_SECONDS as VERSION_SECONDS
from proxy.policies.versions import Versions, loaded
from proxy.repeating import repeated
from proxy.reporting import reporting_to
from proxy.services.composing import compose
from proxy.services.opened import open_all
from proxy.services.services import Services
from proxy.settings.file import Settings
from proxy.settings.server import Policy
from proxy.storage.overrides import SqliteOverrides
from proxy.storage.policies import SqliteVersions

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_services(settings: Settings, outside: Outside, confinement: str = "none") -> AsyncGenerator[Services]:
    """The services of `settings`, running until the context ends.

    `confinement` says what the kernel enforces on this process, for the record. Raises `ConfigurationError` for what
    cannot be used, `AuditUnavailable` when the log does not open.
    """
    bundle, register = _read_policy(settings.policy)
    async with AsyncExitStack() as stack:
        opened = await open_all(settings, outside, stack)
        await close_interrupted(opened.events, opened.journal)
        versions = _versions_of(settings, outside, opened.journal, register)
        await versions.open(bundle)
        services = compose(settings, outside, opened, versions, register)
        stack.push_async_callback(services.background.consents.close)
        stack.push_async_callback(services.rooms.ahead.close)
        stack.push_async_callback(services.launching.smart.close)
        await _record_start(services, versions.bundle, register, confinement)
        stack.push_async_callback(opened.journal.record, Event(EventKind.STOPPED, Outcome.SUCCESS))
        rounds = Rounds(opened.archives, reporting_to(opened.journal), outside.clock)
        await stack.enter_async_context(rounds.running())
        await stack.enter_async_context(services.station.running())
        await stack.enter_async_context(services.policies.past.kept())
        await stack.enter_async_context(repeated(versions.look, VERSION_SECONDS, "policy versions"))
        await stack.enter_async_context(services.attesting.checkpoints.running())
        await stack.enter_async_context(services.emergency_notices.running())
        await stack.enter_async_context(repeated(services.emergencies.look, EMERGENCY_SECONDS, "emergencies"))
        await stack.enter_async_context(services.links.delivery.running())
        await stack.enter_async_context(services.deliveries.running())
        await stack.enter_async_context(services.rooms.views.running())
        yield services


def _versions_of(settings: Settings, outside: Outside, journal: Journal, register: Register) -> Versions:
    """What keeps the policy and changes it, beside the audit log."""
    folder = settings.audit.folder
    officers, key = read_officers(settings.policy.officers), read_own_key(settings.policy.signing_key, folder)
    fit = fit_for(register, [one.id for one in settings.institutions], SqliteOverrides(folder).read)
    return Versions(SqliteVersions(folder), journal, officers, key, outside.clock, fit)


def _read_policy(policy: Policy) -> tuple[Bundle, Register]:
    """Bundle and register, checked against each other: a label that no rule can name would protect nothing."""
    try:
        bundle = read_bundle(policy.folder)
        require_sound(bundle)
    except InvalidBundle as error:
        raise ConfigurationError(f"the policy may not come into force: {error}") from None
    register = read_register(policy.register)
    usable_with(register)(bundle)
    return bundle, register


async def _record_start(services: Services, bundle: Bundle, register: Register, confinement: str) -> None:
    levels = {"confinement": confinement, "workers": services.workers.level, **_in_the_clear(services.settings)}
    await services.journal.record(Event(EventKind.STARTED, Outcome.SUCCESS, detail=levels))
    await services.journal.record(loaded(bundle, {"register": register.version}))


def _in_the_clear(settings: Settings) -> dict[str, str]:
    """The archives whose credentials anybody on the way can read, for the record and as a warning."""
    archives = [archive for institution in settings.institutions for archive in institution.archives]
    exposed = [archive.id for archive in archives if goes_in_the_clear(archive)]
    servers = {"the patient index": settings.patients.index, "the consent register": settings.consents.fhir}
    exposed += [name for name, server in servers.items() if server is not None and server_goes_in_the_clear(server)]
    if not exposed:
        return {}
    _logger.warning("credentials of an archive cross the network without TLS; the audit log says which")
    return {"cleartext": ", ".join(exposed)}
