"""Which layers take mean and variance over the batch, and which of them cannot train on a batch of one sample.

torch refuses to normalize a channel that holds a single value: there is nothing to average. Where a sample has several
values per channel (a feature map, a signal), one sample is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.check.free_sizes import sizes_in_data


def is_batch_normalization(node: CheckedNode) -> bool:
    return node.record.type.startswith("BatchNorm")


def refuses_one(node: CheckedNode, lengths: Mapping[str, int]) -> bool:
    """Whether a batch normalization finds one value per channel in one sample; a length that is not known is more."""
    if node.use is None:
        return False
    sizes = (size.bind(lengths).value for size in node.use.x.sizes[2:])
    return prod(2 if size is None else size for size in sizes) == 1


def fewest_samples(checked: CheckedNetwork) -> int:
    """The smallest batch that the network can be trained on: 2 where a batch normalization refuses one sample."""
    normalized = [inner.node for inner in checked.walk() if is_batch_normalization(inner.node)]
    if not normalized:
        return 1
    lengths, _ = sizes_in_data({node.id: node for node in checked.nodes})
    return 2 if any(refuses_one(node, lengths) for node in normalized) else 1
