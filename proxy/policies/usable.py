"""Whether the rest of the service can work with a policy: what it says of patients and studies must mean something."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from policy.bundle import SCHEMA, Bundle, BundleFile
from policy.errors import InvalidBundle, Problem
from proxy.errors import ConfigurationError
from proxy.labelling.overrides import StudyOverride
from proxy.patients.register import Register

Decided = Callable[[], Iterable[StudyOverride]]
"""What officers have decided about the labels of studies by now."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What the rest of the service asks of a policy, and of whoever changes it.

    `require_usable` raises `ConfigurationError` for a bundle that cannot be worked with. `require_proposable` raises
    `InvalidBundle` for one that officers may not bring into force after another, of which it is given the files.
    `suspended` says of an officer's account whether it is.
    """

    require_usable: Callable[[Bundle], None] = lambda _: None
    require_proposable: Callable[[Bundle, Sequence[BundleFile]], None] = lambda *_: None
    suspended: Callable[[str], bool] = lambda _: False

    def require_all(self, bundle: Bundle) -> None:
        """Raises `ConfigurationError` or `InvalidBundle` for what does not fit, whatever is in force."""
        self.require_usable(bundle)
        self.require_proposable(bundle, ())


def fit_for(register: Register, institutions: Collection[str], decided: Decided) -> Fit:
    """What a service with `register` and `institutions`, by their ids, asks."""
    return Fit(usable_with(register), proposable_with(institutions, decided), register.is_suspended)


def usable_with(register: Register) -> Callable[[Bundle], None]:
    """Checks bundles against `register`: a label that no rule can name would protect nothing."""

    def require_usable(bundle: Bundle) -> None:
        unknown = register.labels() - _labels(bundle)
        if unknown:
            names = ", ".join(sorted(unknown))
            raise ConfigurationError(f"the register uses labels that the policy does not know: {names}")

    return require_usable


def proposable_with(institutions: Collection[str], decided: Decided) -> Callable[[Bundle, Sequence[BundleFile]], None]:
    """Checks what officers want to bring into force. A service starts with it nevertheless: exchanges share bundles.

    A folder under a misspelt name protects nothing, and a study with a label that the policy does not know is refused
    to everybody.
    """

    def require_proposable(bundle: Bundle, before: Sequence[BundleFile]) -> None:
        known = {*institutions, *_folders(before)}
        problems = [
            Problem(place, "is for an institution that the configuration does not have")
            for name, place in _folders(bundle.files).items()
            if name not in known
        ]
        given = frozenset(label for one in decided() for label in one.wish.add)
        problems += (
            Problem(SCHEMA, f"lacks the label `{label}`, which officers have given to studies")
            for label in sorted(given - _labels(bundle))
        )
        if problems:
            raise InvalidBundle(problems)

    return require_proposable


def _labels(bundle: Bundle) -> frozenset[str]:
    return bundle.vocabulary.get("Label", frozenset())


def _folders(files: Iterable[BundleFile]) -> dict[str, str]:
    """The institutions that files are for, each with its folder."""
    return dict(_named(PurePosixPath(file.path).parts for file in files))


def _named(places: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for parts in places:
        if parts[0] == "institutions" and len(parts) > 1:
            yield parts[1], "/".join(parts[:2])
