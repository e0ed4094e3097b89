"""Neural matrix factorization, as its authors published it (He et al., Neural collaborative filtering, 2017)."""

from __future__ import annotations

from drawing import Drawing, Value

USERS, ITEMS = 6040, 3706
"""Of MovieLens 1M."""


def _looked_up(d: Drawing, tokens: Value, name: str, features: int) -> Value:
    x = d.add(
        "Embedding", tokens, name=name, embedding_dim=features, learning={"weight": "normal", "scale": 0.01}
    )
    return d.add("Flatten", x, name=f"{name}_row")


def neumf() -> Drawing:
    d = Drawing("neumf")
    user = d.add("TokensInput", name="user", length=1, vocabulary=USERS)
    item = d.add("TokensInput", name="item", length=1, vocabulary=ITEMS)
    factors = d.add(
        "Multiply",
        _looked_up(d, user, "mf_embedding_user", 8),
        _looked_up(d, item, "mf_embedding_item", 8),
        name="mf_vector",
    )
    x = d.add(
        "Concatenate",
        _looked_up(d, user, "mlp_embedding_user", 32),
        _looked_up(d, item, "mlp_embedding_item", 32),
        name="mlp_vector",
    )
    for number, features in enumerate((32, 16, 8), start=1):
        x = d.add("Linear", x, name=f"layer{number}", out_features=features)
        x = d.add("ReLU", x, name=f"relu{number}")
    x = d.add("Concatenate", factors, x, name="predict_vector")
    x = d.add("Sigmoid", d.add("Linear", x, name="prediction", out_features=1), name="sigmoid")
    d.add("Output", x, name="output", loss="binary_cross_entropy")
    d.note(
        "NeuMF: matrix factorization (above) and a network (below) side by side, as NeuMF.py of"
        " hexiangnan/neural_collaborative_filtering is without further arguments: MovieLens 1M with 6,040"
        " users and 3,706 items, 8 factors, layers 64, 32, 16, 8.\n392,601 parameters: (6,040 + 3,706) · (8 +"
        " 32) for the tables, 2,080 + 528 + 136 for the layers, 17 for the prediction. 2,704"
        " multiply-accumulates in the linear layers.\nHe, Liao, Zhang, Nie, Hu, Chua: Neural collaborative"
        " filtering, 2017."
    )
    return d


PROJECTS = {"architectures/neumf": neumf}
