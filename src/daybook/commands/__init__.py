"""The command line. `daybook COMMAND --help` tells what each takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from daybook.commands.talk import CommandError, remark
from daybook.configuration import ConfigurationError
from daybook.people.whence import through


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 is done, 1 is not done (one line on stderr says why), 2 is a wrong setting or command line.
    """
    arguments = _parser().parse_args(argv)
    module, _, function = arguments.runs.partition(":")
    try:
        # Imported only now: a wrong setting should be one line, and `--help` quick.
        with through("command"):
            status: int = getattr(import_module(module), function)(arguments)
    except ConfigurationError as fault:
        remark(str(fault))
        return 2
    except CommandError as fault:
        remark(str(fault))
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daybook", description="The diary of a firm, current in everybody's own calendar."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _running(commands)
    _people(commands)
    _looking_after(commands)
    _planning(commands)
    return parser


Commands = argparse._SubParsersAction


def _running(commands: Commands[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="run the web pages and the worker, migrating first")
    serve.set_defaults(runs="daybook.commands.serving:serve")
    web = commands.add_parser("web", help="run the web pages only")
    web.set_defaults(runs="daybook.commands.web:web")
    for each in (serve, web):
        each.add_argument("--host", default="127.0.0.1", help="address to listen at")
        each.add_argument("--port", type=_port, default=8000)
        each.add_argument("--processes", type=_count, help="default: one for each core")
    worker = commands.add_parser("worker", help="run the worker only, which sends what is due")
    worker.set_defaults(runs="daybook.commands.worker:worker")
    for each in (web, worker):
        # The reading end of a pipe; when it closes, whoever started this process is gone.
        each.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    demo = commands.add_parser("demo", help="show a sample firm with a mail server of its own")
    demo.add_argument("--port", type=_port, default=8000)
    demo.set_defaults(runs="daybook.commands.showing:demo")


def _people(commands: Commands[argparse.ArgumentParser]) -> None:
    user = commands.add_parser("user", help="enter people").add_subparsers(
        metavar="ACTION", required=True
    )
    add = user.add_parser("add", help="enter a person")
    add.add_argument("username")
    add.add_argument("--email", default="")
    add.add_argument("--forename", required=True)
    add.add_argument("--surname", default="")
    add.add_argument("--admin", action="store_true", help="make an administrator")
    add.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add.set_defaults(runs="daybook.commands.people:add_user")

    token = commands.add_parser("token", help="make and revoke keys to the API").add_subparsers(
        metavar="ACTION", required=True
    )
    create = token.add_parser("create", help="make a token; it is the last word on stdout")
    whose = create.add_mutually_exclusive_group(required=True)
    whose.add_argument("username", nargs="?", help="a person, who then acts by it")
    whose.add_argument("--service", metavar="NAME", help="a program without a person")
    create.set_defaults(runs="daybook.commands.people:create_token")
    revoke = token.add_parser("revoke", help="make the tokens of a service useless")
    revoke.add_argument("--service", metavar="NAME", required=True, help="the name it was given")
    revoke.set_defaults(runs="daybook.commands.people:revoke_token")


def _looking_after(commands: Commands[argparse.ArgumentParser]) -> None:
    for name, does, runs in (
        ("settings", "show every setting and its value", "showing:settings"),
        ("doctor", "look for what is wrong with this installation", "doctor:doctor"),
        ("migrate", "bring the database up to this version", "database:migrate"),
        ("rotate-keys", "seal every stored password with a new key", "people:rotate_keys"),
    ):
        command = commands.add_parser(name, help=does)
        command.set_defaults(runs=f"daybook.commands.{runs}")
    _keeping(commands)


def _keeping(commands: Commands[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="copy the database to a file, while Daybook runs")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(runs="daybook.commands.backup:backup")
    restore = commands.add_parser("restore", help="put a backup in place; nothing is sent then")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--force", action="store_true", help="put it in the place of a diary")
    restore.set_defaults(runs="daybook.commands.restore:restore")
    quarantine = commands.add_parser(
        "quarantine", help="show what a restored diary is about to send, and let it"
    )
    quarantine.add_argument(
        "--take-back", action="store_true", help="cancel entries that the diary does not have"
    )
    quarantine.add_argument("--release", action="store_true", help="let it send again")
    quarantine.set_defaults(runs="daybook.commands.restore:quarantine")
    for each in (restore, quarantine):
        each.add_argument(
            "--journal",
            action="append",
            default=[],
            type=Path,
            metavar="FOLDER",
            help="the sent journal of another host; may be given several times",
        )


def _planning(commands: Commands[argparse.ArgumentParser]) -> None:
    capacity = commands.add_parser("capacity", help="say how much machine a firm needs")
    capacity.add_argument("--people", type=_number, required=True)
    capacity.add_argument("--entries-a-day", type=_number, required=True)
    capacity.add_argument("--on-each", type=float, default=3.0, help="people on an entry")
    capacity.add_argument("--edits", type=float, default=1.0, help="changes of an entry")
    capacity.add_argument("--per-minute", type=_number, default=20, help="mails of an account")
    capacity.add_argument("--per-day", type=_number, default=400, help="mails of an account")
    capacity.set_defaults(runs="daybook.commands.capacity:capacity")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError("must be a whole number")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise argparse.ArgumentTypeError("must be between 1 and 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= 256:
        raise argparse.ArgumentTypeError("must be between 1 and 256")
    return int(text)
