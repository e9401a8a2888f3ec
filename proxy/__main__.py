"""The `vitrine` command."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from proxy.accounting.arguments import add_disclosures_arguments, add_verify_account_arguments
from proxy.archives.probe.arguments import add_probe_arguments
from proxy.audit.checkpoints.commands import (
    add_check_arguments,
    add_prove_arguments,
    audit_check,
    audit_checkpoint,
    audit_prove,
    audit_witnessed,
)
from proxy.audit.commands import (
    add_list_arguments,
    add_verify_arguments,
    add_views_arguments,
    audit_list,
    audit_verify,
    audit_views,
)
from proxy.errors import AuditUnavailable, ConfigurationError, PolicyStepRefused, PolicyVersionsUnavailable
from proxy.office.arguments import add_policy_arguments
from proxy.ohif.commands import add_install_arguments, ohif_install

if TYPE_CHECKING:
    from proxy.audit.checkpoints.note import Verifier
    from proxy.audit.store import EventReader

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no public name

Run = Callable[[argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what cannot be used is one plain line on standard error and exit status 1."""
    parsed = _parser().parse_args(arguments)
    run: Run = parsed.run
    try:
        return run(parsed) or 0
    except (ConfigurationError, AuditUnavailable, PolicyStepRefused, PolicyVersionsUnavailable) as error:
        print(f"vitrine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitrine", description="look at imaging studies where they are")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_demo(commands)
    _add_audit(commands)
    _add_accounting(commands)
    _add_policy(commands)
    _add_archive(commands)
    _add_ohif(commands)
    _add_doctor(commands)
    return parser


def _add_serve(commands: "Commands") -> None:
    serve = commands.add_parser("serve", help="run the proxy")
    _add_configuration(serve)
    serve.set_defaults(run=_serve)


def _add_demo(commands: "Commands") -> None:
    demo = commands.add_parser("demo", help="run an embedded exchange: three archives, a provider, this proxy")
    demo.add_argument("--port", type=int, default=8080, help="where the browser finds it (default: 8080)")
    demo.set_defaults(run=_demo)


def _add_audit(commands: "Commands") -> None:
    audit = commands.add_parser("audit", help="read the audit log")
    below = audit.add_subparsers(required=True, metavar="COMMAND")
    listing = below.add_parser("list", help="print what was recorded")
    _add_configuration(listing)
    add_list_arguments(listing)
    listing.set_defaults(run=_audit_list)
    views = below.add_parser("views", help="print who saw which frames of which study")
    _add_configuration(views)
    add_views_arguments(views)
    views.set_defaults(run=_audit_views)
    verify = below.add_parser("verify", help="find records that were changed or removed")
    _add_configuration(verify)
    add_verify_arguments(verify)
    verify.set_defaults(run=_audit_verify)
    _add_attesting(below)


def _add_attesting(below: "Commands") -> None:
    prove = below.add_parser("prove", help="print the proof that a record is in the log, for whoever has no log")
    _add_configuration(prove)
    add_prove_arguments(prove)
    prove.set_defaults(run=_audit_prove)
    check = below.add_parser("check", help="check such a proof; needs no log and no configuration")
    add_check_arguments(check)
    check.set_defaults(run=audit_check)
    for name, run, words in (
        ("checkpoint", _audit_checkpoint, "print the newest checkpoint, to keep it elsewhere"),
        ("key", _audit_key, "print the keys of this log: as a log, and as a witness for others"),
        ("witnessed", _audit_witnessed, "print the newest checkpoints of the logs that this is a witness for"),
    ):
        command = below.add_parser(name, help=words)
        _add_configuration(command)
        command.set_defaults(run=run)
    disclosures = below.add_parser("disclosures", help="write what an institution disclosed in a month, with proofs")
    _add_configuration(disclosures)
    add_disclosures_arguments(disclosures)
    disclosures.set_defaults(run=_audit_disclosures)
    schema = below.add_parser("schema", help="print how the owner of a PostgreSQL database makes the log's table")
    schema.set_defaults(run=_audit_schema)


def _add_accounting(commands: "Commands") -> None:
    accounting = commands.add_parser("accounting", help="check accounts of disclosures")
    below = accounting.add_subparsers(required=True, metavar="COMMAND")
    verify = below.add_parser("verify", help="check an account; needs no log and no configuration")
    add_verify_account_arguments(verify)
    verify.set_defaults(run=_accounting_verify)


def _add_policy(commands: "Commands") -> None:
    policy = commands.add_parser("policy", help="look after the policy")
    below = policy.add_subparsers(required=True, metavar="COMMAND")
    add_policy_arguments(below.add_parser)


def _add_archive(commands: "Commands") -> None:
    archive = commands.add_parser("archive", help="look at an archive before and after it is connected")
    below = archive.add_subparsers(required=True, metavar="COMMAND")
    probe = below.add_parser("probe", help="ask what an archive understands, and print how to configure it")
    add_probe_arguments(probe)
    probe.set_defaults(run=_archive_probe)


def _add_ohif(commands: "Commands") -> None:
    ohif = commands.add_parser("ohif", help="look after OHIF, the full viewer")
    below = ohif.add_subparsers(required=True, metavar="COMMAND")
    install = below.add_parser("install", help="fetch the one version that is known, and prepare it")
    add_install_arguments(install)
    install.set_defaults(run=_ohif_install)


def _add_doctor(commands: "Commands") -> None:
    doctor = commands.add_parser("doctor", help="say what protects on this host, and what is missing")
    doctor.add_argument("--config", type=Path, metavar="FILE", help="the configuration (TOML), examined too")
    doctor.set_defaults(run=_doctor)


def _add_configuration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration (TOML)")


def _serve(parsed: argparse.Namespace) -> None:
    from rendering.sandbox.wiping import have_jemalloc_overwrite

    have_jemalloc_overwrite()
    from proxy.serving import serve
    from proxy.settings.file import read_settings

    serve(read_settings(parsed.config))


def _demo(parsed: argparse.Namespace) -> None:
    from demo.exchange import run

    run(parsed.port)


def _audit_list(parsed: argparse.Namespace) -> int:
    return audit_list(_log_of(parsed), parsed)


def _audit_views(parsed: argparse.Namespace) -> int:
    return audit_views(_log_of(parsed), parsed)


def _audit_verify(parsed: argparse.Namespace) -> int:
    from proxy.attesting import verifier_of
    from proxy.settings.file import read_settings

    verifier = verifier_of(read_settings(parsed.config))
    return audit_verify(_log_of(parsed), parsed, verifier=verifier)


def _audit_prove(parsed: argparse.Namespace) -> int:
    return audit_prove(_log_of(parsed), _verifier_of(parsed), parsed)


def _audit_checkpoint(parsed: argparse.Namespace) -> int:
    return audit_checkpoint(_log_of(parsed), _verifier_of(parsed))


def _audit_key(parsed: argparse.Namespace) -> None:
    from proxy.attesting import signer_of
    from proxy.settings.file import read_settings

    signer = signer_of(read_settings(parsed.config))
    print(f"log: {signer.verifier}\nwitness: {signer.witness_verifier}")


def _audit_witnessed(parsed: argparse.Namespace) -> int:
    from proxy.settings.file import read_settings
    from proxy.storage.witnessed import SqliteSeen

    return audit_witnessed(SqliteSeen(read_settings(parsed.config).audit.folder).all())


def _audit_disclosures(parsed: argparse.Namespace) -> int:
    import time

    from policy.bundle import read_bundle, sentences_of
    from proxy.accounting.commands import audit_disclosures
    from proxy.accounting.documents import Press
    from proxy.accounting.reading import accountant_of
    from proxy.attesting import signer_of
    from proxy.repositories.composition import naming_of
    from proxy.settings.file import read_settings

    settings = read_settings(parsed.config)
    rules = sentences_of(read_bundle(settings.policy.folder))
    accountant = accountant_of(settings, _log_of(parsed), lambda: rules, time.time)
    return audit_disclosures(accountant, Press(signer_of(settings), naming_of(settings)), parsed)


def _accounting_verify(parsed: argparse.Namespace) -> int:
    from proxy.accounting.commands import accounting_verify

    return accounting_verify(parsed)


def _audit_schema(_: argparse.Namespace) -> None:
    from importlib import resources

    print(resources.files("proxy.storage").joinpath("postgresql.sql").read_text("utf-8"), end="")


def _verifier_of(parsed: argparse.Namespace) -> "Verifier":
    from proxy.attesting import signer_of
    from proxy.settings.file import read_settings

    return signer_of(read_settings(parsed.config)).verifier


def _log_of(parsed: argparse.Namespace) -> "EventReader":
    from proxy.attesting import origin_of
    from proxy.settings.file import read_settings
    from proxy.storage.events import events_of

    settings = read_settings(parsed.config)
    return events_of(settings.audit, origin_of(settings))


def _doctor(parsed: argparse.Namespace) -> int:
    from proxy.doctor.command import doctor

    return doctor(parsed.config)


def _ohif_install(parsed: argparse.Namespace) -> None:
    print(ohif_install(parsed))


def _archive_probe(parsed: argparse.Namespace) -> int:
    from proxy.archives.probe.command import archive_probe

    return archive_probe(parsed)


if __name__ == "__main__":
    sys.exit(main())
