"""Networks that several of the layers for sequences make together, drawn as a person draws them."""

from __future__ import annotations

from typing import Any

import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node


class Drawing:
    """A network that grows node by node; `add` gives the new node's id."""

    def __init__(self) -> None:
        self.document: Document = edits.new_document()

    def add(self, type: str, parameters: dict[str, Any], **wires: str | tuple[str, str]) -> str:
        diff = edits.add_node(self.document, type, parameters=parameters)
        self.document = self.document.apply(diff)
        (node,) = (i for i, record in diff.added.items() if isinstance(record, Node))
        for port, source in wires.items():
            origin, out = (source, "y") if isinstance(source, str) else source
            self.document = self.document.apply(edits.connect(self.document, origin, out, node, port))
        return node

    def build(self) -> CompiledNetwork:
        checked = check(self.document)
        assert checked.ok, [problem.message for problem in checked.errors]
        torch.manual_seed(0)
        compiled = build(checked).eval()
        assert checked.weights == sum(p.numel() for p in compiled.parameters())
        return compiled


def test_a_translator_with_attention_ignores_the_padding_of_its_source() -> None:
    drawing = Drawing()
    source = drawing.add("TokensInput", {"length": "S", "vocabulary": 11})
    target = drawing.add("TokensInput", {"length": "T", "vocabulary": 7})
    read = drawing.add("Embedding", {"embedding_dim": 4}, x=source)
    padding = drawing.add("PaddingMask", {}, x=source)
    encoder = drawing.add("GRU", {"hidden_size": 5, "returns": "sequence", "give_state": True}, x=read)
    written = drawing.add("Embedding", {"embedding_dim": 4}, x=target)
    decoder = drawing.add(
        "GRU", {"hidden_size": 5, "returns": "sequence"}, x=written, state=(encoder, "state")
    )
    context = drawing.add("AdditiveAttention", {"units": 6}, query=decoder, key=encoder, padding=padding)
    both = drawing.add("Concatenate", {}, a=decoder, b=context)
    drawing.add("Output", {}, x=drawing.add("Linear", {"out_features": 7}, x=both))
    model = drawing.build()
    said = torch.tensor([[1, 2, 3]])
    given = model(torch.tensor([[5, 6, 7, 0]]), said)
    assert given.shape == (1, 3, 7)
    later = said.clone()
    later[0, 2] = 6
    changed = model(torch.tensor([[5, 6, 7, 0]]), later)
    torch.testing.assert_close(changed[:, :2], given[:, :2])
    assert (changed[:, 2] - given[:, 2]).abs().max() > 1e-4


def test_a_transformer_translates_padded_texts_as_it_does_short_ones() -> None:
    drawing = Drawing()
    source = drawing.add("TokensInput", {"length": "S", "vocabulary": 11})
    target = drawing.add("TokensInput", {"length": "T", "vocabulary": 7})
    padding = drawing.add("PaddingMask", {}, x=source)
    read = drawing.add("PositionalEncoding", {}, x=drawing.add("Embedding", {"embedding_dim": 8}, x=source))
    written = drawing.add(
        "PositionalEncoding", {}, x=drawing.add("Embedding", {"embedding_dim": 8}, x=target)
    )
    small = {"num_heads": 2, "dim_feedforward": 16}
    memory = read
    for _ in range(2):
        memory = drawing.add("TransformerEncoderLayer", small, x=memory, padding=padding)
    for _ in range(2):
        written = drawing.add(
            "TransformerDecoderLayer", small, x=written, memory=memory, memory_padding=padding
        )
    drawing.add("Output", {}, x=drawing.add("Linear", {"out_features": 7}, x=written))
    model = drawing.build()
    said = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        padded, short = model(torch.tensor([[5, 6, 0, 0]]), said), model(torch.tensor([[5, 6]]), said)
        torch.testing.assert_close(padded, short, atol=1e-5, rtol=1e-5)
        assert model(torch.tensor([[0, 0, 0, 0]]), said).isfinite().all()


def test_rotary_attention_knows_distances_not_places() -> None:
    """Queries and keys of a decoder of today: grouped, turned, causal; moved along in time it answers the same."""
    drawing = Drawing()
    x = drawing.add("SequenceInput", {"length": "T", "features": 8})
    query = drawing.add(
        "RotaryEncoding", {"num_heads": 4}, x=drawing.add("Linear", {"out_features": 16}, x=x)
    )
    key = drawing.add("RotaryEncoding", {"num_heads": 2}, x=drawing.add("Linear", {"out_features": 8}, x=x))
    value = drawing.add("Linear", {"out_features": 8}, x=x)
    window = drawing.add("WindowMask", {"back": 2, "ahead": 0}, x=x)
    attended = drawing.add(
        "ScaledDotProductAttention", {"num_heads": 4, "kv_heads": 2}, query=query, key=key, value=value, mask=window
    )  # fmt: skip
    drawing.add("Output", {}, x=attended)
    model = drawing.build()
    series = torch.randn(2, 9, 8)
    whole, tail = model(series), model(series[:, 3:])
    torch.testing.assert_close(whole[:, 5:], tail[:, 2:], atol=1e-5, rtol=1e-5)
    assert (whole[:, 3] - tail[:, 0]).abs().max() > 1e-4
