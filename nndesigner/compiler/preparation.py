"""What a model does to raw values before its first layer, and to numbers after its last: as calls, like a layer.

The numbers come from the `preparation` of a data field (fitted by `data/preparation.py` on the training part, whose
`prepare` defines what they mean). Torch-free: the compiler and the source exporter both emit these calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Buffer, Call, Constant, Lowering, Ref


def prepare(field: DataField) -> Lowering | None:
    """Calls from the port `x` (raw units) to the output `y`, or None where the field enters as it is."""
    kind = field.preparation.get("kind")
    if kind is None:
        return None
    if kind == "affine":
        return _affine(field.preparation, len(field.axes), restore=False)
    if kind == "columns":
        return _columns(field.preparation["columns"])
    raise ValueError(
        tr("The preparation “{kind}” of the field {name} is not known.", kind=kind, name=field.name)
    )


def restore(field: DataField) -> Lowering | None:
    """Calls from prepared numbers back to the units of the data, or None where they are the same."""
    if field.preparation.get("kind") != "affine":
        return None
    return _affine(field.preparation, len(field.axes), restore=True)


def _affine(preparation: Mapping[str, Any], rank: int, *, restore: bool) -> Lowering:
    offset, scale = list(map(float, preparation["offset"])), list(map(float, preparation["scale"]))
    buffers: dict[str, Buffer] = {}

    def operand(name: str, values: list[float]) -> Any:
        if len(set(values)) == 1:
            return values[0]
        trailing = rank - 1 if preparation.get("axis", -1) == 0 else 0
        nested = _trailing_axes(values, trailing)
        buffers[name] = Buffer(values=nested)
        return Ref(f"@{name}")

    off, by = operand("offset", offset), operand("scale", scale)
    calls: list[Call] = []
    value = Ref("x")
    steps = (
        [("operator.mul", by, 1.0), ("operator.add", off, 0.0)]
        if restore
        else [("operator.sub", off, 0.0), ("operator.truediv", by, 1.0)]
    )
    for target, amount, nothing in steps:
        if amount != nothing:
            calls.append(Call(target=target, args=(value, amount), step=f"step{len(calls)}"))
            value = Ref(f"step{len(calls) - 1}")
    return Lowering(calls=tuple(calls), buffers=buffers, outputs={"y": value})


def _trailing_axes(values: list[float], count: int) -> Any:
    """[a, b] with two trailing axes → ((( a,),), ((b,),)): shape (2, 1, 1), to act on the first of three axes."""

    def wrap(value: Any, depth: int) -> Any:
        return value if depth == 0 else (wrap(value, depth - 1),)

    return tuple(wrap(value, count) for value in values)


def _columns(columns: list[Mapping[str, Any]]) -> Lowering:
    """Every prepared value picks its raw column: numbers are filled and standardized, categories compared."""
    pick: list[int] = []
    fill: list[float] = []
    offset: list[float] = []
    scale: list[float] = []
    code: list[float] = []
    for index, column in enumerate(columns):
        category = column["kind"] == "category"
        for value in range(column["size"]) if category else (-1,):
            pick.append(index)
            code.append(float(value))
            fill.append(-1.0 if category else float(column["fill"]))
            offset.append(0.0 if category else float(column["offset"]))
            scale.append(1.0 if category else float(column["scale"]))
    buffers = {
        "fill": Buffer(values=tuple(fill)),
        "offset": Buffer(values=tuple(offset)),
        "scale": Buffer(values=tuple(scale)),
    }
    calls = []
    raw = Ref("x")
    if pick != list(range(len(columns))):
        buffers["pick"] = Buffer(values=tuple(pick), element="int")
        calls.append(Call(target="torch.index_select", args=(raw, 1, Ref("@pick")), step="picked"))
        raw = Ref("picked")
    calls += [
        Call(target="torch.isnan", args=(raw,), step="missing"),
        Call(target="torch.where", args=(Ref("missing"), Ref("@fill"), raw), step="filled"),
        Call(target="operator.sub", args=(Ref("filled"), Ref("@offset")), step="centred"),
        Call(target="operator.truediv", args=(Ref("centred"), Ref("@scale")), step="numbers"),
    ]
    result = Ref("numbers")
    if any(value >= 0 for value in code):
        buffers["code"] = Buffer(values=tuple(code))
        buffers["is_category"] = Buffer(values=tuple(value >= 0 for value in code), element="bool")
        calls += [
            Call(target="torch.eq", args=(Ref("filled"), Ref("@code")), step="same"),
            Call(target=".to", args=(Ref("same"), Constant("torch.float32")), step="hot"),
            Call(
                target="torch.where", args=(Ref("@is_category"), Ref("hot"), Ref("numbers")), step="encoded"
            ),
        ]
        result = Ref("encoded")
    return Lowering(calls=tuple(calls), buffers=buffers, outputs={"y": result})
