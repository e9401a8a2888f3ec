"""Links inside DICOM JSON, rewritten so that no archive's address leaves here (PS3.18 §10.4.1.1.2, §10.6.3.3)."""

from dataclasses import dataclass

from proxy.dicomweb.references import path_of
from proxy.resources import BulkdataRef, InstanceRef, SeriesRef, StudyRef
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset, Element, Path

_UTF_8: Element = {"vr": "CS", "Value": ["ISO_IR 192"]}  # as all JSON is (PS3.18 F.2.2), however the file was written
_PIXELS = frozenset({tags.PIXEL_DATA, tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA})
_DESCRIBING = "0028"  # the group of image descriptions: look-up tables and palettes, which show nobody
_DROPPED = frozenset({tags.RETRIEVE_URL, tags.RETRIEVE_URI, tags.PIXEL_DATA_PROVIDER_URL, tags.RETRIEVE_AE_TITLE})


@dataclass(frozen=True, slots=True)
class Links:
    """`base_url` is the service's base URI as clients see it."""

    base_url: str

    def through_here(self, dataset: Dataset) -> Dataset:
        """`dataset` with its own Retrieve URL, and bulk data links that are references through this service.

        Pixels, documents and other binary values that came inline become links too: metadata may be read by those who
        may see rendered images only, and what they link to may not.
        """
        target = _target(dataset)

        def change(path: Path, element: Element) -> Element | None:
            if path[-1] in _DROPPED:
                return None
            if path[-1] == tags.SPECIFIC_CHARACTER_SET:
                return _UTF_8
            return self._bulk(element, target, path) if _is_bulk(str(path[-1]), element) else element

        rewritten = dicomjson.rewrite(dataset, change)
        if target is not None:
            rewritten[tags.RETRIEVE_URL] = {"vr": "UR", "Value": [f"{self.base_url}{path_of(target)}"]}
        return dict(sorted(rewritten.items()))

    def _bulk(self, element: Element, target: StudyRef | SeriesRef | InstanceRef | None, path: Path) -> Element:
        if not isinstance(target, InstanceRef):
            return {"vr": element["vr"]}
        reference = BulkdataRef(target.study, target.series, target.instance, dicomjson.to_path_text(path))
        return {"vr": element["vr"], "BulkDataURI": f"{self.base_url}{path_of(reference)}"}


def _is_bulk(tag: str, element: Element) -> bool:
    if tag in _PIXELS:
        return len(element) > 1
    return "BulkDataURI" in element or ("InlineBinary" in element and not tag.startswith(_DESCRIBING))


def _target(dataset: Dataset) -> StudyRef | SeriesRef | InstanceRef | None:
    study = dicomjson.uid(dataset, tags.STUDY_INSTANCE_UID)
    series = dicomjson.uid(dataset, tags.SERIES_INSTANCE_UID)
    instance = dicomjson.uid(dataset, tags.SOP_INSTANCE_UID)
    if study is None:
        return None
    if series is None:
        return StudyRef(study)
    return SeriesRef(study, series) if instance is None else InstanceRef(study, series, instance)
