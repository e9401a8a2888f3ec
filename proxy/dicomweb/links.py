"""Links inside DICOM JSON, rewritten so that no archive's address leaves here (PS3.18 §10.4.1.1.2, §10.6.3.3)."""

from dataclasses import dataclass

from proxy.dicomweb.references import path_of
from proxy.resources import BulkdataRef, InstanceRef, SeriesRef, StudyRef
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset, Element, Path

_DROPPED = frozenset({tags.RETRIEVE_URL, tags.RETRIEVE_URI, tags.PIXEL_DATA_PROVIDER_URL, tags.RETRIEVE_AE_TITLE})


@dataclass(frozen=True, slots=True)
class Links:
    """`base_url` is the service's base URI as clients see it."""

    base_url: str

    def through_here(self, dataset: Dataset) -> Dataset:
        """`dataset` with its own Retrieve URL, and bulk data links that are references through this service."""
        target = _target(dataset)

        def change(path: Path, element: Element) -> Element | None:
            if path[-1] in _DROPPED:
                return None
            return self._bulk(element, target, path) if "BulkDataURI" in element else element

        rewritten = dicomjson.rewrite(dataset, change)
        if target is not None:
            rewritten[tags.RETRIEVE_URL] = {"vr": "UR", "Value": [f"{self.base_url}{path_of(target)}"]}
        return dict(sorted(rewritten.items()))

    def _bulk(self, element: Element, target: StudyRef | SeriesRef | InstanceRef | None, path: Path) -> Element:
        if not isinstance(target, InstanceRef):
            return {"vr": element["vr"]}
        reference = BulkdataRef(target.study, target.series, target.instance, dicomjson.to_path_text(path))
        return {"vr": element["vr"], "BulkDataURI": f"{self.base_url}{path_of(reference)}"}


def _target(dataset: Dataset) -> StudyRef | SeriesRef | InstanceRef | None:
    study = dicomjson.uid(dataset, tags.STUDY_INSTANCE_UID)
    series = dicomjson.uid(dataset, tags.SERIES_INSTANCE_UID)
    instance = dicomjson.uid(dataset, tags.SOP_INSTANCE_UID)
    if study is None:
        return None
    if series is None:
        return StudyRef(study)
    return SeriesRef(study, series) if instance is None else InstanceRef(study, series, instance)
