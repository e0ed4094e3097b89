from __future__ import annotations

import torch

from nndesigner.base.shapes import tensor
from tests.layers.shapes_of import answers

ROW = tensor(feature=4000)


def test_a_sample_has_the_mean_and_the_deviation_that_arrive() -> None:
    torch.manual_seed(0)
    mean, log_var = torch.full((2, 4000), 3.0), torch.full((2, 4000), 2.0 * torch.tensor(0.5).log())
    (y,) = answers("Reparameterize", {}, (ROW, mean), (ROW, log_var), training=True)
    assert abs(float(y.mean()) - 3.0) < 0.05 and abs(float(y.std()) - 0.5) < 0.05
    (again,) = answers("Reparameterize", {}, (ROW, mean), (ROW, log_var))
    assert again.equal(mean), "outside training it gives the mean"
