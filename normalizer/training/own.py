"""Fit to a user's own gazetteer, and keep the fit beside it.

What a gazetteer holds decides how much an agreement of names says: ten thousand villages have more namesakes than a
hundred ministers. `calibrate` keeps the weights and trees that are shipped and learns anew what their odds are worth
here; `train` learns everything anew. Both draw their questions from the gazetteer's own names.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress, silent
from normalizer.matching.model import CARD, MODEL, Model
from normalizer.pipeline import OWN_MODEL
from normalizer.terms import InvalidInput
from normalizer.training import calibrate as calibration
from normalizer.training.boosting import library
from normalizer.training.fit import Fit, Source, draw
from normalizer.training.fit import train as fit
from normalizer.training.lists import CALIBRATED, LEARNED, gather
from normalizer.training.queries import TrainingQuery, strangers

_STRANGERS = 0.3
"""Questions for strangers that are near, beside each drawn from the names."""
_SEED = 2024
LEAST = 600
"""Questions that a fit needs; a gazetteer of some hundred entities with two names each gives as many."""


def calibrate(gazetteer: Gazetteer, size: int, progress: Progress = silent) -> Fit:
    """Return the shipped model with calibration and thresholds of its own for a gazetteer.

    Some questions ask for strangers near to what is there, as a list for screening is asked. The fewer questions there
    are, the more the calibration leans on the shipped one. Five sixths of them are calibrated with, one sixth is tested
    on. Raises InvalidInput when too few can be drawn.
    """
    model = Model.load()
    questions = _questions(gazetteer, size)
    questions += strangers(gazetteer.entities(), round(_STRANGERS * len(questions)), _SEED, _general(gazetteer))
    random.Random(_SEED).shuffle(questions)
    lists = gather(gazetteer, questions, model, frozenset(), progress)
    lists = replace(lists, fold=np.where(lists.fold == LEARNED, CALIBRATED, lists.fold))
    content = json.loads((MODEL / CARD).read_text("utf-8"))
    table = calibration.leaning(calibration.calibrate(lists, model), content["calibration"], lists)
    content["calibration"] = table
    del content["card"]
    return Fit(content, model.first, model.others, calibration.figures(lists, model, table))


def _general(gazetteer: Gazetteer) -> Callable[[str], bool]:
    """Return what tells the words that names of many have: place-type words, legal forms, titles."""
    rules, clean = gazetteer.keymaker.rules, gazetteer.keymaker.cleaner.clean
    known = rules.place_types.keys() | rules.legal_forms | rules.titles.keys()
    return lambda word: clean(word) in known


def train(gazetteer: Gazetteer, size: int, progress: Progress = silent) -> Fit:
    """Return a model learned from a gazetteer alone. Raises InvalidInput like `calibrate`, and ImportError."""
    library()
    _questions(gazetteer, size)
    return fit([Source(gazetteer, size)], frozenset(), progress=progress)


def keep(gazetteer: Gazetteer, found: Fit, command: str) -> None:
    """Write a fit beside its gazetteer: from now on it is the model that answers there."""
    card = {"fitted by": command, "data": "names of this gazetteer", "revision": gazetteer.revision}
    found.write(gazetteer.directory / OWN_MODEL, card)


def forget(gazetteer: Gazetteer) -> bool:
    """Go back to the model that is shipped; return whether there was another one."""
    folder = gazetteer.directory / OWN_MODEL
    there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def _questions(gazetteer: Gazetteer, size: int) -> list[TrainingQuery]:
    questions = draw(Source(gazetteer, size), frozenset())
    if len(questions) < LEAST:
        raise InvalidInput(
            "size", f"gives {len(questions)} questions, and a fit needs {LEAST}: this gazetteer has too few entities "
            "with more than one name, or --size is too small. The model that is shipped goes on answering",
        )  # fmt: skip
    return questions
