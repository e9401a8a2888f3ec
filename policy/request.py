"""What is asked of policy: a subject, an action, a resource and a purpose of use, with the facts that explain them."""

from dataclasses import dataclass
from enum import StrEnum


class PurposeOfUse(StrEnum):
    """HL7 v3 ActReason codes that a session may declare."""

    TREAT = "TREAT"
    ETREAT = "ETREAT"
    HPAYMT = "HPAYMT"
    HOPERAT = "HOPERAT"
    PATRQT = "PATRQT"
    HRESCH = "HRESCH"
    COVERAGE = "COVERAGE"


class Capability(StrEnum):
    """Cedar actions on a study; each one that is refused is an obligation (policy/capabilities.py)."""

    KNOW_EXISTS = "knowExists"
    VIEW = "view"
    VIEW_LOSSLESS = "viewLossless"
    VIEW_FULL_SIZE = "viewFullSize"
    VIEW_IDENTIFIED = "viewIdentified"
    VIEW_UNMARKED = "viewUnmarked"
    VIEW_WITHOUT_NOTICE = "viewWithoutNotice"
    SHARE = "share"
    KEEP = "keep"


class Consent(StrEnum):
    OPT_IN = "optin"
    OPT_OUT = "optout"
    UNKNOWN = "unknown"


class DirectiveVerdict(StrEnum):
    """What the patient's consent directives say to a request, or why it is not known what they say."""

    NONE = "none"
    PERMITS = "permits"
    DENIES = "denies"
    ALWAYS_DENIES = "always-denies"
    UNREADABLE = "unreadable"
    UNANSWERED = "unanswered"


class Network(StrEnum):
    CLINICAL = "clinical"
    INTERNET = "internet"


class StudyState(StrEnum):
    FINAL = "final"
    PRELIMINARY = "prelim"
    QUARANTINED = "quarantined"


class RelationshipKind(StrEnum):
    NONE = "none"
    ENCOUNTER = "encounter"
    REFERRAL = "referral"
    APPOINTMENT = "appointment"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class Subject:
    """The user as policy sees one. `id` is `issuer-id:sub`; `patient_record` the patient whom this user is.

    For whoever opened a share link `shared_by` is the account that made it, and `patient_record` its patient's.
    """

    id: str
    roles: frozenset[str]
    organization: str
    assurance: int = 1
    suspended: bool = False
    patient_record: str | None = None
    shared_by: str | None = None

    @property
    def person(self) -> str:
        """The human being who answers for the request."""
        return self.shared_by or self.id


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What the exchange knows of a patient; `id` is the exchange's own key, never shown and never a name."""

    id: str
    consent: Consent = Consent.UNKNOWN
    vip: bool = False
    employee: bool = False
    minor: bool = False
    blocked: frozenset[str] = frozenset()
    care_team: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """A study at one institution; `labels` are HL7 ActCode sensitivity codes, `confidentiality` an HL7 code (U to V).

    It is not `labelled` when something is unknown that labelling rules read.
    `age_days` is None when the study carries no date, so that a rule about age has to say what it means then.
    """

    id: str
    institution: str
    patient: PatientFacts
    confidentiality: str = "N"
    labels: frozenset[str] = frozenset()
    modality: str = ""
    age_days: int | None = None
    state: StudyState = StudyState.FINAL
    allows_sharing: bool = False
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The context of a request: why, in which relationship, from where, when (`now` in Unix seconds)."""

    purpose: PurposeOfUse
    relationship: RelationshipKind
    network: Network
    now: int
    break_glass: bool = False
    part2_consent: bool = False
    coworker: bool = False
    directive: DirectiveVerdict = DirectiveVerdict.NONE


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """`because` says where facts come from, for officers; it holds no value of a patient or a study."""

    subject: Subject
    study: StudyFacts
    circumstances: Circumstances
    because: tuple[str, ...] = ()
