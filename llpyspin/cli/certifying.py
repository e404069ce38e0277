"""``llpyspin certificates``: TLS certificates for the computers of a cluster."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.common import Command, Whole

if TYPE_CHECKING:
    from llpyspin.cli.results import Output
    from llpyspin.processes.cluster.certificates import Certificate
    from llpyspin.tables.texttable import TextTable

__all__ = ["certificates"]


@click.command(
    cls=Command,
    short_help="Make TLS certificates for the computers of a cluster.",
    examples=[
        ("for two computers with cameras", "llpyspin certificates keys --host left --host right"),
        ("one more computer, later", "llpyspin certificates keys --host top"),
        (
            "folders that will be /etc/llpyspin/tls on each computer",
            "llpyspin certificates keys --host left --at /etc/llpyspin/tls",
        ),
    ],
)
@click.argument("folder", type=click.Path())
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="A computer with workers; repeatable.")
@click.option("--days", type=Whole(), help="How long new certificates last. [default: 730]")
@click.option("--at", metavar="PATH", help="Where each computer will have its folder, for dask.yaml.")
@click.pass_obj
def certificates(
    output: Output, /, *, folder: str, hosts: tuple[str, ...], days: int | None, at: str | None
) -> int:
    """Make TLS certificates for the scheduler, the client and each host of a Dask cluster.

    FOLDER gets a folder for each of them. Copy each to its computer with scp -rp. Nothing that is there is
    replaced, so the same command adds a host.

    The exit status is 1 if a certificate has ended.
    """
    from llpyspin.processes.cluster.certificates import DAYS, make_certificates

    made = make_certificates(folder, hosts, days=DAYS if days is None else days, at=at)
    output.result(str(_table(made)), [_tree(each) for each in made])
    return int(any(each.expired for each in made))


def _table(made: tuple[Certificate, ...]) -> TextTable:
    from llpyspin.tables.texttable import TextTable

    rows = [(each.name, "made" if each.new else "was there", _ends(each)) for each in made]
    before = [f"Certificates in {os.path.dirname(made[0].folder)}:"]
    after = ["Whoever has a key can run code on all of these computers. Keep the authority to yourself."]
    return TextTable(("folder", "result", "ends"), rows, before=before, after=after)


def _ends(certificate: Certificate) -> str:
    day = f"{certificate.expires:%Y-%m-%d}"
    if certificate.expired:
        return f"{day} ENDED"
    return f"{day}, in {certificate.days} days" if certificate.ends_soon else day


def _tree(certificate: Certificate) -> dict[str, Any]:
    return {**vars(certificate), "expires": certificate.expires.isoformat(), "expired": certificate.expired}
