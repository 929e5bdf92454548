import pytest

from autochrome.errors import UsageError
from autochrome.nn import SYSTEMS
from autochrome.train.config import Budget
from autochrome.train.recipes import RECIPES, load_recipe


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_name_themselves_and_a_known_system(name):
    config = load_recipe(name)
    assert config.recipe == name
    assert config.system in SYSTEMS
    assert config.crop_side % 16 == 0


def test_unknown_recipe_names_the_known_ones():
    with pytest.raises(UsageError, match="lumiere"):
        load_recipe("zhang")


def test_budget_is_whichever_ends_first():
    budget = Budget(steps=100, minutes=10)
    assert budget.used(50, 1) == 0.5
    assert budget.used(10, 9) == 0.9


def test_decay_falls_linearly_to_zero_at_the_end():
    budget = Budget(steps=100, decay=0.25)
    factors = [budget.learning_rate_factor(used) for used in (0, 0.75, 0.875, 1, 1.1)]
    assert factors == [1, 1, 0.5, 0, 0]
    assert Budget(steps=100).learning_rate_factor(0.999) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"steps": 0},
        {"steps": 5, "decay": 1.5},
        {"steps": 5, "decay": float("nan")},
        {"minutes": 0.0},
        {"minutes": float("nan")},
        {"steps": 5, "minutes": float("inf")},
    ],
)
def test_bad_budget_is_refused(arguments):
    with pytest.raises(UsageError, match=f"{next(reversed(arguments), 'needs')}.*"):
        Budget(**arguments)
