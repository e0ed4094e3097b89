from __future__ import annotations

from nndesigner.document import edits
from nndesigner.session.fitting import what_fits
from tests.session.projects import chain, classifier


def test_the_same_network_fits_altogether() -> None:
    assert what_fits(classifier(), classifier()).all


def test_another_type_of_the_same_name_does_not_fit() -> None:
    before = chain("TableInput", "Linear", "Output")
    before = before.apply(edits.set_parameters(before, "n0", {"features": 4}))
    after = chain("TableInput", "LayerNorm", "Output")
    after = after.apply(edits.set_parameters(after, "n0", {"features": 4}))
    after = after.apply(edits.rename(after, "n1", before.node("n1").name))
    assert what_fits(before, after).fresh == ("linear1",)


def test_a_bias_more_does_not_fit() -> None:
    before = classifier()
    after = before.apply(edits.set_parameters(before, "n3", {"bias": False}))
    fits = what_fits(before, after)
    assert (fits.kept, fits.fresh, fits.unused) == (("linear1",), ("linear2",), ("linear2",))


def test_what_does_not_learn_does_not_matter() -> None:
    before = classifier()
    after = before.apply(edits.rename(before, "n2", "activation"))
    assert what_fits(before, after).all
