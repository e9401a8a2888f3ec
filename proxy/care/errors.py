"""Why a care event is not taken, in words for its sender that repeat nothing of it."""

from proxy.errors import BadRequest


class UnreadableEvent(BadRequest):
    """What was sent does not tell of a care event; `number` is of HL7 table 0357."""

    def __init__(self, message: str, number: int = 102) -> None:
        super().__init__(message)
        self.number = number


class UnknownPatient(UnreadableEvent):
    """No identifier of the patient is by an authority that this sender speaks for, or they name several patients."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 204)
