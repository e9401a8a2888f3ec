"""The demo's studies: phantoms made when somebody looks at them, and pydicom's teaching files."""

from demo.data.studies import studies_of

__all__ = ["studies_of"]
