"""Which contract tests hold a layer's declaration against torch: their ids, as the test runner takes them.

The tests stand in `tests/contract/test_layers.py`; one of them holds these names against what is collected there.
"""

from __future__ import annotations

from nndesigner.layers.declaration import Layer

FILE = "tests/contract/test_layers.py"
ON_EVERY_SAMPLE = (
    "test_shapes_types_and_operations_are_those_of_torch",
    "test_the_number_of_weights_is_that_of_torch",
    "test_saved_weights_load_into_a_fresh_copy",
    "test_the_generated_source_computes_the_same",
    "test_every_learnable_number_gets_a_gradient",
)
"""Asked with each of a declaration's samples."""
ON_EVERY_LAYER = (
    "test_a_declaration_tells_its_whole_story",
    "test_defaults_are_accepted_and_shown",
    "test_ports_have_one_name_each",
    "test_ports_survive_nonsense_in_a_file",
)


def contract_tests(layer: Layer) -> tuple[str, ...]:
    """Ids such as "tests/contract/test_layers.py::test_…[Conv2d-0]": those of each sample, then of the layer."""
    samples = len(layer.samples) if layer.role == "layer" else 0
    held = [f"{FILE}::{test}[{layer.type}-{i}]" for test in ON_EVERY_SAMPLE for i in range(samples)]
    return (*held, *(f"{FILE}::{test}[{layer.type}]" for test in ON_EVERY_LAYER))
