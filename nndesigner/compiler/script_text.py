"""The parts of a training script that are the same in every one: plain Python with nothing put in.

What differs (classes, preparation, loss, counting, optimizer) is built as `ast` nodes by `compiler/script.py`; these
parts read it by name. Each does what its namesake of `training/` does, operation for operation.
"""

from __future__ import annotations

DATA = '''\
def load_data():
    """The prepared (inputs, targets) of the training, validation and test part, samples first."""
    saved = load_file(Path(__file__).with_name(DATA))
    data = {}
    for part in ("train", "validation", "test"):
        fields = [saved[f"field/{name}"].index_select(0, saved[f"part/{part}"]) for name in FIELDS]
        fields = [field.float() if field.dtype == torch.uint8 else field for field in fields]
        prepared = [field.to(DEVICE) for field in prepare(*fields)]
        data[part] = prepared[:INPUTS], prepared[INPUTS:]
    return data
'''

ORDER = '''\
def batches(inputs, targets, epoch):
    """The batches of an epoch. Their order follows from the seed and the number of the epoch alone."""
    samples = len(inputs[0])
    generator = torch.Generator().manual_seed((SEED << 20) + epoch)
    order = torch.randperm(samples, generator=generator).to(DEVICE)
'''
ENDS_SHORT = """\
    ends = [*range(BATCH_SIZE, samples, BATCH_SIZE), samples]
"""
ENDS_JOINED = """\
    # The few samples that are left over join the last batch.
    ends = [*range(BATCH_SIZE, samples - BATCH_SIZE + 1, BATCH_SIZE), samples]
"""
ENDS_DROPPED = """\
    # The few samples that are left over wait for another epoch.
    ends = [*range(BATCH_SIZE, samples + 1, BATCH_SIZE)] or [samples]
"""
SHUFFLED = """\
    inputs = [tensor.index_select(0, order) for tensor in inputs]
    targets = [tensor.index_select(0, order) for tensor in targets]
    for first, end in zip([0, *ends], ends):
        yield [tensor[first:end] for tensor in inputs], [tensor[first:end] for tensor in targets]
"""
GATHERED = """\
    for first, end in zip([0, *ends], ends):
        chosen = order[first:end]
        yield [t.index_select(0, chosen) for t in inputs], [t.index_select(0, chosen) for t in targets]
"""

MEANS = '''\
class Means:
    """Means over samples of losses that are means over batches."""

    def __init__(self, names):
        self.names, self.samples = names, 0
        self.sums = torch.zeros(len(names), dtype=torch.float64, device=DEVICE)

    def add(self, losses, samples):
        self.samples += samples
        self.sums += torch.stack([loss.detach() for loss in losses]).double() * samples

    def results(self):
        return dict(zip(self.names, (self.sums / self.samples).tolist()))
'''

ACCURACY = '''\
class Accuracy:
    """The share of answers that are right."""

    def __init__(self, suffix=""):
        self.name, self.right, self.judged = f"accuracy{suffix}", 0, 0

    def add(self, right):
        self.right += int(torch.count_nonzero(right))
        self.judged += right.numel()

    def results(self):
        return {self.name: self.right / self.judged} if self.judged else {}
'''

WRITTEN = '''\
class Written:
    """What the best path over the steps writes: the share that is right from end to end, and edits per token wanted."""

    def __init__(self, axis, blank, unit, suffix=""):
        self.axis, self.blank = axis, blank
        self.names = f"accuracy · whole sequence{suffix}", f"{unit} error rate{suffix}"
        self.right = self.edits = self.tokens = self.judged = 0

    def add(self, output, wanted):
        edits = self.distances(self.path(output), wanted)
        self.right += int(torch.count_nonzero(edits == 0))
        self.edits += int(edits.sum())
        self.tokens += int(torch.count_nonzero(wanted != self.blank))
        self.judged += len(wanted)

    def path(self, output):
        """The likeliest class of each step, repeats made one, blanks left out; blanks fill up the end."""
        path = output.movedim(self.axis, -1).argmax(dim=-1)
        said = path != self.blank
        said[:, 1:] &= path[:, 1:] != path[:, :-1]
        steps = path.shape[1]
        to = torch.where(said, said.cumsum(dim=1) - 1, steps)
        return path.new_full((len(path), steps + 1), self.blank).scatter_(1, to, path)[:, :steps]

    def distances(self, written, wanted):
        """Levenshtein's edit distance, row by row for all samples at once."""
        count = (written != self.blank).sum(dim=1)
        places = torch.arange(wanted.shape[1] + 1, device=wanted.device)
        row = places.expand(len(wanted), -1)
        for step in range(int(count.max())):
            replaced = row[:, :-1] + (written[:, step, None] != wanted)
            best = torch.cat((row[:, :1] + 1, torch.minimum(row[:, 1:] + 1, replaced)), dim=1)
            best = (best - places).cummin(dim=1).values + places
            row = torch.where((step < count)[:, None], best, row)
        return row.gather(1, (wanted != self.blank).sum(dim=1)[:, None]).squeeze(1)

    def results(self):
        found = {self.names[0]: self.right / self.judged} if self.judged else {}
        return found | ({self.names[1]: self.edits / self.tokens} if self.tokens else {})
'''

ERRORS = '''\
class Errors:
    """How far numbers are off, in the units of the target: MAE, RMSE and R² = 1 - Σ(y - t)² / Σ(t - mean t)²."""

    def __init__(self, suffix=""):
        self.suffix, self.values = suffix, 0
        self.sums = torch.zeros(4, dtype=torch.float64, device=DEVICE)  # Σ|e|, Σe², Σt, Σt²

    def add(self, error, wanted):
        self.values += wanted.numel()
        kind = torch.float64
        self.sums += torch.stack(
            (
                torch.linalg.vector_norm(error, 1, dtype=kind),
                torch.linalg.vector_norm(error, dtype=kind).square(),
                wanted.sum(dtype=kind),
                torch.linalg.vector_norm(wanted, dtype=kind).square(),
            )
        )

    def results(self):
        absolute, square, total, squares = self.sums.tolist()
        spread = squares - total * total / self.values
        found = {"mae": absolute / self.values, "rmse": (max(square, 0.0) / self.values) ** 0.5}
        if spread > 1e-9 * max(squares, 1e-30):
            found["r2"] = 1.0 - square / spread
        return {f"{name}{self.suffix}": value for name, value in found.items()}
'''

CHANNELS_LAST = '''\
def lay_channels_last(model):
    """The channels of a place beside each other in memory: torch lays the maps as the kernels are laid."""
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            module.to(memory_format=torch.channels_last)
'''

TOGETHER = '''\
class Together:
    """Several optimizers as one, each over weights of its own."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers
        self.param_groups = [group for optimizer in optimizers for group in optimizer.param_groups]

    def zero_grad(self, set_to_none=True):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none)

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()
'''

EVALUATE = '''\
def evaluate(model, inputs, targets):
    """Loss and metrics over every sample of a part of the data."""
    model.eval()
    losses, scores = Means(["loss", *PARTS]), make_scores()
    with torch.no_grad():
        for first in range(0, len(inputs[0]), EVALUATION_BATCH):
            given = [tensor[first : first + EVALUATION_BATCH] for tensor in inputs]
            wanted = [tensor[first : first + EVALUATION_BATCH] for tensor in targets]
            loss, parts, outputs = judge(model, given, wanted)
            losses.add([loss, *parts] if PARTS else [loss], len(given[0]))
            count(scores, outputs, wanted)
    found = losses.results()
    for score in scores:
        found |= score.results()
    return {name: value for name, value in found.items() if math.isfinite(value)}
'''

TRAIN = '''\
def train(model, data, folder):
    """All epochs; writes the metrics and the best weights into the folder."""
    optimizer = make_optimizer(model)
    rows, best, best_score, worse_epochs = [], None, None, 0

    def note(epoch, part, metrics):
        rows.extend((epoch, part, name, value) for name, value in metrics.items())
        print(f"epoch {epoch:3}  {part:10}  " + "  ".join(f"{k} {v:.5g}" for k, v in metrics.items()))

    torch.manual_seed((SEED << 20) + (1 << 52))  # what dropout draws is apart from the first weights
    for epoch in range(EPOCHS):
        measured = train_epoch(model, optimizer, *data["train"], epoch)
        note(epoch + 1, "train", measured)
        if len(data["validation"][0][0]):
            measured = evaluate(model, *data["validation"])
            note(epoch + 1, "validation", measured)
        score = score_of(measured)
        if score is not None and (best_score is None or score > best_score + MINIMUM_CHANGE):
            best_score, worse_epochs = score, 0
            best = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
        else:
            worse_epochs += 1
        if PATIENCE and worse_epochs >= PATIENCE:
            print(f"Stopped early: no better for {worse_epochs} epochs.")
            break
    if len(data["test"][0][0]):
        note(epoch + 1, "test", evaluate(model, *data["test"]))
    with open(folder / "metrics.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("epoch", "part", "metric", "value"), *rows])
    if best is not None:
        save_file(best, folder / "best.safetensors")
'''

MAIN = '''\
def few_steps(model, data, steps):
    """Prints the loss of each of the first steps, to the last digit."""
    optimizer = make_optimizer(model)
    left = steps

    def told(value):
        nonlocal left
        print(repr(value))
        left -= 1
        if not left:
            raise SystemExit

    torch.manual_seed((SEED << 20) + (1 << 52))
    for epoch in range(EPOCHS):
        train_epoch(model, optimizer, *data["train"], epoch, told)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="folder for metrics.csv and best.safetensors")
    parser.add_argument("--steps", type=int, default=0, help="print the losses of so many steps, and stop")
    options = parser.parse_args()
    model, data = make_model(), load_data()
    if options.steps:
        few_steps(model, data, options.steps)
    else:
        options.out.mkdir(parents=True, exist_ok=True)
        train(model, data, options.out)


if __name__ == "__main__":
    main()
'''
