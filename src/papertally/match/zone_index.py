"""The zones of a part's texts, as the search index holds them: a page of papers needs many."""

import json
from collections.abc import Sequence

from papertally.match.lexicon import MATCHER_VERSION
from papertally.match.zones import Zones
from papertally.models import Zone

ZONE_BLOCK = "zones"
"""The kind of the one block."""


TextZones = tuple[int, Zones]
"""The bytes of a text, by which another one in its place is told, and its zones."""


def pack_zones(texts: Sequence[TextZones]) -> bytes:
    """Pack the zones of texts, in the order of their numbers."""
    return json.dumps([MATCHER_VERSION, texts], separators=(",", ":")).encode()


def unpack_zones(data: bytes) -> list[TextZones]:
    """Return the zones by the numbers of the texts; none if other rules made them out."""
    version, texts = json.loads(data)
    if version != MATCHER_VERSION:
        return []
    found = []
    for size, (starts, zones) in texts:
        found.append((size, Zones(tuple(starts), tuple(map(Zone, zones)))))
    return found
