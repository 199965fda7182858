"""``fedbake outbox``: notifications that have not been delivered, and a try to deliver them now."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fedbake.cli import options
from fedbake.settings import Settings

if TYPE_CHECKING:
    from fedbake.publish.notice import Address, Notice
    from fedbake.publish.outbox import Outbox

_TURN_SECONDS = 15.0
_TEXT_CHARACTERS = 100


@click.command("outbox")
@click.option("--deliver", "delivers", is_flag=True, help="Try to deliver them now.")
@options.output_format
@click.pass_obj
def command(settings: Settings, *, delivers: bool, output_format: str) -> int:
    """List the notifications nobody could be told yet. With --deliver, exits with 75 when some are left."""
    from fedbake.errors import TransientError

    # No builder has told anything here yet: there is nothing to make a file for.
    path = settings.state_dir / "outbox.sqlite"
    waiting = _look(path, delivers) if path.exists() else []
    if output_format == "json":
        click.echo(json.dumps({"undelivered": [_facts(notice) for notice in waiting]}, indent=2))
    else:
        for notice in waiting:
            click.echo(_line(notice))
        click.echo(f"{len(waiting)} notifications wait" if waiting else "no notification waits")
    return TransientError.exit_code if delivers and waiting else 0


def _look(path: Path, delivers: bool) -> "list[Notice]":
    from fedbake.publish.outbox import Outbox

    outbox = Outbox.at(path)
    try:
        outbox.tidy()
        if delivers:
            for address in sorted({notice.address for notice in outbox.waiting()}):
                _deliver(outbox, address)
        return outbox.waiting()
    finally:
        outbox.close()


def _deliver(outbox: "Outbox", address: "Address") -> None:
    """Send what waits for one address; a builder that is sending to it goes first."""
    from fedbake.publish.delivery import OBSTACLES, deliver, line_to
    from fedbake.worker.waiting import wait_until

    line = line_to(address, outbox)
    try:
        if not wait_until(lambda: deliver(outbox, address, line), _TURN_SECONDS):
            options.say(f"{address}: a builder is sending to it")
    except OBSTACLES as error:
        options.say(f"{address}: {getattr(error, 'strerror', None) or error}")
    finally:
        line.end()


def _facts(notice: "Notice") -> dict[str, object]:
    return {
        "id": notice.id,
        "project": notice.project,
        "audience": notice.address.channel,
        "host": notice.address.host,
        "port": notice.address.port,
        "topic": notice.topic,
        "body": notice.body,
        "created": _moment(notice),
    }


def _line(notice: "Notice") -> str:
    from fedbake.source.text import printable

    what = notice.topic or printable(notice.body, _TEXT_CHARACTERS)
    return f"{_moment(notice)}  {notice.project}  {printable(str(notice.address))}  {what}"


def _moment(notice: "Notice") -> str:
    # A clock that was far off must not make the list unreadable.
    seconds = min(max(notice.created, 0), time.time() + 1e9)
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
