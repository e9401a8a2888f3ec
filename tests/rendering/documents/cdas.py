"""Clinical documents around a narrative (HL7 CDA R2)."""

from rendering.documents.blocks import Document
from rendering.documents.cda import to_document

HEADER = """<recordTarget><patientRole><id extension="G-1001" root="2.25.1"/><patient><name><given>Tarou</given>
<family>Yamada</family></name><birthTime value="19700131"/></patient></patientRole></recordTarget>
<effectiveTime value="20010213184746+0100"/>
<author><assignedAuthor><assignedPerson><name>J. Adams</name></assignedPerson></assignedAuthor></author>
<legalAuthenticator><assignedEntity><assignedPerson><name>J. Riesmeier</name></assignedPerson></assignedEntity>
</legalAuthenticator>"""


def clinical(body: str, header: str = HEADER, namespace: str = "urn:hl7-org:v3") -> bytes:
    """A document called Letter with a header, and `body` as its structured body."""
    parts = f"<title>Letter</title>{header}<component><structuredBody>{body}</structuredBody></component>"
    return f'<ClinicalDocument xmlns="{namespace}" xmlns:x="urn:other">{parts}</ClinicalDocument>'.encode()


def section(title: str, narrative: str, *within: str) -> str:
    """A component of a body or a section."""
    return f"<component><section><title>{title}</title><text>{narrative}</text>{''.join(within)}</section></component>"


def narrated(narrative: str) -> Document:
    """What is read of a document whose only section is called Findings."""
    return to_document(clinical(section("Findings", narrative)))
