import torch

from autochrome.data import Prefetch


def test_on_a_cpu_each_batch_is_made_when_it_is_asked_for():
    made = []
    prefetch = Prefetch(lambda step: made.append(step) or step, torch.device("cpu"))
    assert [prefetch(step) for step in (3, 4, 9)] == [3, 4, 9]
    assert made == [3, 4, 9]
