"""``linregions explore``: a network with two or three inputs as a page to look at."""

import click

from theory.formats.files import write_text
from verify.cli import arguments, show
from verify.progress import working


@click.command("explore")
@arguments.network
@arguments.domains("box", "domain")
@click.option("-o", "target", required=True, metavar="FILE.html", type=click.Path(dir_okay=False), help="The page.")
@arguments.json()
def command(file: arguments.NetworkFile, domain: arguments.GivenDomain | None, target: str) -> None:
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
