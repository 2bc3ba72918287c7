"""The locked dependencies agree with pyproject.toml, with each other and with the scripts that install them."""

from __future__ import annotations

import os
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source_tree import ROOT
from tests.architecture.test_architecture import DOORS

# What torch brings along for a graphics card depends on the build, which pip's configuration chooses.
BROUGHT_BY_TORCH = ("cuda-", "nvidia-", "triton")

IMPORT_NAMES = {
    "pyyaml": "yaml",
    "tensorboardx": "tensorboardX",
}  # distribution: what it is called in Python, where that differs

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = [  # ccc imports them if they are there
    Requirement(text) for extra in ("bench", "log", "ray") for text in PROJECT["optional-dependencies"][extra]
]
DEVELOPMENT = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]


def locked() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    return specifier.version


def test_every_pin_is_exact() -> None:
    loose = [str(pin) for pin in locked().values() if [s.operator for s in pin.specifier] != ["=="] or "*" in str(pin)]
    assert not loose, f"not pinned to one version: {loose}"


@pytest.mark.parametrize("wanted", [*RUNTIME, *EXTRAS, *DEVELOPMENT], ids=str)
def test_the_lock_satisfies_pyproject(wanted: Requirement) -> None:
    pins = locked()
    name = canonicalize_name(wanted.name)
    assert name in pins, f"{name} is missing in requirements.lock"
    assert wanted.specifier.contains(version(pins[name])), f"requirements.lock has {pins[name]}, which is too old"


def test_the_lock_is_complete() -> None:
    """Whatever a locked package needs is locked as well, at a version that suits it."""
    pins = locked()
    problems = []
    for name in pins:
        try:
            needs = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue  # not installed on this platform
        for need in needs:
            needed = canonicalize_name(need.name)
            if needed.startswith(BROUGHT_BY_TORCH) or (need.marker and not need.marker.evaluate({"extra": ""})):
                continue
            if needed not in pins or not need.specifier.contains(version(pins[needed])):
                problems.append(f"{name} needs {need}; locked: {pins.get(needed, 'nothing')}")
    assert not problems, "\n".join(problems)


def test_torch_is_installed_at_its_locked_version() -> None:
    command = f"pip install -qq {locked()['torch']}"
    lines = (ROOT / "scripts" / "setup-env").read_text(encoding="utf-8").splitlines()
    assert command in lines, f"scripts/setup-env must contain the line: {command}"


def test_every_runtime_dependency_has_a_door() -> None:
    names = {canonicalize_name(wanted.name) for wanted in [*RUNTIME, *EXTRAS]}
    assert {IMPORT_NAMES.get(name, name) for name in names} == set(DOORS)


def shell_scripts() -> list[str]:
    paths = [ROOT / ".ci" / "run", *sorted((ROOT / "scripts").iterdir())]
    return [
        str(path.relative_to(ROOT))
        for path in paths
        if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash\n")
    ]


@pytest.mark.parametrize("script", shell_scripts())
def test_shell_scripts_stop_at_the_first_error(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK), f"chmod +x {script}"
    assert "\nset -euo pipefail\n" in path.read_text(encoding="utf-8")
