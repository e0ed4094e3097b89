"""Parts of a network that stand for themselves: the encoder, the decoder, the generator, the discriminator …

They follow from what is drawn, and each is a `CheckedNetwork` of its own over the same module names: the compiler
builds it, weights of the whole fit it, and every exporter takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from nndesigner.base.names import free_name
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head, Place
from nndesigner.check.noise import NOISE_INPUT
from nndesigner.document.records import Node
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Use

SAMPLE = "Reparameterize"
DIFFUSION = "DiffusionNoise"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a network: its saved word, what people read, and the network."""

    word: str
    label: str
    checked: CheckedNetwork


def sections(checked: CheckedNetwork) -> dict[str, Section]:
    """Every part that the drawing has, by word; none where it is one network from end to end."""
    found: dict[str, Section] = {}
    if not checked.ok or not checked.heads:
        return found
    code = code_of(checked)
    if code is not None and all(head.source != code for head in checked.heads):
        mean = mean_of(checked, code)
        found["encoder"] = Section(
            word="encoder", label=tr("Encoder"), checked=cut(checked, "encoder", {"z": mean})
        )
        found["decoder"] = Section(
            word="decoder",
            label=tr("Decoder"),
            checked=cut(checked, "decoder", {h.node.name: h.source for h in checked.heads}, {code: "z"}),
        )
    if (noised := diffusion_of(checked)) is not None:
        found["denoiser"] = Section(word="denoiser", label=tr("Denoiser"), checked=denoiser(checked, noised))
    pair = discriminators(checked)
    if pair is not None:
        found["discriminator"] = Section(
            word="discriminator",
            label=tr("Discriminator"),
            checked=cut(checked, "discriminator", {"score": pair[0].sources["real"]}),
        )
    return found


def diffusion_of(checked: CheckedNetwork) -> CheckedNode | None:
    """The one node that adds noise for a diffusion model; None where there is none, or more than one."""
    found = [node for node in checked.compiled if node.record.type == DIFFUSION]
    return found[0] if len(found) == 1 else None


def denoiser(checked: CheckedNetwork, noised: CheckedNode) -> CheckedNetwork:
    """What tells the noise of noisy samples: from them and the time, in this order, to the first output."""
    head = checked.heads[0]
    given = {(noised.id, "noisy"): "noisy", (noised.id, "time"): "time"}
    return cut(checked, "denoiser", {head.node.name: head.source}, given)


def exportable_parts(checked: CheckedNetwork) -> tuple[tuple[str, str], ...]:
    """(word, label) of the whole, whose word is "", and of every part."""
    parts = sections(checked)
    whole = tr("Generator") if "discriminator" in parts else tr("The whole network")
    return (("", whole), *((part.word, part.label) for part in parts.values()))


def discriminators(checked: CheckedNetwork) -> tuple[CheckedNode, CheckedNode, CheckedNode] | None:
    """Of an adversarial pair the loss, and the two uses of the discriminator: on data and on samples, one with the
    weights of the other. None where that is not what is drawn."""
    losses = [node for node in checked.compiled if node.record.type == "AdversarialLoss"]
    if len(losses) != 1 or set(losses[0].sources) != {"real", "fake"}:
        return None
    real, fake = (checked.node(losses[0].sources[port][0]) for port in ("real", "fake"))
    if real is None or fake is None or real.id == fake.id:
        return None
    shared = (real.owner or real.id) == (fake.owner or fake.id)
    return (losses[0], real, fake) if shared and set(real.sources) == set(fake.sources) else None


def code_of(checked: CheckedNetwork) -> Place | None:
    """The value that stands for a sample: an embedding, or what everything goes through that a network gives back (what
    is drawn in a variational autoencoder, else the smallest such value); None where there is none."""
    for node in checked.compiled:
        if node.record.type == SAMPLE and "y" in node.outputs:
            return node.id, "y"
    embedding = next((h for h in checked.heads if h.target is not None and h.told is None), None)
    if embedding is not None:
        return embedding.source
    head = next((head for head in checked.heads if reconstructs(checked, head)), None)
    if head is None:
        return None
    given = sum(node.outputs["y"].numel().value or 0 for node in checked.inputs)
    best: tuple[int, Place] | None = None
    for node in checked.compiled:
        if node.role != "layer" or len(node.outputs) != 1:
            continue
        place = (node.id, next(iter(node.outputs)))
        size = _values(node.outputs[place[1]])
        if size is None or size >= given or node.outputs[place[1]].element != "float":
            continue
        if (best is None or size <= best[0]) and not _reaches_input(checked, head.source, place):
            best = size, place
    return best[1] if best is not None else None


def makes_samples(checked: CheckedNetwork) -> bool:
    """Whether the network can make samples out of random numbers."""
    if not checked.ok or not checked.heads:
        return False
    return any(node.record.type in (SAMPLE, NOISE_INPUT, DIFFUSION) for node in checked.compiled)


def reconstructs(checked: CheckedNetwork, head: Head) -> bool:
    """Whether an output is compared with an input that it is made from."""
    if head.target is None or head.unjudged:
        return False
    entering = {
        node.id for node in checked.inputs if node.field is not None and node.field.name == head.target.name
    }
    return bool(entering & _computed(checked, [head.source], ()))


def _values(type: TensorType) -> int | None:
    """Values per sample, where they are known."""
    count = 1
    for axis in type.axes[1:]:
        if axis.size.value is None:
            return None
        count *= axis.size.value
    return count


def mean_of(checked: CheckedNetwork, code: Place) -> Place:
    """What the encoder gives for a code: the mean where the code is drawn, else the code itself."""
    node = checked.node(code[0])
    assert node is not None
    return node.sources["mean"] if node.record.type == SAMPLE else code


def _reaches_input(checked: CheckedNetwork, start: Place, barred: Place) -> bool:
    """Whether an input leads to a value on a way that does not go through another value."""
    waiting, seen = [start], {start}
    while waiting:
        place = waiting.pop()
        if place == barred:
            continue
        node = checked.node(place[0])
        if node is None or node.role == "input":
            return True
        for source in node.sources.values():
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return False


# -- cutting -------------------------------------------------------------------------------------------------------
def cut(
    checked: CheckedNetwork,
    name: str,
    wanted: Mapping[str, Place],
    given: Mapping[Place, str] = {},
) -> CheckedNetwork:
    """The part of a network that makes the wanted values, by the names of its outputs, from its inputs and from what is
    given, by the names of further inputs.

    An output of the network that gives a wanted value stays what it is: numbers leave in the units of its target.
    """
    cut_at = set(given)
    computed = _computed(checked, wanted.values(), cut_at)
    # An owner of shared weights that lies outside gives its name and computes nothing.
    needed = computed | {node.owner for node in checked.nodes if node.id in computed and node.owner}
    taken = {node.name for node in checked.nodes if node.id in needed}
    entered: dict[Place, CheckedNode] = {}
    for place in sorted(cut_at, key=lambda place: given[place]):
        chosen = free_name(given[place], taken) if given[place] in taken else given[place]
        taken.add(chosen)
        entered[place] = _input(checked, place, chosen)
    moved = {place: (node.id, "y") for place, node in entered.items()}

    def at(place: Place) -> Place:
        return moved.get(place, place)

    inside = [
        replace(node, sources={port: at(place) for port, place in node.sources.items()})
        for node in checked.nodes
        if node.id in needed
    ]
    heads = tuple(_head(checked, output, place, at) for output, place in wanted.items())
    nodes = (*entered.values(), *inside, *(head.node for head in heads))
    used = frozenset({*computed, *(node.id for node in entered.values()), *(h.node.id for h in heads)})
    return CheckedNetwork(
        network=checked.network,
        name=name,
        nodes=nodes,
        types={**checked.types, **{(node.id, "y"): node.outputs["y"] for node in entered.values()}},
        heads=heads,
        problems=(),
        used=used,
        fields=checked.fields,
        example=checked.example,
        names=checked.names,
    )


def _computed(checked: CheckedNetwork, wanted: Iterable[Place], cut_at: Container[Place]) -> set[str]:
    """Ids of the nodes that the wanted values depend on, as far as what is cut off."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        place = waiting.pop()
        node = checked.node(place[0])
        if place in cut_at or node is None or node.id in found:
            continue
        found.add(node.id)
        waiting += node.sources.values()
    return found


def _input(checked: CheckedNetwork, place: Place, name: str) -> CheckedNode:
    declared = layer("TableInput")
    assert declared is not None
    record = Node(id=f"{place[0]}:{place[1]}", network=checked.network, type="TableInput", name=name)
    return CheckedNode(
        record=record, layer=declared, use=None, outputs={"y": checked.types[place]}, sources={}
    )


def _head(checked: CheckedNetwork, name: str, place: Place, at: Callable[[Place], Place]) -> Head:
    drawn = next((head for head in checked.heads if head.source == place), None)
    if drawn is not None:
        node = replace(drawn.node, sources={"x": at(place)})
        return replace(drawn, node=node, source=at(place), stable=at(drawn.stable), beside={})
    declared = layer("Output")
    assert declared is not None
    type = checked.types[place]
    record = Node(id=f"out:{place[0]}:{place[1]}", network=checked.network, type="Output", name=name)
    values = {field.name: field.default for field in declared.parameters}
    node = CheckedNode(
        record=record,
        layer=declared,
        use=Use(inputs={"x": type}, values=values),
        outputs={"y": type},
        sources={"x": at(place)},
    )
    return Head(
        node=node, target=None, loss=None, source=at(place), stable=at(place), activation="", arriving=type
    )
