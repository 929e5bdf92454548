"""Labels as others write them: numbers of classes, with one that is 0."""

import numpy as np
import pyarrow
from pyarrow import parquet

from autochrome.data import load_store
from autochrome.shards import encode_webp
from autochrome.studies.labelled import LabelledPhotographs


def test_numbers_of_classes_are_labels_wherever_they_are_read(tmp_path):
    images = [
        encode_webp(np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8), 101)
        for seed in range(4)
    ]
    columns = {"key": list("abcd"), "label": [0, 1, None, 0], "image": images}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    labelled = LabelledPhotographs([tmp_path])
    assert labelled.classes == ("0", "1")
    assert labelled.labels().tolist() == [0, 1, 0]
    store = load_store([tmp_path])
    assert store.classes == labelled.classes
    assert store.labels.tolist() == [0, 1, -1, 0]
    same = LabelledPhotographs([tmp_path], classes=store.classes)
    assert same.labels().tolist() == [0, 1, 0]
