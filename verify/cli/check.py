"""``linregions check``: whether a certificate is right."""

import click

from theory.errors import InvalidInputError
from verify.cli import arguments, show
from verify.cli.arguments import GivenDomain, NetworkFile
from verify.progress import working


@click.command("check")
@click.argument("file", type=click.Path())
@click.option(
    "--network", "wanted", metavar="NET", type=arguments.NETWORK, help="Refuse a certificate of another network."
)
@arguments.reading
@arguments.domains("box", "domain", "segment", "plane")
@arguments.definition("Refuse a certificate that counts by another definition of region.", metavar="NAME")
@click.option("--jobs", default=1, show_default=True, help="Processes that check; the verdict is the same.")
@click.option("--fast", is_flag=True, help="Check with the compiled core, in one process; see above what it serves.")
@arguments.json()
def command(
    file: str, wanted: NetworkFile | None, domain: GivenDomain | None, definition: str | None, jobs: int, fast: bool
) -> int:
    """Check a certificate that `linregions count --certificate` wrote.

    Prints VERIFIED and the number, or the bracket of a count that stopped early (exit code 0), or REJECTED with the
    line and the reason (exit code 1).  A second line says what was counted: the definition, the architecture, the
    domain and the digests of network and domain.  With --network, --definition or a domain a certificate of something
    else is rejected, however true it is.  The verdict is that of verify/checker.py, one file that needs nothing but
    Python: copy it elsewhere to trust less.  With --fast a second program, compiled, checks the tree for files of
    gigabytes, with the same verdict: of full-dimensional regions and of patterns, but not of certificates that share
    images or use symmetries.

    \b
    Examples:
      linregions count net.json --box=-1,1 --certificate net.cert
      linregions check net.cert
      linregions check net.cert --network net.json --box=-1,1
      linregions check net.cert --jobs 4 --json
      linregions check net.cert --fast
    """
    from verify.certificate.verdict import check

    if domain and not wanted:
        raise InvalidInputError(f"{domain.option} is compared for a network; name it with --network")
    network = wanted.network if wanted else None
    place = domain.on(network.inputs) if domain and network else None
    with working(f"checking {file}"):
        verdict = check(file, jobs=jobs, fast=fast, network=network, domain=place, definition=definition)
    subject = verdict.subject
    lower, upper = verdict.bracket or (None, None)
    record = {"file": file, **show.record_of(verdict, "verified", "regions"), "lower": lower, "upper": upper}
    record |= {"line": verdict.line or None, "reason": verdict.reason or None}
    keys = ("definition", "architecture", "domain", "network_sha256", "domain_sha256")
    record |= show.record_of(subject, *keys) if subject else {}
    show.answer(record, f"{verdict}\n{subject}" if subject else str(verdict))
    return 0 if verdict.verified else 1
