"""The Dockerfile keeps its promises as far as reading it shows; `make image-check` carries it out."""

from pathlib import Path

import pytest

from deploy.dockerfile import read_dockerfile

TREE = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def image():
    return read_dockerfile(TREE / "Dockerfile")[-1]


def test_the_service_does_not_run_as_root(image) -> None:
    assert image.last("USER").rest not in {"root", "0"}


def test_only_the_audit_folder_is_a_volume(image) -> None:
    assert image.last("VOLUME").words == ["/var/lib/vitrine/audit"]


def test_there_is_a_health_check_without_a_shell(image) -> None:
    assert image.last("HEALTHCHECK").words[0].endswith("python")
    assert image.last("ENTRYPOINT").words[1:] == ["serve", "--config", "/etc/vitrine/vitrine.toml"]


def test_packages_are_installed_by_hash_and_nothing_is_piped_into_a_shell() -> None:
    steps = [step for stage in read_dockerfile(TREE / "Dockerfile") for step in stage.steps if step.word == "RUN"]
    installs = [step.rest for step in steps if "pip install" in step.rest]
    assert installs
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    assert not [step.rest for step in steps if "curl" in step.rest or "wget" in step.rest or "| sh" in step.rest]


def test_what_is_copied_is_admitted_to_the_build() -> None:
    lines = (TREE / ".dockerignore").read_text("utf-8").splitlines()
    admitted = [line[1:] for line in lines if line.startswith("!")]
    for stage in read_dockerfile(TREE / "Dockerfile"):
        for step in stage.steps:
            for source in step.words[:-1] if step.word == "COPY" and "from" not in step.flags else []:
                assert (TREE / source).exists()
                assert any(source == entry or source.startswith(f"{entry}/") for entry in admitted), source


def test_instructions_outside_the_known_part_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM debian:bookworm-slim\nADD https://example.org/x /x\n")
    with pytest.raises(ValueError, match="ADD"):
        read_dockerfile(file)


def test_continued_lines_flags_and_comments_are_read(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("# a comment\nFROM debian:x AS build\nRUN one \\\n && two\nCOPY --from=build --chown=a:b /x /y\n")
    (stage,) = read_dockerfile(file)
    assert stage.name == "build"
    assert [step.words for step in stage.steps] == [["one", "&&", "two"], ["/x", "/y"]]
    assert stage.steps[1].flags == {"from": "build", "chown": "a:b"}
