"""Whether the rest of the service can work with a policy: what it says of patients and studies must mean something."""

from collections.abc import Callable

from policy.bundle import Bundle
from proxy.errors import ConfigurationError
from proxy.patients.register import Register


def usable_with(register: Register) -> Callable[[Bundle], None]:
    """Checks bundles against `register`: a label that no rule can name would protect nothing."""

    def require_usable(bundle: Bundle) -> None:
        unknown = register.labels() - bundle.vocabulary.get("Label", frozenset())
        if unknown:
            names = ", ".join(sorted(unknown))
            raise ConfigurationError(f"the register uses labels that the policy does not know: {names}")

    return require_usable
