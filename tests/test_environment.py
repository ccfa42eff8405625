"""Options from environment variables."""

from pathlib import Path

import click
import pytest

from tests.helpers.command import EACH_COMMAND, Run, find_command, is_error_line
from tests.helpers.snapshots import BUNDLED

TWINS = {
    "PAPERTALLY_REPORT_ZONE": ("body", "--zone"),
    "PAPERTALLY_REPORT_FORMAT": ("csv", "--format"),
    "PAPERTALLY_REPORT_FROM": (BUNDLED, "--from"),
    "PAPERTALLY_REPORT_FRAMEWORK": ("keras,mxnet", "--framework"),
    "PAPERTALLY_REPORT_POPULATION": ("unknown", "--population"),
}


@pytest.mark.parametrize("variable", TWINS)
def test_every_option_has_an_environment_twin(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    value, option = TWINS[variable]
    rest = () if option == "--from" else ("--from", BUNDLED)
    expected = run("report", "iclr", option, value, *rest)
    assert expected.code == 0
    monkeypatch.setenv(variable, value)
    assert run("report", "iclr", *rest) == expected


def test_environment_twins_are_named_as_the_options() -> None:
    for name in EACH_COMMAND:
        for parameter in find_command(name).params:
            if isinstance(parameter, click.Option):
                longest = max(parameter.opts, key=len).lstrip("-").replace("-", "_")
                assert parameter.name == longest, name


def test_an_option_wins_over_its_environment_twin(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PAPERTALLY_REPORT_COUNT", "only")
    printed = run("report", "--from", BUNDLED, "--count", "any", "--format", "csv").out
    assert ",any,any," in printed.splitlines()[1]
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "other"))
    run("--workspace", tmp_path / "mine", "add", "toy", 2018, "--notes", "/no/such")
    assert not (tmp_path / "other").exists()


def test_a_wrong_environment_twin_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTALLY_REPORT_ZONE", "guess")
    result = run("report", "--from", BUNDLED)
    assert result.code == 2
    assert is_error_line(result.err)


def test_without_a_workspace_named_the_users_data_folder_is_used(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, papers: Path
) -> None:
    monkeypatch.delenv("PAPERTALLY_WORKSPACE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert run("add", "toy", 2018, papers).code == 0
    assert list(tmp_path.rglob("papertally/papertally.db"))
