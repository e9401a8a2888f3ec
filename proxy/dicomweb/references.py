"""Path parameters as references (PS3.18 §10.1.1): a malformed UID or frame list never reaches anything behind here."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from proxy.resources import BulkdataRef, FramesRef, InstanceRef, SeriesRef, StudyRef, Uid, read_frames, read_uid
from proxy.wire import dicomjson, tags


def study_of(request: Request) -> StudyRef:
    return StudyRef(_uid(request, "study"))


def series_of(request: Request) -> SeriesRef:
    return SeriesRef(_uid(request, "study"), _uid(request, "series"))


def instance_of(request: Request) -> InstanceRef:
    return InstanceRef(_uid(request, "study"), _uid(request, "series"), _uid(request, "instance"))


def frames_of(request: Request) -> FramesRef:
    one = instance_of(request)
    return FramesRef(one.study, one.series, one.instance, read_frames(request.path_params["frames"]))


def bulkdata_of(request: Request) -> BulkdataRef:
    one = instance_of(request)
    path = dicomjson.to_path_text(dicomjson.read_path(request.path_params["path"]))
    return BulkdataRef(one.study, one.series, one.instance, path)


def named_by(dataset: Mapping[str, Any]) -> InstanceRef | None:
    """The instance that `dataset`, DICOM JSON, says it is; `None` when it does not name itself."""
    study = dicomjson.uid(dataset, tags.STUDY_INSTANCE_UID)
    series = dicomjson.uid(dataset, tags.SERIES_INSTANCE_UID)
    instance = dicomjson.uid(dataset, tags.SOP_INSTANCE_UID)
    return InstanceRef(study, series, instance) if study and series and instance else None


def path_of(ref: StudyRef | SeriesRef | InstanceRef | FramesRef | BulkdataRef) -> str:
    """The resource's path below the service's base URI; of several frames, the list."""
    match ref:
        case StudyRef():
            return f"/studies/{ref.study}"
        case SeriesRef():
            return f"/studies/{ref.study}/series/{ref.series}"
        case InstanceRef():
            return f"/studies/{ref.study}/series/{ref.series}/instances/{ref.instance}"
        case FramesRef():
            return f"{path_of(ref.of)}/frames/{','.join(map(str, ref.frames))}"
        case BulkdataRef():
            return f"{path_of(ref.of)}/bulkdata/{ref.path}"


def _uid(request: Request, name: str) -> Uid:
    return read_uid(request.path_params[name])
