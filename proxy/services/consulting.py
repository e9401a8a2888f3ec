"""Where labels of studies and consents of patients come from, put together from the configuration."""

from collections.abc import Callable, Iterable

from policy.bundle import Bundle
from proxy.access.background import Background
from proxy.access.enforcement import Enforcement
from proxy.archives.registry import Archives
from proxy.archives.search.paging import Paging
from proxy.audit.journal import Journal
from proxy.consents.consents import Consents
from proxy.consents.files import ConsentFiles
from proxy.consents.names import Names
from proxy.consents.server import NAME, ConsentRegister
from proxy.consents.source import ConsentSource
from proxy.errors import ConfigurationError
from proxy.federation.closer import CloserLook
from proxy.fhirserver import FhirServer
from proxy.labelling.labelling import Labelling
from proxy.outside import Outside
from proxy.patients.recognition import Recognition
from proxy.policies.versions import Versions
from proxy.reporting import reporting_tasks
from proxy.resources import PatientIdentifier
from proxy.settings.consents import ConsentServer
from proxy.settings.file import Settings
from proxy.tasks import Task, Tasks

IdentifiersOf = Callable[[PatientIdentifier], tuple[PatientIdentifier, ...]]


def background_of(
    settings: Settings,
    outside: Outside,
    journal: Journal,
    archives: Archives,
    identifiers_of: IdentifiersOf,
    tasks: Tasks,
) -> Background:
    """Both, and nothing is asked yet. Raises `ConfigurationError`."""
    look = CloserLook(archives, Paging(settings.federation))
    labelling = Labelling(look, tasks, outside.timer, settings.federation.location_seconds)
    return Background(_consents(settings, outside, journal, identifiers_of, tasks), labelling)


def _consents(
    settings: Settings, outside: Outside, journal: Journal, identifiers_of: IdentifiersOf, tasks: Tasks
) -> Consents:
    names = Names(settings.consents)
    sources = _sources(settings, outside, names, tasks)
    if sources:
        _require_systems(settings)
    report = reporting_tasks(journal)
    return Consents(sources, names, settings.consents, tasks, report, outside.timer, identifiers_of)


def _sources(settings: Settings, outside: Outside, names: Names, tasks: Tasks) -> list[ConsentSource]:
    sources: list[ConsentSource] = []
    server, folder = settings.consents.fhir, settings.consents.folder
    if server is not None:
        sources.append(ConsentRegister(_server(server, outside), names.known, server.pages))
    if folder is not None:

        def tell(found: Iterable[Task]) -> None:
            tasks.state("files of consents", found)

        sources.append(ConsentFiles(folder, names.known, outside.timer, tell))
    return sources


def _server(settings: ConsentServer, outside: Outside) -> FhirServer:
    return FhirServer(
        *(NAME, settings.base_url, outside.consents_transport(settings), outside.timer),
        connections=settings.connections,
        seconds=settings.seconds,
        answer_bytes=settings.answer_bytes,
    )


def _require_systems(settings: Settings) -> None:
    """Of patients whom no consent can name nothing would ever be shown."""
    named = {one.name for one in settings.consents.authorities}
    for institution in settings.institutions:
        for archive in institution.archives:
            if archive.assigning_authority not in named | {""}:
                unnamed = f"`{archive.assigning_authority}` of archive `{archive.id}`"
                raise ConfigurationError(f"`consents.authorities` has no system for {unnamed}")


def heed(
    background: Background,
    enforcement: Enforcement,
    recognition: Recognition,
    archives: Archives,
    versions: Versions,
) -> None:
    """Let open view sessions decide again when anything of it changes; labelling rules change with the policy."""
    labelling = background.labelling

    def adopt(bundle: Bundle) -> None:
        labelling.adopt(bundle.labelling, bundle.vocabulary.get("Label", frozenset()))
        for archive in archives:
            archive.also_asked = labelling.fields(archive.institution.id)

    adopt(versions.bundle)
    versions.when_adopted(adopt)
    recognition.also_uncertain = background.notices
    background.consents.changed = enforcement.reconsider_all
    labelling.overrides.changed = enforcement.reconsider_all
