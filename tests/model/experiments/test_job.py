"""dealership-model experiments: what a person or a job sees of it."""

import io
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import mlflow
import pytest

from model import cli
from model.config import read_config
from model.demo_market import write_demo_market
from model.registry import Registry
from tests.model.markets import noisy_market, write_market
from tests.model.stopping import stop_when_told

MARKET_DATE = date(2026, 7, 1)


@dataclass(frozen=True)
class Ran:
    """An experiment that the command made: its state folder, data, exit code, and what it printed."""

    var: Path
    data: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def report(self) -> Path:
        return self.var / "experiments" / "report.html"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Ours against ridge on two markets, of which the second is too small to be compared alone.

    Both are of few models, since they are fitted again and again.
    """
    folder = tmp_path_factory.mktemp("experiments")
    write_market(folder / "market.csv", noisy_market(600), MARKET_DATE)
    write_market(folder / "few.csv", noisy_market(100, seed=8), MARKET_DATE)
    data = (str(folder / "market.csv"), str(folder / "few.csv"))
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("DEALERSHIP_VAR", str(folder / "var"))
        code = cli.main(["experiments", "--data", *data, "--algorithms", "ridge"])
    return Ran(folder / "var", data, code, out.getvalue(), err.getvalue())


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for all state."""
    monkeypatch.setenv("DEALERSHIP_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def test_the_command_tells_each_fold_and_where_the_report_is(ran: Ran) -> None:
    # given a run, when its output is read, then standard output is the report's address alone
    assert ran.code == 0
    assert ran.out == ran.report.as_uri() + "\n"
    # and on standard error each fold of each algorithm on each source is told, with the time so far
    folds = re.findall(r"^\[ +\d+:\d\d\] (ours|ridge), fold (\d) of 5: MAE [\d,]+ EUR", ran.err, flags=re.MULTILINE)
    assert folds == 2 * [(name, str(fold)) for name in ("ours", "ridge") for fold in range(1, 6)]
    assert "source 1 of 2: market.csv, " in ran.err
    assert "source 2 of 2: market.csv + few.csv, " in ran.err


def test_the_report_is_about_every_source_that_has_listings_enough(ran: Ran) -> None:
    # given the report, when it is read, then it has a part for each source, and says which had too few listings
    page = ran.report.read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="source-\d">([^<]*)</h2>', page) == ["market.csv", "market.csv + few.csv"]
    assert "Not compared alone: few.csv: too few usable listings" in page


def test_every_source_and_algorithm_is_a_run_below_the_experiments(ran: Ran) -> None:
    # given MLflow's store after a run
    Registry(read_config({"DEALERSHIP_VAR": str(ran.var)}))
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("car-price-experiments")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    # when it is looked through, then there is one run for all, with the report, and below it one for each pair
    parent = runs.pop("experiments")
    assert set(runs) == {
        f"{name} on {source}" for name in ("ours", "ridge") for source in ("market.csv", "market.csv + few.csv")
    }
    assert all(run.data.tags["mlflow.parentRunId"] == parent.info.run_id for run in runs.values())
    assert {run.info.status for run in (parent, *runs.values())} == {"FINISHED"}
    logged = mlflow.artifacts.download_artifacts(run_id=parent.info.run_id, artifact_path="report.html")
    assert Path(logged).read_bytes() == ran.report.read_bytes()
    # and its parameters and figures, of all folds and of each
    ridge = runs["ridge on market.csv"]
    assert (ridge.data.params["algorithm"], ridge.data.params["alpha"]) == ("ridge", "0.1")
    assert ridge.data.params["market_as_of"] <= MARKET_DATE.isoformat()
    assert len(ridge.data.params["data_sha256"]) == 64
    assert f"{ridge.data.metrics['mae_eur']:,.0f}</td>" in ran.report.read_text(encoding="utf-8")
    steps = client.get_metric_history(ridge.info.run_id, "fold_mae_eur")
    assert [step.step for step in steps] == [1, 2, 3, 4, 5]


def test_a_stopped_run_is_taken_up_where_it_was(tmp_path: Path) -> None:
    # given a run that somebody stops with Ctrl-C in its third fold, on a market that takes long enough to be stopped in
    market = tmp_path / "market.csv"
    write_demo_market(market, rows=700, market_date=MARKET_DATE)
    command = [
        sys.executable, "-m", "model.cli", "experiments", "--data", str(market), "--algorithms", "ours"
    ]  # fmt: skip
    environment = {"DEALERSHIP_VAR": str(tmp_path), "PATH": "", "OPENBLAS_NUM_THREADS": "1"}
    stopped = stop_when_told(command, environment, "ours, fold 2 of 5")
    # then it ends as a shell expects it, with one clear line, and nothing is logged or reported
    assert stopped.returncode == 130
    assert stopped.stderr.splitlines()[-1].startswith("dealership-model: interrupted; finished folds are kept")
    assert "Traceback" not in stopped.stderr
    assert stopped.stdout == ""
    assert not (tmp_path / "experiments" / "report.html").exists()
    # when the same command is given again, then the finished folds are not computed again, and it says so
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    taken = [int(fold) for fold in re.findall(r"fold (\d) of 5: .*\(taken from an earlier run\)", again.stderr)]
    assert taken[:2] == [1, 2] and len(taken) < 5


def test_who_asks_for_what_is_not_installed_is_told(ran: Ran, tmp_path: Path) -> None:
    # given a Python without LightGBM and CatBoost
    program = """
import sys
sys.modules["lightgbm"] = sys.modules["catboost"] = None
from model import cli
sys.exit(cli.main(sys.argv[1:]))
"""
    environment = {"DEALERSHIP_VAR": str(tmp_path), "PATH": "", "OPENBLAS_NUM_THREADS": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, "experiments", "--data", ran.data[0], *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)

    # when LightGBM is asked for by name, then the command fails before it begins, and says how to install it
    asked = run("--algorithms", "lightgbm")
    assert asked.returncode == 1
    assert asked.stderr == (
        "dealership-model: lightgbm cannot run without its library: pip install '.[experiments]'  # in a checkout\n"
    )
    # when all are, then it runs the others, and says in the report too what it skipped
    everything = run()
    assert everything.returncode == 0, everything.stderr
    assert "lightgbm is skipped, since it is not installed" in everything.stderr
    page = (tmp_path / "experiments" / "report.html").read_text(encoding="utf-8")
    assert page.count("Skipped, since it is not installed") == 2
    assert '<th scope="row">elastic-net</th>' in page


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--data", "none.csv"], 2, "cannot be read"),
        (["--data", "undated.csv"], 3, "--market-date 2021-07-01"),
        (["--data", "undated.csv@2021-07-01"], 2, "too few usable listings"),
        (["--data", "undated.csv", "--mapping", "none.json"], 2, "none.json cannot be read"),
    ],
)
def test_data_that_cannot_be_used_is_told(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], code: int, told: str,
) -> None:  # fmt: skip
    # given files that cannot be used, when they are to be experimented on, then the command ends as train does
    monkeypatch.chdir(tmp_path)
    header = "make,model,fuel,gearbox,first_registration,mileage_km,power_hp,price_eur"
    Path("undated.csv").write_text(f"{header}\nVW,Golf,petrol,manual,2015,60000,120,9000\n", encoding="utf-8")
    assert cli.main(["experiments", *arguments]) == code
    message = capsys.readouterr()
    assert told in message.err and "Traceback" not in message.err
    assert message.out == ""
    assert not var.exists()


def test_an_unknown_algorithm_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    # given a name that no algorithm has, when it is asked for, then the usage is told with those there are
    with pytest.raises(SystemExit) as ended:
        cli.main(["experiments", "--data", "x.csv", "--algorithms", "magic"])
    assert ended.value.code == 2
    assert "'magic'" in (message := capsys.readouterr().err) and "lightgbm" in message
