"""Layers of other packages: found by the entry point `nndesigner.layers`, imported only after the user has said so.

An entry point names a module (or a package, which is walked); every `Layer` at the top of it joins the catalogue. What
is installed is read from the packages' metadata, and which types a module would declare from its syntax tree: nothing
of a package is run before it is enabled. What is enabled stands in the user's settings and counts for workers too.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.discovery import discover
from nndesigner.base.folders import config_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.layers.declaration import Layer, ShapeError

if TYPE_CHECKING:
    import importlib.metadata

GROUP = "nndesigner.layers"
FILE = "extensions.json"
_MOST_SOURCE = 2**20
T = TypeVar("T")


class Extension(msgspec.Struct, frozen=True):
    """An installed package with layers. `types` are those that can be read without running it; `failure` says why an
    enabled one could not be used."""

    name: str
    version: str = ""
    summary: str = ""
    modules: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    enabled: bool = False
    failure: str = ""


class _Settings(msgspec.Struct):
    enabled: list[str] = []


_version = 0
_failures: dict[str, str] = {}
_packages: set[str] = set()
"""top-level packages of what is enabled and was imported"""


def installed() -> tuple[Extension, ...]:
    """Every installed package with layers, by name. Nothing of them is imported."""
    chosen = enabled()
    found = []
    for name, (distribution, modules) in sorted(_distributions().items()):
        types = tuple(dict.fromkeys(t for module in modules for t in _types(distribution, module)))
        summary = distribution.metadata.json.get("summary")
        found.append(
            Extension(
                name,
                distribution.version,
                summary[:200] if isinstance(summary, str) else "",
                modules,
                types,
                name in chosen,
                _failures.get(name, "") if name in chosen else "",
            )
        )
    return tuple(found)


def enabled() -> frozenset[str]:
    """The names of the packages that the user has enabled; they need not be installed any more."""
    try:
        settings = msgspec.json.decode((config_folder() / FILE).read_bytes(), type=_Settings)
    except (OSError, WriteError, msgspec.MsgspecError):
        return frozenset()
    return frozenset(settings.enabled)


def version() -> int:
    """A number that changes with what is enabled in this process; another one sees a change when it starts."""
    return _version


def look_again() -> None:
    """Reads the settings anew."""
    global _version
    _version += 1


def enable(name: str) -> Extension:
    """From now on the package's layers are in the catalogue. Raises Refusal for one that is not installed or cannot be
    imported (it is not enabled then), WriteError where the settings cannot be kept."""
    wanted = next((e for e in installed() if _plain(e.name) == _plain(name)), None)
    if wanted is None:
        known = listing([e.name for e in installed()])
        raise Refusal(
            tr("There is no installed package “{name}” with layers.", name=name)
            + (" " + tr("There is {known}.", known=known) if known else "")
        )
    _, failure = _layers_of(wanted.name, wanted.modules)
    if failure:
        raise Refusal(failure)
    _write(enabled() | {wanted.name})
    return msgspec.structs.replace(wanted, enabled=True)


def disable(name: str) -> None:
    """Its layers are not in the catalogue any more; nodes of their types become placeholders. Raises Refusal for a name
    that is not enabled, WriteError where the settings cannot be kept."""
    chosen = enabled()
    found = {one for one in chosen if _plain(one) == _plain(name)}
    if not found:
        raise Refusal(tr("The package “{name}” is not enabled.", name=name))
    _write(chosen - found)


def layers(taken: Iterable[str]) -> Iterator[Layer]:
    """The layers of every enabled package; a type in `taken` is left out, and the package's failure says so."""
    known = set(taken)
    _failures.clear()
    _packages.clear()
    chosen = enabled()
    if not chosen:
        return  # without looking through everything that is installed
    for name, (_, modules) in sorted(_distributions().items()):
        if name not in chosen:
            continue
        found, failure = _layers_of(name, modules)
        for layer in found:
            if layer.type in known:
                failure = failure or tr(
                    "{name} declares the layer type {type}, which is there already.",
                    name=name,
                    type=layer.type,
                )
                continue
            known.add(layer.type)
            yield layer
        if failure:
            _failures[name] = failure
        _packages.update(module.split(".")[0] for module in modules)


def packages() -> frozenset[str]:
    """Top-level packages that lowerings of enabled layers may name."""
    return frozenset(_packages)


def who_knows(type: str) -> Extension | None:
    """The installed package that would know a layer type, were it enabled."""
    return _would_know(_version, tuple(sys.path)).get(type)


@lru_cache(maxsize=1)
def _would_know(version: int, path: tuple[str, ...]) -> dict[str, Extension]:
    """Type → package, of all that is installed and not enabled. Looked up once, whatever projects are opened."""
    return {type: e for e in reversed(installed()) if not e.enabled for type in e.types}


# -- inside --------------------------------------------------------------------------------------------------------
def _distributions() -> dict[str, tuple[importlib.metadata.Distribution, tuple[str, ...]]]:
    import importlib.metadata  # which reads mail headers, and costs a start more than all layers do

    found: dict[str, tuple[importlib.metadata.Distribution, tuple[str, ...]]] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        distribution = point.dist
        if distribution is None:
            continue
        name = distribution.metadata["Name"]
        before = found[name][1] if name in found else ()
        found[name] = (distribution, (*before, point.module))
    return found


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _write(names: Iterable[str]) -> None:
    plain = msgspec.json.format(msgspec.json.encode(_Settings(sorted(names))))
    write_atomically(config_folder() / FILE, plain)
    look_again()


def _layers_of(name: str, modules: Iterable[str]) -> tuple[list[Layer], str]:
    """The layers of a package, and what went wrong as a sentence. This imports it."""
    found: list[Layer] = []
    for module_name in modules:
        try:
            module = importlib.import_module(module_name)
            found += _at_top(module)
        except Exception as error:
            said = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
            return found, tr(
                "The layers of {name} could not be loaded: {why}.", name=name, why=said.rstrip(".")
            )
    return [_guarded(layer, name) for layer in found], ""


def _at_top(module: ModuleType) -> list[Layer]:
    found = [
        value for key, value in vars(module).items() if isinstance(value, Layer) and not key.startswith("_")
    ]
    if hasattr(module, "__path__"):
        found += discover(module, Layer)
    return list({id(layer): layer for layer in found}.values())


def _guarded(layer: Layer, name: str) -> Layer:
    """The layer, whose rules say so where they fail, instead of taking the check with them."""

    def guard(rule: Callable[..., T]) -> Callable[..., T]:
        def guarded(*given: Any) -> T:
            try:
                return rule(*given)
            except ShapeError:
                raise
            except Exception as error:
                said = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
                raise ShapeError(
                    tr("{layer} of the package {name} failed: {why}.", layer=layer.label, name=name, why=said)
                ) from error

        return guarded

    return msgspec.structs.replace(
        layer,
        infer=guard(layer.infer),
        lower=guard(layer.lower),
        weights=guard(layer.weights),
        macs=guard(layer.macs),
    )


def _types(distribution: importlib.metadata.Distribution, module: str) -> Iterator[str]:
    """The layer types that a module's files declare, read from their syntax trees."""
    place = module.replace(".", "/")
    for file in distribution.files or ():
        text = str(file)
        if not (text.endswith(".py") and (text == f"{place}.py" or text.startswith(f"{place}/"))):
            continue
        with contextlib.suppress(OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            path = Path(str(distribution.locate_file(file)))
            if path.stat().st_size <= _MOST_SOURCE:
                yield from _declared(path.read_text(encoding="utf-8"))


def _declared(source: str) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Layer":
            for keyword in node.keywords:
                value = keyword.value
                if keyword.arg == "type" and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value
