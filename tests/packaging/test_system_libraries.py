"""packaging/system-libraries, with stand-ins for apt, dpkg, sudo and the user: nothing is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "system-libraries"

# Stand-ins. `installed` and `log` are files in the machine's folder.
TOOLS = {
    "uname": "echo Linux",
    "dpkg-query": 'for name; do :; done; grep -qx "$name" {machine}/installed && printf installed',
    "apt-get": 'echo "apt-get $*" >> {machine}/log',
    "id": "cat {machine}/user",
    "env": 'while [ "${{1#*=}}" != "$1" ]; do shift; done; exec "$@"',
}


class Machine:
    """A Debian machine as the script sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for name, body in TOOLS.items():
            self.tool(name, body.format(machine=folder))
        for name in ("sh", "grep", "cat", "printf"):
            (folder / "bin" / name).symlink_to(str(shutil.which(name)))
        for name, text in {"installed": "", "user": "0\n", "log": ""}.items():
            (folder / name).write_text(text)

    def tool(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run(self, purpose: str) -> str:
        done = subprocess.run(
            [str(self.folder / "bin" / "sh"), str(SCRIPT), purpose],
            env={"PATH": str(self.folder / "bin")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    @property
    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def packages(line: str) -> set[str]:
    return {word for word in line.split() if word.startswith(("lib", "fonts", "xvfb", "strace", "zlib"))}


def test_as_root_it_says_what_and_why_and_installs_what_is_missing(machine: Machine) -> None:
    said = machine.run("run")
    assert "installing what Qt needs" in said
    (line,) = machine.log
    assert "install -y --no-install-recommends" in line
    assert {"libegl1", "libxcb-cursor0", "fonts-dejavu-core"} <= packages(line)
    assert not packages(line) & {"xvfb", "strace", "libportaudio2"}
    assert packages(said) == packages(line)


def test_for_tests_it_adds_a_virtual_screen(machine: Machine) -> None:
    machine.run("test")
    assert {"xvfb", "strace", "libportaudio2", "libegl1"} <= packages(machine.log[0])


def test_what_is_there_is_not_installed_under_either_name(machine: Machine) -> None:
    machine.run("run")
    wanted = packages(machine.log[0])
    (machine.folder / "log").write_text("")
    there = wanted - {"libglib2.0-0", "libxcb-cursor0"} | {"libglib2.0-0t64"}
    (machine.folder / "installed").write_text("\n".join(there) + "\n")
    machine.run("run")
    assert packages(machine.log[0]) == {"libxcb-cursor0"}


def test_with_everything_there_it_is_silent(machine: Machine) -> None:
    machine.run("test")
    (machine.folder / "installed").write_text("\n".join(packages(machine.log[0])) + "\n")
    (machine.folder / "log").write_text("")
    assert machine.run("test") == ""
    assert machine.log == []


def test_without_the_right_to_install_it_says_what_to_run(machine: Machine) -> None:
    (machine.folder / "user").write_text("1000\n")
    said = machine.run("run")
    assert "sudo apt-get install" in said and "libxcb-cursor0" in said
    assert machine.log == []


def test_a_user_with_sudo_installs_through_it(machine: Machine) -> None:
    (machine.folder / "user").write_text("1000\n")
    machine.tool("true", "exit 0")
    machine.tool("sudo", f'[ "$1" = -n ] && shift; echo sudo >> {machine.folder}/log; exec "$@"')
    machine.run("run")
    assert machine.log[-1].startswith("apt-get") and "sudo" in machine.log


def test_it_asks_for_the_package_lists_when_the_first_attempt_fails(machine: Machine) -> None:
    machine.tool(
        "apt-get",
        f'echo "apt-get $*" >> {machine.folder}/log\n'
        f'case "$*" in *update*) touch {machine.folder}/lists ;; esac\n'
        f"[ -e {machine.folder}/lists ]",
    )
    (machine.folder / "bin" / "touch").symlink_to(str(shutil.which("touch")))
    assert "apt-get failed" not in machine.run("run")
    assert ["install" in line for line in machine.log] == [True, False, True]


def test_it_goes_on_when_apt_fails(machine: Machine) -> None:
    machine.tool("apt-get", "exit 100")
    assert "going on without" in machine.run("run")


def test_elsewhere_it_names_the_packages_and_goes_on(machine: Machine) -> None:
    (machine.folder / "bin" / "apt-get").unlink()
    said = machine.run("run")
    assert "not Debian or Ubuntu" in said and "libxcb-cursor0" in said


def test_other_systems_need_nothing(machine: Machine) -> None:
    machine.tool("uname", "echo Darwin")
    assert machine.run("test") == ""
    assert machine.log == []
