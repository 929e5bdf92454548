from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from scipy.special import log_softmax, rel_entr

from autochrome.cli.main import cli
from autochrome.color import class_rebalancing_weights, soft_encoding
from autochrome.errors import ModelError, UsageError
from autochrome.models import find_model
from autochrome.nn import HeadSettings, build_system
from autochrome.train.checkpoint import load_weights, save_weights
from autochrome.train.config import Budget
from autochrome.train.distillation import Teachers, divergence
from autochrome.train.processes import Processes
from autochrome.train.release import Knobs, release
from autochrome.train.released import load_released
from autochrome.train.run import TrainingRun, check_start, train

KNOBS = Knobs(side=32, temperature=0.38, vividness=0)
ALONE = Processes(0, 1, torch.device("cpu"))


def system_of(store, name="lumiere", seed=0):
    """A small network with opinions of its own."""
    torch.manual_seed(seed)
    system = build_system(name, HeadSettings(prior=store.prior), width=0.125).eval()
    torch.nn.init.normal_(system.head.projection.weight, std=0.3)
    return system


@pytest.fixture
def weights_of(store, tmp_path):
    def save(name="lumiere", seed=0):
        path = tmp_path / f"{name}-{seed}.safetensors"
        metadata = {"system": name, "steps": 0, "photographs_seen": 0, "minutes": 0.0}
        save_weights(
            path,
            system_of(store, name, seed),
            metadata | {"recipe": {"recipe": name, "width": 0.125}},
        )
        return path

    return save


@pytest.fixture
def distilled(config):
    return replace(config, width=0.125, distillation=10.0, freeze_batch_norm=True)


def test_teachers_answer_with_the_geometric_mean(store):
    systems = [system_of(store, seed=seed) for seed in range(2)]
    lightness = 100 * torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        logits = [system(lightness).numpy() for system in systems]
    product = np.sqrt(np.prod([np.exp(log_softmax(each, 1)) for each in logits], 0))
    expected = product / product.sum(1, keepdims=True)
    actual = Teachers(systems)(lightness).exp()
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-7)


@pytest.fixture
def model_of(weights_of, tmp_path):
    def save(name="lumiere", seed=0):
        folder = tmp_path / f"model-{name}-{seed}"
        release(weights_of(name, seed), folder, name="teacher", version="1", knobs=KNOBS)
        return folder

    return save


def test_a_model_teaches_as_its_network_does(store, distilled, weights_of, tmp_path):
    model = find_model()
    lightness = 100 * torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        expected = load_released(model)(lightness).log_softmax(1)
    folder = model.weights_path.parent
    torch.testing.assert_close(Teachers.load([folder])(lightness), expected)
    run, init = tmp_path / "run", weights_of()
    train(distilled, store, run, Budget(steps=1), init=init, teachers=[folder])
    with pytest.raises(UsageError, match="other teachers"):
        train(distilled, store, run, Budget(steps=2), init=init, teachers=[init], resume=True)


def test_divergence_is_that_of_kullback_and_leibler():
    generator = np.random.default_rng(0)
    teacher, student = generator.normal(size=(2, 3, 313, 4, 4)).astype(np.float32)
    weights = generator.random((3, 4, 4)).astype(np.float32)
    p, q = np.exp(log_softmax(teacher, 1)), np.exp(log_softmax(student, 1))
    expected = (weights * rel_entr(p, q).sum(1)).mean()
    actual = divergence(
        torch.from_numpy(log_softmax(teacher, 1)),
        torch.from_numpy(student),
        torch.from_numpy(weights),
    )
    assert float(actual) == pytest.approx(expected, rel=1e-4)


def test_nothing_is_learned_from_oneself_on_clean_pictures(store, distilled, weights_of):
    clean = replace(distilled, old_photograph_probability=0.0, frame_probability=0.0)
    plain = replace(clean, distillation=0.0)
    alone = TrainingRun(plain, store, ALONE, init=weights_of())
    taught = TrainingRun(clean, store, ALONE, init=weights_of(), teachers=[weights_of()])
    assert float(taught.train_step()) == pytest.approx(float(alone.train_step()), rel=1e-5)


@pytest.mark.parametrize("rebalancing", [False, True])
def test_teachers_see_the_clean_picture_and_do_not_answer_for_frames(
    store, distilled, weights_of, rebalancing
):
    """Where they answer, each cell counts alike, or as in the loss: by its nearest bin."""
    hard = replace(
        distilled,
        old_photograph_probability=1.0,
        frame_probability=1.0,
        distillation_rebalancing=rebalancing,
    )
    run = TrainingRun(hard, store, ALONE, init=weights_of(), teachers=[weights_of(seed=1)])
    batch = run.batches(0)
    assert batch.framed.any()
    with torch.no_grad():
        seen = Teachers.load([weights_of(seed=1)])(batch.clean)
        logits = run.system(batch.lightness)
        plain = TrainingRun(replace(hard, distillation=0.0), store, ALONE, init=weights_of())
        weights = np.where(batch.framed, 0, 1)
        if rebalancing:
            nearest = soft_encoding(batch.lab[:, 1:].permute(0, 2, 3, 1).round().numpy()).bins[
                ..., 0
            ]
            weights = weights * class_rebalancing_weights(store.prior, 0.5)[nearest]
        weights = torch.from_numpy(weights.astype(np.float32))
        expected = plain.network(batch) + 10 * divergence(seen, logits, weights)
    torch.testing.assert_close(run.network(batch), expected)


def test_a_student_comes_nearer_to_its_teacher_which_stays(store, distilled, weights_of):
    teacher = weights_of(seed=1)
    run = TrainingRun(
        replace(distilled, distillation=100.0), store, ALONE, init=weights_of(), teachers=[teacher]
    )
    teachers = run.network.teachers
    before = {name: value.clone() for name, value in teachers.state_dict().items()}
    batch = run.batches(0)
    everywhere = torch.ones(batch.framed.shape)

    def distance():
        with torch.no_grad():
            return float(divergence(teachers(batch.clean), run.system(batch.clean), everywhere))

    first = distance()
    for _ in range(40):
        run.train_step()
    assert distance() < 0.7 * first
    run.network.train()
    assert not any(module.training for module in teachers.modules())
    for name, value in teachers.state_dict().items():
        assert torch.equal(value, before[name])


def test_frozen_batch_norm_keeps_its_statistics(store, distilled, weights_of, tmp_path):
    recipe = replace(distilled, distillation=0.0)
    train(recipe, store, tmp_path / "run", Budget(steps=3), init=weights_of())
    before, after = (
        load_weights(path)[0].state_dict()
        for path in (weights_of(), tmp_path / "run" / "weights.safetensors")
    )
    statistics = [name for name in before if "running" in name]
    assert statistics
    for name in statistics:
        assert torch.equal(before[name], after[name])
    assert not torch.equal(before["head.projection.weight"], after["head.projection.weight"])


@pytest.mark.parametrize("kind", ["weights", "model"])
def test_only_networks_with_a_distribution_over_the_bins_teach(
    store, distilled, weights_of, model_of, kind
):
    teacher = {"weights": weights_of, "model": model_of}[kind]("zhang2016_l2")
    with pytest.raises(UsageError, match="distribution over the bins"):
        TrainingRun(distilled, store, ALONE, teachers=[teacher])


@pytest.mark.parametrize("name", ["lumiere", "elsewhere"])
def test_a_folder_that_cannot_teach_is_refused_at_the_start(
    distilled, weights_of, model_of, tiny_model, tmp_path, monkeypatch, name
):
    """Even one of the name of an installed model."""
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    start = {"init": weights_of(), "output": tmp_path / "run"}
    with pytest.raises(UsageError, match=r"no manifest\.json"):
        check_start(distilled, teachers=[Path(name)], **start)
    direct = model_of("zhang2016_l2")
    with pytest.raises(UsageError, match="distribution over the bins"):
        check_start(distilled, teachers=[direct], **start)
    for folder in (tiny_model, model_of("lumiere")):  # a graph from elsewhere, a narrow network
        with pytest.raises(ModelError, match="does not hold the weights"):
            check_start(distilled, teachers=[folder], **start)
    (direct / "manifest.json").write_text("{}")
    with pytest.raises(ModelError):
        check_start(distilled, teachers=[direct], **start)


def test_teachers_are_given_to_recipes_that_ask_for_them(store, config, distilled, weights_of):
    with pytest.raises(UsageError, match="learns from teachers"):
        TrainingRun(distilled, store, ALONE)
    with pytest.raises(UsageError, match="without teachers"):
        TrainingRun(config, store, ALONE, teachers=[weights_of()])


def test_a_run_goes_on_with_the_same_teachers_only(store, distilled, weights_of, tmp_path):
    folder, start = tmp_path / "run", {"init": weights_of()}
    train(distilled, store, folder, Budget(steps=1), teachers=[weights_of(seed=1)], **start)
    with pytest.raises(UsageError, match="other teachers"):
        train(distilled, store, folder, Budget(steps=2), teachers=[weights_of()], resume=True)
    totals = train(
        distilled, store, folder, Budget(steps=2), teachers=[weights_of(seed=1)], resume=True
    )
    assert totals.steps == 2


@pytest.fixture
def returning(distilled):
    return replace(distilled, initial_share=0.5)


def test_a_run_may_leave_the_mean_with_its_initial_weights(
    store, distilled, returning, weights_of, tmp_path
):
    start = {"init": weights_of(), "teachers": [weights_of(seed=1)]}
    left = {}
    for name, recipe in (("away", distilled), ("returning", returning)):
        train(recipe, store, tmp_path / name, Budget(steps=3), **start)
        left[name] = load_weights(tmp_path / name / "weights.safetensors")[0].state_dict()
    for name, initial in load_weights(weights_of())[0].named_parameters():
        mean = (initial + left["away"][name]) / 2
        # Weights are kept as fp16.
        torch.testing.assert_close(left["returning"][name], mean, rtol=1e-3, atol=1e-4)


def test_a_run_that_returns_goes_on_from_the_same_initial_weights_only(
    store, returning, weights_of, tmp_path
):
    teachers = [weights_of(seed=1)]

    def go(folder, steps, **start):
        train(returning, store, tmp_path / folder, Budget(steps=steps), teachers=teachers, **start)
        return load_weights(tmp_path / folder / "weights.safetensors")[0].state_dict()

    whole = go("whole", 4, init=weights_of())
    go("parts", 2, init=weights_of())
    with pytest.raises(UsageError, match="goes on from weights"):
        go("parts", 4, resume=True)
    with pytest.raises(UsageError, match="from other weights"):
        go("parts", 4, init=weights_of(seed=2), resume=True)
    resumed = go("parts", 4, init=weights_of(), resume=True)
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())


def test_a_checkpoint_that_says_nothing_of_teachers_had_none(store, config, distilled, weights_of):
    state = TrainingRun(config, store, ALONE).state()
    del state["teachers"]
    # Nor of numbers that there have not been yet.
    del state["config"]["num_copies"], state["config"]["initial_share"]
    TrainingRun(config, store, ALONE).restore(state)
    with pytest.raises(UsageError, match="with another recipe"):
        TrainingRun(distilled, store, ALONE, weights_of(), [weights_of()]).restore(state)


def test_a_recipe_that_keeps_statistics_needs_some(store, distilled, weights_of, tmp_path):
    with pytest.raises(UsageError, match="goes on from weights"):
        train(distilled, store, tmp_path / "run", Budget(steps=1), teachers=[weights_of()])


def test_the_command_names_what_is_missing_and_learns_from_what_is_given(
    shards, weights_of, tmp_path, monkeypatch, distilled
):
    monkeypatch.setattr("autochrome.train.recipes.load_recipe", lambda name: distilled)
    weights, teacher = weights_of(), weights_of(seed=1)
    arguments = ["train", "lumiere_distilled", "--steps", "1", "--threads", "1"]
    arguments += [argument for path in shards for argument in ("--data", str(path))]
    arguments += ["--init", str(weights), "-o", str(tmp_path / "run")]
    with monkeypatch.context() as patch:
        # Decoding photographs takes minutes; what is missing is told before.
        patch.setattr("autochrome.data.load_store", lambda *_, **__: pytest.fail("decoded first"))
        refused = CliRunner().invoke(cli, arguments)
    assert refused.exit_code != 0
    assert "--teacher" in str(refused.exception) + refused.output
    done = CliRunner().invoke(cli, [*arguments, "--teacher", str(teacher)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "run" / "weights.safetensors").exists()
