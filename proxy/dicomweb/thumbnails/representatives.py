"""Which frame stands for a study, a series or an instance: one that somebody chose, else one in the middle."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from proxy.dicomweb.thumbnails.identifying import is_captured
from proxy.retrieval.objects import Dataset
from proxy.wire import dicomjson, tags
from rendering.attributes import is_image, number_of_frames
from rendering.errors import MalformedAttributes
from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.presentation.reading.key_objects import key_images
from rendering.reading.plane import Plane, dot, read_plane
from rendering.reading.timing import is_cine, is_tiled

_MOST_PLACES = 1000  # of frames of one instance that are looked at

Usable = Callable[[Dataset], bool]


@dataclass(frozen=True, slots=True)
class Representative:
    """An instance and the number (from 1) of its frame that is shown."""

    dataset: Dataset
    frame: int


def representative(datasets: Sequence[Dataset], usable: Usable) -> Representative | None:
    """Of the images that are `usable`: a key image of the study (PS3.3 A.35.4), the best first, else the middle one.

    That is the middle of the largest series, counted in frames, where localizers and captured screens come last.
    `None` when no image is usable.
    """
    images = [dataset for dataset in datasets if _is_shown(dataset) and usable(dataset)]
    chosen = _key_image(datasets, images)
    if chosen is not None or not images:
        return chosen
    series = in_order(largest_series(images))
    middle = series[len(series) // 2]
    return Representative(middle, representative_frame(middle))


def representative_frame(dataset: Dataset) -> int:
    """Representative Frame Number (0028,6010) when it is one of the frames.

    Otherwise the frame at a third of a cine, when contrast has arrived; of other frames the middle one, by its place
    where that is known.
    """
    count = _count(dataset)
    named = dicomjson.integer(dataset, tags.REPRESENTATIVE_FRAME_NUMBER) or 0
    if 1 <= named <= count:
        return named
    if is_cine(dataset) or found_kind(dataset) is Kind.VIDEO:
        return (count + 2) // 3
    numbers = range(1, count + 1)
    places = _places(read_plane(dataset, number) for number in numbers) if 1 < count <= _MOST_PLACES else None
    if places is None:
        return (count + 1) // 2
    return sorted(numbers, key=lambda number: places[number - 1])[(count - 1) // 2]


def largest_series(datasets: Iterable[Dataset]) -> list[Dataset]:
    """The series with most frames; images before anything else, localizers and captured screens last of these."""
    by_uid: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        by_uid.setdefault(dicomjson.text(dataset, tags.SERIES_INSTANCE_UID), []).append(dataset)
    return max(by_uid.values(), key=lambda one: (_rank(one[0]), sum(map(_count, one))))


def in_order(series: Sequence[Dataset]) -> list[Dataset]:
    """The instances of a series by their place along the normal of their planes, or by number where they have none."""
    places = _places(read_plane(dataset, 1) for dataset in series)
    if places is None:
        return sorted(series, key=lambda dataset: dicomjson.integer(dataset, tags.INSTANCE_NUMBER) or 0)
    return [series[number] for number in sorted(range(len(series)), key=lambda number: places[number])]


def _places(planes: Iterable[Plane | None]) -> list[float] | None:
    """Where parallel planes are along their normal in millimetres; `None` when there is one that is not."""
    places: list[float] = []
    first: Plane | None = None
    for plane in planes:
        first = first or plane
        if plane is None or first is None or not plane.is_parallel_to(first):
            return None
        places.append(dot(first.normal, plane.position))
    return places


def _key_image(datasets: Sequence[Dataset], images: Sequence[Dataset]) -> Representative | None:
    found = {dicomjson.text(dataset, tags.SOP_INSTANCE_UID): dataset for dataset in images}
    for key in key_images(datasets):
        dataset = found.get(key.instance)
        if dataset is not None:
            frames = [frame for frame in key.frames if frame <= _count(dataset)]
            return Representative(dataset, frames[0] if frames else representative_frame(dataset))
    return None


def _is_shown(dataset: Dataset) -> bool:
    """Whether a frame of the instance shows something of the patient as a whole."""
    match found_kind(dataset):
        case Kind.IMAGE:
            return is_image(dataset) and not is_tiled(dataset)
        case Kind.VIDEO:
            return True
        case _:
            return False


def _rank(dataset: Dataset) -> int:
    if found_kind(dataset) not in {Kind.IMAGE, Kind.VIDEO}:
        return 0
    return 1 if is_captured(dataset) or "LOCALIZER" in dicomjson.texts(dataset, tags.IMAGE_TYPE) else 2


def _count(dataset: Dataset) -> int:
    """Number of Frames, 1 where it is not possible: an archive's mistake shall not cost a study its thumbnail."""
    try:
        return number_of_frames(dataset)
    except MalformedAttributes:
        return 1
