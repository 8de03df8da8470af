"""A picture that can be read on light and on dark, since one in a document cannot know which it is on: plain SVG."""

from collections.abc import Sequence
from html import escape
from string import Template

TEXT = "#73808c"
"""It stands out from white and from near black, as every colour of these pictures has to."""
GREEN, BLUE, GREY = "#2f8f6b", "#5b7fbf", "#8b95a1"
_PAGE = Template(
    """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img"
 font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="$size" fill="$colour">
<title>$title</title>
$drawn
</svg>
"""
)


def page(title: str, width: int, height: int, parts: Sequence[str], *, size: int = 14) -> str:
    """`parts` under their `title`, which a reader hears, too."""
    heading = f'<text x="0" y="16" font-weight="600">{escape(title)}</text>'
    return _PAGE.substitute(
        width=width, height=height, colour=TEXT, size=size, title=escape(title), drawn="\n".join([heading, *parts])
    )
