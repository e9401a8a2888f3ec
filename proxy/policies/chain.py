"""The steps of a policy's life as they are stored, believed only as far as the service itself has sealed them."""

from collections.abc import Iterable

from policy.life.history import History
from policy.life.signature import PublicKey, SigningKey
from policy.life.step import MalformedStep, SignedStep, read_body
from proxy.policies.store import SealedStep, StoreDamaged

_DOMAIN = b"vitrine-seal-1\0"


def seal(signed: SignedStep, key: SigningKey) -> SealedStep:
    """`signed` as taken by the service that holds `key`."""
    return SealedStep(signed, key.sign(_DOMAIN + signed.digest.encode()))


def extended(history: History, steps: Iterable[SealedStep], key: PublicKey) -> History:
    """`history` and `steps`, which must follow it one by one. Raises `StoreDamaged`.

    A step counts when it names the one before it and the service sealed it: no step can be changed, left out, put
    elsewhere or added by whoever has the file and not the key.
    """
    for sealed in steps:
        signed = sealed.signed
        try:
            step = read_body(signed.body)
        except MalformedStep:
            raise StoreDamaged("a step in the policy's life cannot be read") from None
        if not key.verifies(sealed.seal, _DOMAIN + signed.digest.encode()):
            raise StoreDamaged("a step in the policy's life is not sealed by this service's key")
        if (step.number, step.previous) != (history.next_number, history.digest):
            raise StoreDamaged("the steps in the policy's life do not follow each other")
        history = history.with_step(step, signed)
    return history
