"""``linregions atlas`` and ``explore``: pages about small architectures, submitted networks, and one network."""

from pathlib import Path

import click

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.formats.files import read_bytes, write_text
from verify.cli import arguments, show
from verify.cli.arguments import GivenDomain, NetworkFile
from verify.progress import working


class _Certificate(NetworkFile):
    """The network that a certificate holds."""


def _submitted(name: str, option: str) -> NetworkFile:
    """A network, or the network of a certificate."""
    from verify.maxima.records import of_certificate

    if Path(name).is_file() and (held := of_certificate(read_bytes(name))) is not None:
        return _Certificate(name, held)
    return arguments.read_network(name, option)


@click.group("atlas")
def atlas_command() -> None:
    """What is known about every small architecture, as a site.

    Each of the commands has --json, for programs.

    \b
    Examples:
      linregions atlas build site
      linregions atlas submit net.json -o record.patch
    """


@atlas_command.command("build")
@click.argument("folder", type=click.Path(file_okay=False))
@click.argument("architectures", nargs=-1, metavar="[ARCH]...", type=arguments.ARCHITECTURE)
@click.option("--jobs", type=click.IntRange(min=1), default=1, help="Processes.")
@arguments.json()
def _build(folder: str, architectures: tuple[Architecture, ...], jobs: int) -> None:
    """Write the pages of the atlas into FOLDER.

    The site needs no server: open FOLDER/index.html.  Without ARCH it holds the ReLU architectures of up to four
    inputs, three layers and ten units, the maxout ones of rank 3 and 4 of up to six units, and all records.  Building
    it again changes only what has changed.

    \b
    Examples:
      linregions atlas build site --jobs 2
      linregions atlas build site 2-3-2 2-4-4
    """
    from verify.atlas.site import build

    with working("building the atlas"):
        files = build(folder, architectures or None, jobs=jobs)
    text = f"{len(files)} files; open {Path(folder, 'index.html')}"
    show.answer({"folder": folder, "files": len(files)}, text)


@atlas_command.command("submit")
@click.argument("file", metavar="FILE", type=arguments.Read("FILE", _submitted))
@arguments.reading
@click.option("--certificate", "given", type=click.Path(dir_okay=False), help="A certificate of its count on R^d.")
@click.option("-o", "target", type=click.Path(dir_okay=False), help="Write the patch that adds it to a checkout.")
@arguments.json()
def _submit(file: NetworkFile, given: str | None, target: str | None) -> int:
    """Compare a network with the record of its architecture.

    FILE is a network, or a certificate of its count on R^d, which holds the network.  It is counted exactly, certified
    and checked.  Exit code 0 if it is a record, 1 if it is not.  With -o a patch for `git apply` adds it and its
    certificate to a checkout of linregions.

    \b
    Examples:
      linregions atlas submit net.json
      linregions atlas submit net.cert
      linregions atlas submit net.json --certificate net.cert -o record.patch
    """
    from verify.maxima.records import patch, submission

    if given is not None and isinstance(file, _Certificate):
        raise InvalidInputError(f"{file.name} is a certificate itself; leave out --certificate")
    with working(f"counting {file.name}"):
        evidence = file.name if isinstance(file, _Certificate) else given
        found = submission(file.network, None if evidence is None else read_bytes(evidence))
    if target is not None and found.better:
        write_text(target, patch(found))
    names = {"known": "known.lower.value", "at_most": "known.upper.value"}
    facts = show.record_of(found, "regions", "better", "contradicts", **names)
    written = target if found.better else None
    text = f"{found}\n{target}: apply it with git apply {target}" if written else str(found)
    show.answer({**file.record, **facts, "patch": written}, text)
    return 0 if found.better else 1


@click.command("explore")
@arguments.network
@arguments.domains("box", "domain")
@click.option("-o", "target", required=True, metavar="FILE.html", type=click.Path(dir_okay=False), help="The page.")
@arguments.json()
def explore_command(file: NetworkFile, domain: GivenDomain | None, target: str) -> None:
    """Write an interactive page that shows the regions of a network.

    With two inputs the page draws the partition, counts it exactly, and lets one change weights, zoom to slivers, hide
    layers, and export SVG and JSON.  With three inputs it shows the partition of a box, which can be turned.  The page
    is one file and works offline.  `linregions plane … --plot page.html` does it for a plane through any network.

    \b
    Examples:
      linregions explore net.json -o net.html
      linregions explore net3.json --box=-1,1 -o net3.html
    """
    from verify.atlas.pages import network_page, space_page

    with working(f"drawing {file.name}"):
        if domain is None:
            page = network_page(file.network, file.title)
        else:
            page = space_page(file.network, domain.on(file.network.inputs), file.title)
    write_text(target, page)
    show.answer({**file.record, "page": target}, f"{target}: open it in a browser")
