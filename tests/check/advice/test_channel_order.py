from __future__ import annotations

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.check.advice.drawings import advice, after_remedy, mended
from tests.networks import DIGIT, chain

CODE = "channel-order"


def images(*sizes: int) -> Document:
    axes = tuple(zip(("channel", "height", "width"), sizes, strict=True))
    field = DataField(name="image", role="input", kind="image", element="float", axes=axes)
    end = [("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    return chain([("ImageInput", {}), ("Conv2d", {"kernel_size": [1, 1]}), *end], [field, DIGIT])


def test_colours_that_come_last() -> None:
    document = images(32, 28, 3)
    (problem,) = advice(document, CODE)
    assert "images of 32 × 28 with their 3 colours last" in problem.message
    after = check(mended(document, CODE))
    permuted = next(node for node in after.nodes if node.record.type == "Permute")
    assert permuted.outputs["y"].sizes[1:] == (3, 32, 28)


def test_images_of_three_rows() -> None:
    document = images(32, 3, 28)
    (problem,) = advice(document, CODE)
    assert "images of 3 rows are rare" in problem.message
    after = check(mended(document, CODE))
    permuted = next(node for node in after.nodes if node.record.type == "Permute")
    assert permuted.outputs["y"].sizes[1:] == (3, 32, 28)


def test_a_file_of_arrays_can_be_read_the_other_way() -> None:
    document = images(32, 28, 3)
    found = document.data
    assert found is not None
    document = document.apply(edits.set_data(document, "numpy", {"layout": "first"}))
    document = document.apply(edits.set_found(document, found.fields, {"all": 10, "train": 8}, "f"))
    (problem,) = advice(document, CODE)
    after = after_remedy(document, problem)
    assert after.data is not None and after.data.parameters["layout"] == "last"


def test_what_looks_right() -> None:
    for sizes in ((3, 32, 32), (1, 28, 28), (4, 64, 64), (3, 8, 3), (12, 32, 32), (6, 4, 4)):
        assert advice(images(*sizes), CODE) == [], sizes
