"""The whole window under faults from outside: closed at bad times, flooded, opened on hostile projects, opened twice.

Rows G4, S10, S11, S12 and D9, with the real window and the real workers.
"""

from __future__ import annotations

import gc
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QTextEdit, QWidget

from nndesigner.base.processes import resident_memory
from nndesigner.document import edits
from nndesigner.gui import dialogs
from nndesigner.gui.dialogs import Choice
from nndesigner.gui.export_dialog import ExportDialog
from nndesigner.gui.question import Question
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode, save
from nndesigner.protocol.jobs import Export, Inspect, Preload
from nndesigner.protocol.messages import Done, Failed, Message, ScalarRow, Scalars
from nndesigner.runs.history import RunHistory
from nndesigner.runs.store import create_run
from nndesigner.session.session import Session
from tests.e2e.real_window import dropout_project, real_window
from tests.session.workers import Pool
from tests.worker.test_main import listening_inodes

HERE = Path(__file__).parent


# -- G4: closed at a bad time ----------------------------------------------------------------------------------------
def open_and_close(folder: Path, cycles: int) -> str:
    path = folder / "moons.nnd"
    save(dropout_project(epochs=100_000, batch_size=24, device="cpu"), path)
    done = subprocess.run(
        [sys.executable, str(HERE / "cycling_program.py"), str(path), str(cycles)],
        capture_output=True,
        text=True,
        timeout=60 + 10 * cycles,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "told:" not in done.stdout and "Traceback" not in done.stderr, done.stdout + done.stderr
    left = [pid for pid in Path("/proc").iterdir() if pid.name.isdigit() and _works_on(pid, path)]
    assert left == [], "a process was left behind"
    assert open_project(path).document.nodes(), "the project is whole"
    return done.stdout.strip().splitlines()[-1]


def _works_on(process: Path, path: Path) -> bool:
    try:
        return (
            os.environ["NNDESIGNER_HOME"].encode() in (process / "environ").read_bytes()
            and int(process.name) != os.getpid()
        )
    except OSError:
        return False


def test_opened_and_closed_in_each_of_eight_ways(tmp_path: Path) -> None:
    assert open_and_close(tmp_path, 11) == "cycles 11 of 8 kinds"


@pytest.mark.long
def test_opened_and_closed_two_hundred_times(tmp_path: Path) -> None:
    assert open_and_close(tmp_path, 200) == "cycles 200 of 8 kinds"


# -- S10: no port, no flood ------------------------------------------------------------------------------------------
def test_nothing_listens_while_the_window_trains(app: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "moons.nnd"
    save(dropout_project(epochs=100_000, batch_size=24, device="cpu"), path)
    with real_window(app) as desk:
        desk.open(path)
        before = listening_inodes() & sockets_of(os.getpid())
        desk.session.training.train()
        desk.wait(lambda: len(desk.session.training.history.series("validation", "loss")) > 1)
        family = {os.getpid(), *(worker.child.pid for worker in desk.pool.workers)}
        assert len(family) >= 2
        for pid in family - {os.getpid()}:
            assert sockets_of(pid) == set(), "a worker has pipes, and no socket at all"
        assert listening_inodes() & sockets_of(os.getpid()) == before == set()
        desk.session.training.stop()
        desk.wait(lambda: not desk.session.training.busy)


def sockets_of(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


FLOOD = """
import sys, time
sys.path.insert(0, {root!r})
from nndesigner.protocol.messages import Clock, Done, Heartbeat, Progress, Ready, Scalars, ScalarRow, State, Warm
from nndesigner.protocol.channel import write_message
from nndesigner.worker.__main__ import take_standard_streams
from nndesigner.base.disk import write_fully
incoming, outgoing = take_standard_streams()
import os
write_fully(outgoing, write_message(Ready({{}}, ())) + write_message(Warm(0.0)))
os.read(incoming, 1 << 20)  # the job
rows = [write_message(Scalars((ScalarRow(step, step / 1e5, "train", "loss", 1.0, 0.0),))) for step in range(1000)]
others = (Clock(1, 2, 0.5, 1, 10.0, 1.0), Progress(0.5, "on"), Heartbeat(1), State("running"))
others = [write_message(message) for message in others]
second = b"".join((others[i % 4] if i % 10 else rows[i // 10 % 1000]) for i in range(1000))
begun, sent = time.monotonic(), 0
while (now := time.monotonic() - begun) < 10 * {seconds} and sent < {rate} * {seconds}:
    if sent < {rate} * now:
        write_fully(outgoing, second)
        sent += 1000
    else:
        time.sleep(0.001)
write_fully(outgoing, write_message(Done({{"sent": sent, "seconds": now}})))
while os.read(incoming, 1 << 20):
    pass
"""


def flood(app: QApplication, seconds: float, rate: int) -> tuple[int, float, float]:
    """A worker that says so many messages a second: how many came, the growth in MB, the longest lag in seconds.

    The lag is CPU time of the window's thread between two beats: somebody else's work on this machine is none of ours.
    """
    from nndesigner.gui.worker_driver import QtDriver
    from nndesigner.runs.tasks import Task

    with real_window(app, workers=False) as desk:
        desk.session.files.new()
        desk.window.show_project()
        desk.window.raise_panel("monitors")
        desk.wait(lambda: desk.window.docks["monitors"].content is not None)
        text = FLOOD.format(root=str(HERE.parents[1]), seconds=seconds, rate=rate)
        driver = QtDriver(command=[sys.executable, "-c", text])
        training = desk.session.training
        outcomes: list[Done | Failed] = []
        heard: list[int] = [0]

        def on_message(message: Message) -> None:
            heard[0] += 1
            training._heard(message)

        lags: list[float] = []
        last = [time.thread_time()]
        beat = QTimer()
        beat.setInterval(5)

        def beaten() -> None:
            now = time.thread_time()
            lags.append(now - last[0])
            last[0] = now

        beat.timeout.connect(beaten)
        worker = driver.start()
        task = Task(Inspect(b"", ""), on_message, outcomes.append)
        task.begin(worker)
        training._task, training.run = task, Path("/nowhere")
        training.history = RunHistory()
        desk.wait(lambda: heard[0] > 0)
        before = resident_memory()
        gc.collect()
        gc.freeze()  # what a whole test run has piled up is not the window's to walk through
        last[0] = time.thread_time()
        beat.start()
        desk.wait(lambda: bool(outcomes), 60 + 10 * seconds)
        beat.stop()
        gc.unfreeze()
        grown = (resident_memory() - before) / 1e6
        training._task = None
        worker.close()
        desk.wait(lambda: worker.process.ended is not None)
        driver.close()
        driver.deleteLater()
        assert isinstance(outcomes[0], Done)
        result = outcomes[0].result
        assert result["sent"] >= rate * seconds, "the flood was no flood"
        assert desk.window.isVisible()
        assert len(lags) >= 20 * seconds, "the event loop stood still"
        return result["sent"], grown, max(lags)


def test_a_flood_of_messages(app: QApplication) -> None:
    sent, grown, lag = flood(app, seconds=2.0, rate=100_000)
    print(f"{sent} messages, {grown:.1f} MB, lag {1000 * lag:.0f} ms")
    assert grown <= 50.0
    assert lag <= 0.1


# -- S11: names that are markup --------------------------------------------------------------------------------------
class Listener:
    """Somebody at the other end of every link in a hostile name: counts who comes."""

    def __init__(self) -> None:
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.server.listen()
        self.port = self.server.getsockname()[1]
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1.0)
                try:
                    self.requests.append(connection.recv(1000))
                except OSError:
                    self.requests.append(b"")

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self._thread.join(2.0)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


SHAPES = (
    '<img src="{url}">',
    '<b>bold</b><img src="{url}" width=1>',
    '<a href="{url}">click</a>',
    '<link rel="stylesheet" href="{url}">',
    '<style>@import url("{url}");</style>x',
    '<div style="background:url({url})">x</div>',
    '<table background="{url}"><tr><td>x</table>',
    '<body background="{url}">x',
    '<iframe src="{url}"></iframe>',
    '<object data="{url}"></object>',
    '<svg><image href="{url}"/></svg>',
    "![x]({url})",
    "<html><img src='{url}'></html>",
    "&lt;img src={url}&gt;<br>",
    '<?xml version="1.0"?><img src="{url}"/>',
    "<p>{url}</p>",
    'x" onload="{url}"><img src="{url}',
    "<ul><li><img src={url}>",
    "<font color=red><img src=//{address}>",
    "\x00<img src='{url}'>",
)


def hostile_names(port: int) -> list[str]:
    """Two hundred, each with an address of its own."""
    return [
        shape.format(
            url=f"http://127.0.0.1:{port}/{number}/{round}", address=f"127.0.0.1:{port}/{number}/{round}"
        )
        for number, shape in enumerate(SHAPES)
        for round in range(10)
    ]


def hostile_project(names: list[str], path: Path) -> None:
    """Every text of a project is one of these names."""
    import json

    text = json.loads(encode(dropout_project()).decode())
    taken = iter(names * 20)

    def spoil(thing: object, key: str = "") -> object:
        if isinstance(thing, dict):
            return {k: spoil(v, k) for k, v in thing.items()}
        if isinstance(thing, list):
            return [spoil(v, key) for v in thing]
        return (
            next(taken)
            if isinstance(thing, str) and key in ("name", "comment", "classes", "remarks")
            else thing
        )

    spoilt = spoil(text)
    assert isinstance(spoilt, dict)
    records = spoilt["records"]
    network = next(r["id"] for r in records if r["kind"] == "network")
    records.append(
        {"kind": "note", "id": "hostilenote", "network": network, "text": names[0], "x": 0, "y": 0}
    )
    records.append({"kind": "node", "id": "stranger", "network": network, "type": names[1], "name": names[2]})
    path.write_text(json.dumps(spoilt))


def texts_of(window: QWidget) -> Iterator[tuple[str, str]]:
    """(what, text) of everything that Qt might take for markup: labels must not; tooltips must be escaped."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, QLabel) and widget.text():
            plain = widget.textFormat() == Qt.TextFormat.PlainText
            assert plain or (_is_of_pyqtgraph(widget) and "<" not in widget.text()), (widget, widget.text())
        if isinstance(widget, QTextEdit):
            assert not widget.acceptRichText(), widget
        yield "tooltip", widget.toolTip()
        yield "what is this", widget.whatsThis()
        if isinstance(widget, QAbstractButton):
            yield "button", ""
    for action in window.actions():
        yield "tooltip of an action", action.toolTip()


@pytest.mark.parametrize("first", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (60, 120))])
def test_two_hundred_hostile_names_reach_nobody(
    first: int, app: QApplication, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names from `first` on: the quick run takes sixty of them."""
    names = hostile_names(listener.port)
    assert len(names) == len(set(names)) == 200
    monkeypatch.setattr(dialogs, "tell", lambda *said: None)
    seen = 0
    with real_window(app, workers=False) as desk:
        window = desk.window
        for start in range(first, first + 60 if first < 120 else 200, 20):
            some = names[start : start + 20]
            path = tmp_path / f"project-{start}.nnd"
            hostile_project(some, path)
            run = create_run(path.with_name(f"{path.stem}.runs"), open_project(path).document)
            run.append_rows(
                [ScalarRow(step, step / 5, some[3], some[4], 1.0 / (step + 1), 0.0) for step in range(5)]
            )
            run.save_record(state="failed", sentence=some[5], name=some[6])
            run.close()
            desk.open(path)
            for name in window.docks:
                window.raise_panel(name)
                app.processEvents()
            for dock in window.docks.values():
                assert dock.content is not None or dock.fill() is not None
            runs = window.docks["runs"].content
            runs.select([run.path])  # type: ignore[union-attr]
            for node in desk.session.document.nodes():
                window.canvas.select([node.id])
                app.processEvents()
            window.show_page("data")
            app.processEvents()
            window.show_page("network")
            for text in some:
                window.say(text)
                window.status.show_device(text, text)
                question = Question(window, text, text, (Choice("", text),), detail=text)
                question.show()
                app.processEvents()
                if text == some[-1]:  # everything, with the last one open
                    seen += sum(1 for _ in check_texts(window))
                assert all(
                    part.textFormat() == Qt.TextFormat.PlainText for part in question.findChildren(QLabel)
                )
                question.deleteLater()
            summary = desk.session.training.runs()[0]
            export = ExportDialog(window, desk.session, [summary])
            export.open()
            desk.session.training.history.take(Scalars((ScalarRow(9, 1.0, some[7], some[8], 0.5, 0.0),)))
            app.processEvents()
            seen += sum(1 for _ in check_texts(window))
            export.reject()
            export.deleteLater()
        window.show_welcome()  # recent files by their names
        for _ in range(5):
            app.processEvents()
    assert seen > 1_500
    time.sleep(0.2)
    assert listener.requests == []


def _is_of_pyqtgraph(widget: QWidget | None) -> bool:
    """Whether it stands in one of its menus, whose words are its own."""
    while widget is not None:
        if type(widget).__module__.startswith("pyqtgraph") or isinstance(widget, QMenu):
            return True
        widget = widget.parentWidget()
    return False


RAW = re.compile(r"<(img|a |link|style|div|table|body|iframe|object|svg|html|ul|font|\?xml)")


def check_texts(window: QWidget) -> Iterator[str]:
    for what, text in texts_of(window):
        yield what
        # Qt guesses whether such a text is markup: a name in it must be escaped.
        assert not RAW.search(text), (what, text)


def test_the_listener_hears() -> None:
    made = Listener()
    with socket.create_connection(("127.0.0.1", made.port)) as connection:
        connection.sendall(b"GET /")
    deadline = time.monotonic() + 2
    while not made.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    made.close()
    assert made.requests == [b"GET /"]


# -- S12: paths that lead out of the project's folder ----------------------------------------------------------------
OUTSIDE = (
    *("/etc/passwd", "../../secret.csv", "..", "/", "a/../../b.csv", "//server/share/x.csv"),
    *("\\\\server\\share\\x.csv", "C:\\Windows\\x.csv", "C:x.csv", "\\\\?\\C:\\x", "file:///etc/hosts"),
    *("https://example.org/x.csv", "smb://host/x", "~/x.csv", "~root/x.csv", "$HOME/x.csv", "%APPDATA%\\x"),
    *("/dev/zero", "/dev/stdin", "/proc/self/mem", "./../x"),
)


@pytest.mark.parametrize(
    ("type", "parameter"), [("csv", "path"), ("image_folder", "path"), ("numpy", "path")]
)
def test_paths_outside_the_folder_are_not_followed_on_load(
    type: str, parameter: str, app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No worker is asked to read them, and this process opens none; a click asks."""
    from nndesigner.data.catalogue import source

    declared = source(type)
    assert declared is not None
    assert parameter in {field.name for field in declared.parameters}
    assert len(OUTSIDE) >= 20
    touched: list[str] = []
    watching = [False]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching[0] and event in (
            "open",
            "os.listdir",
            "os.scandir",
            "socket.connect",
            "subprocess.Popen",
        ):
            touched.append(f"{event} {arguments[0]}")

    sys.addaudithook(watch)
    for known in (False, True):
        for path in OUTSIDE:
            document = edits.new_document()
            document = document.apply(edits.set_data(document, type, {parameter: path}))
            if known:
                found = dropout_project().data
                assert found is not None
                document = document.apply(
                    edits.set_found(document, found.fields, found.counts, found.fingerprint, ())
                )
            project = tmp_path / "project" / "a.nnd"
            project.parent.mkdir(exist_ok=True)
            save(document, project)
            pool = Pool()
            session = Session(pool)
            watching[0] = True
            session.files.open(project)
            watching[0] = False
            asked = [job.job for job in pool.asked] + [job for job in pool.preloaded if job is not None]
            assert not [job for job in asked if isinstance(job, Inspect | Preload | Export)], path
            assert session.data.outside == (path,), path
            session.data.inspect()  # the click
            assert isinstance(pool.last.job, Inspect)
            session.close()
    home, folder = os.environ["NNDESIGNER_HOME"], str(tmp_path / "project")
    package = str(HERE.parents[1] / "nndesigner")
    own = (home, folder, package, sys.prefix, sys.base_prefix, "/proc/self/stat", f"/proc/{os.getpid()}/stat")
    strange = [line for line in touched if not line.split(" ", 1)[1].startswith(own) and " -1" not in line]
    strange = [line for line in strange if not line.split(" ", 1)[1].isdigit()]
    assert touched and strange == []


# -- D9: two windows, one project ------------------------------------------------------------------------------------
RACER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.session.session import Session
session = Session()
for line in sys.stdin:
    when, path = line.split()
    if path == "close":
        session.files.new()
        print("closed", flush=True)
        continue
    while time.monotonic() < float(when):
        pass
    session.files.open(Path(path))
    session.edit("", "add_note", text=str(os.getpid()), x=0.0, y=0.0)
    try:
        session.files.save()
        print("wrote", flush=True)
    except Exception as error:
        print("read only" if session.files.read_only else "?", error, flush=True)
"""


def test_fifty_races_of_two_sessions_and_ten_dead_holders(tmp_path: Path) -> None:
    def racer() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", RACER, str(HERE.parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(one: subprocess.Popen[str], line: str) -> None:
        assert one.stdin is not None
        one.stdin.write(line + "\n")
        one.stdin.flush()

    def said(one: subprocess.Popen[str]) -> str:
        assert one.stdout is not None
        return one.stdout.readline().strip()

    racers = [racer(), racer()]
    try:
        for number in range(50):
            path = tmp_path / f"{number % 10}.nnd"
            save(edits.new_document(), path)
            start = time.monotonic() + 0.02
            for one in racers:
                tell(one, f"{start} {path}")
            answers = [said(one) for one in racers]
            assert sorted(answer.split()[0] for answer in answers) == ["read", "wrote"], answers
            (writer,) = (one for one, answer in zip(racers, answers, strict=True) if answer == "wrote")
            notes = [r.text for r in open_project(path).document if hasattr(r, "text")]
            assert notes == [str(writer.pid)], "the one who may write wrote, and nobody else"
            for one in racers:
                tell(one, "0 close")
                assert said(one) == "closed"
        path = tmp_path / "held.nnd"
        for number in range(10):
            save(edits.new_document(), path)
            tell(racers[0], f"0 {path}")
            assert said(racers[0]) == "wrote"
            second = Session()
            second.files.open(path)
            assert second.files.read_only and second.files.held_by is not None
            assert second.files.held_by.pid == racers[0].pid
            second.close()
            os.kill(racers[0].pid, signal.SIGKILL)
            _end(racers.pop(0))
            third = Session()
            third.files.open(path)
            assert not third.files.read_only, f"the holder {number} is dead"
            third.close()
            racers.insert(0, racer())
    finally:
        for one in racers:
            one.kill()
            _end(one)


def _end(one: subprocess.Popen[str]) -> None:
    one.wait()
    for stream in (one.stdin, one.stdout):
        assert stream is not None
        stream.close()
