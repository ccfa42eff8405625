"""Where labels go, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence


def spread(centres: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move labels apart, each as little as can be, and keep them between `low` and `high` where they fit.

    Takes and gives the centres in the given order. Labels that touch move as one block whose centre is the mean
    of where its labels would like to be. Of labels with the same wish the first stands highest.

    >>> spread([1.0, 1.0], [1.0, 1.0], 0.0, 10.0)
    [1.5, 0.5]
    """
    order = sorted(range(len(centres)), key=lambda place: (centres[place], -place))
    blocks: list[_Block] = []
    for place in order:
        blocks.append(_Block([place], heights[place], [centres[place] - heights[place] / 2]))
        blocks[-1].settle(low, high)
        while len(blocks) > 1 and blocks[-2].bottom + blocks[-2].height > blocks[-1].bottom:
            above = blocks.pop()
            blocks[-1].join(above)
            blocks[-1].settle(low, high)
    placed = [0.0] * len(centres)
    for block in blocks:
        bottom = block.bottom
        for place in block.places:
            placed[place] = bottom + heights[place] / 2
            bottom += heights[place]
    return placed


class _Block:
    """Labels that touch."""

    def __init__(self, places: list[int], height: float, wishes: list[float]) -> None:
        self.places = places
        self.height = height
        self.wishes = wishes
        """Where the block's bottom would be by the wish of each of its labels."""
        self.bottom = 0.0

    def join(self, above: _Block) -> None:
        self.wishes += [wish - self.height for wish in above.wishes]
        self.places += above.places
        self.height += above.height

    def settle(self, low: float, high: float) -> None:
        wish = sum(self.wishes) / len(self.wishes)
        self.bottom = max(low, min(wish, high - self.height))
