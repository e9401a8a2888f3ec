"""Links inside DICOM JSON, rewritten so that no archive's address leaves this service (PS3.18 §10.4.1.1.2, §10.6.3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.dicomweb.references import path_of
from proxy.resources import BulkdataRef, InstanceRef, SeriesRef, StudyRef
from proxy.wire import dicomjson, tags

_URLS_DROPPED = frozenset({tags.RETRIEVE_URL, tags.RETRIEVE_URI, tags.PIXEL_DATA_PROVIDER_URL, tags.RETRIEVE_AE_TITLE})


@dataclass(frozen=True, slots=True)
class Links:
    """`base_url` is the service's base URI as clients see it."""

    base_url: str

    def through_here(self, dataset: Mapping[str, Any]) -> dict[str, Any]:
        """`dataset` with its own Retrieve URL, and bulk data links that are references through this service."""
        target = _target(dataset)
        rewritten = self._item(dataset, target, ())
        if target is not None:
            rewritten[tags.RETRIEVE_URL] = {"vr": "UR", "Value": [f"{self.base_url}{path_of(target)}"]}
        return dict(sorted(rewritten.items()))

    def _item(
        self, item: Mapping[str, Any], target: StudyRef | SeriesRef | InstanceRef | None, path: tuple[str, ...]
    ) -> dict[str, Any]:
        return {
            tag: self._element(element, target, (*path, tag))
            for tag, element in item.items()
            if tag not in _URLS_DROPPED and not tag.startswith("0002")
        }

    def _element(
        self, element: Any, target: StudyRef | SeriesRef | InstanceRef | None, path: tuple[str, ...]
    ) -> dict[str, Any]:
        if not isinstance(element, dict):
            return {}
        if "BulkDataURI" in element:
            return self._bulk(element, target, path)
        if element.get("vr") == "SQ" and isinstance(element.get("Value"), list):
            items = [
                self._item(item, target, (*path, str(index))) if isinstance(item, dict) else {}
                for index, item in enumerate(element["Value"])
            ]
            return {**element, "Value": items}
        return element

    def _bulk(
        self, element: dict[str, Any], target: StudyRef | SeriesRef | InstanceRef | None, path: tuple[str, ...]
    ) -> dict[str, Any]:
        if not isinstance(target, InstanceRef):
            return {"vr": element.get("vr", "UN")}
        reference = BulkdataRef(target.study, target.series, target.instance, "/".join(path))
        return {"vr": element.get("vr", "OB"), "BulkDataURI": f"{self.base_url}{path_of(reference)}"}


def _target(dataset: Mapping[str, Any]) -> StudyRef | SeriesRef | InstanceRef | None:
    study = dicomjson.uid(dataset, tags.STUDY_INSTANCE_UID)
    series = dicomjson.uid(dataset, tags.SERIES_INSTANCE_UID)
    instance = dicomjson.uid(dataset, tags.SOP_INSTANCE_UID)
    if study is None:
        return None
    if series is None:
        return StudyRef(study)
    return SeriesRef(study, series) if instance is None else InstanceRef(study, series, instance)


def element_at(dataset: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    """The element at `path` (tags and item numbers in turn, as `Links` writes them), or `None`."""
    item: Any = dataset
    *through, last = path.split("/")
    for tag, index in zip(through[::2], through[1::2], strict=False):
        values = item.get(tag, {}).get("Value", []) if isinstance(item, dict) else []
        item = values[int(index)] if index.isdigit() and int(index) < len(values) else None
    element = item.get(last) if isinstance(item, dict) and len(through) % 2 == 0 else None
    return element if isinstance(element, dict) else None
