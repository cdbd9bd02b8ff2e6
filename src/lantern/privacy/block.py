"""Sums that share cells, directly or through others: two blocks have nothing in common, so each is solved alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph


@dataclass(frozen=True)
class Block:
    """
    One block: which sums of a stacked vector, over which cells of the grid.

    `places` is those sums x those cells, of zeros and ones.
    """

    sums: np.ndarray
    cells: np.ndarray
    places: sparse.csr_array


def blocks(matrices: Sequence[sparse.csr_array]) -> tuple[Block, ...]:
    """
    Take stacked sums apart.

    Args:
        matrices: Sums x cells of each marginal, in the order they are stacked.

    Privacy: public; it follows from the plan alone.
    """
    places = sparse.csr_array(sparse.vstack(matrices))
    sums = places.shape[0]
    rows, columns = places.nonzero()
    nodes = sum(places.shape)
    joined = sparse.coo_array((np.ones(len(rows), dtype=np.int8), (rows, sums + columns)), shape=(nodes, nodes))
    number, found = csgraph.connected_components(joined, directed=False)
    of_sums = [np.flatnonzero(found[:sums] == each) for each in range(number)]
    of_cells = [np.flatnonzero(found[sums:] == each) for each in range(number)]
    return tuple(Block(at, cells, places[at][:, cells]) for at, cells in zip(of_sums, of_cells, strict=True))
