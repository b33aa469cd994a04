"""The evidence: every part of a candidate's score, by name, with what it measures and how it is said to people.

The order of `EVIDENCE` is the order of the columns that the kernel fills and of the weights in the model file.
Values are in [0, 1] unless the row says otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

from normalizer.text.keys import Step


class Measure(NamedTuple):
    """One column of evidence."""

    name: str
    meaning: str
    """What the value says, for people; `{}` is the value."""

    def said(self, value: float) -> str:
        """Return what a value says."""
        return self.meaning.format(value) if "{" in self.meaning else self.meaning


EVIDENCE: tuple[Measure, ...] = (
    Measure("equal_key", "same spelling once romanized and folded"),
    Measure("overlap", "they share {:.0%} of their letter triples"),
    Measure("equal_skeleton", "same outline of consonants"),
    Measure("loss", "what the channel loses against a literal rendering, in tens of nats: {:.2f}"),
    Measure("loss_per_letter", "what the channel loses for each letter, in nats: {:.2f}"),
    Measure("equal_form", "exactly this form is a known name"),
    Measure("preferred", "its preferred name matches"),
    Measure("same_script", "name and mention are in one script"),
    Measure("both_marked", "both have a place-type word, for the same levels"),
    Measure("level_agrees", "the place-type word fits its kind"),
    Measure("level_contradicts", "the place-type word says another level"),
    Measure("settlement_contradicts", "a settlement, but the place-type word says otherwise"),
    Measure("feature_contradicts", "the place-type word says a river, a plant or the like, which this is not"),
    Measure("unmarked_region", "a region, but no word in the mention says so"),
    Measure("unmarked_namesake", "named like a main town in it, and no word in the mention asks for a region"),
    Measure("country", "a country of exactly this name"),
    Measure("country_agrees", "in the country of the hint"),
    Measure("country_contradicts", "in another country than the hint"),
    Measure("parent_agrees", "within the parent of the hint"),
    Measure("parent_contradicts", "outside the parent of the hint"),
    Measure("within", "within what the mention itself names as its container, or what it calls by another name"),
    Measure(
        "outside", "neither within what the mention itself names as its container, nor what it calls by another name"
    ),
    Measure("distance", "near the coordinates of the hint"),
    Measure("population", "its population, or a usual one where the gazetteer tells none"),
    Measure("names", "how many names it is known by"),
    Measure("support", "how many of its names come close"),
    Measure("loss_to_preferred", "what the channel loses against its preferred name, in nats a letter: {:.2f}"),
    Measure("aligned_loss", "word by word, the channel loses {:.2f} nats a letter"),
    Measure("worst_word", "its least alike word loses {:.2f} nats a letter"),
    Measure("missing", "{:.0%} of the mention's letters are in words that the name lacks"),
    Measure("extra", "{:.0%} of the name's letters are in words that the mention lacks"),
    Measure("loss_by_character", "character by character, the channel loses {:.2f} nats a letter"),
    Measure("near_form", "few letters from a form of it in the same script"),
    Measure("known_otherwise", "known in this script, by names that are not like the mention"),
    Measure("renown", "how many names it is known by, beside others of exactly this name"),
    Measure("size", "its population, or how well it is known, beside others of exactly this name"),
    Measure("first_called", "its preferred name, beside others of exactly this name"),
    *(Measure(f"mention_{step.name.lower()}", f"mention read by step {step.name.lower()}") for step in list(Step)[1:]),
    *(Measure(f"name_{step.name.lower()}", f"name read by step {step.name.lower()}") for step in list(Step)[1:]),
)

(
    EQUAL_KEY, OVERLAP, EQUAL_SKELETON, LOSS, LOSS_PER_LETTER, EQUAL_FORM, PREFERRED, SAME_SCRIPT, BOTH_MARKED,
    LEVEL_AGREES, LEVEL_CONTRADICTS, SETTLEMENT_CONTRADICTS, FEATURE_CONTRADICTS, UNMARKED_REGION,
    UNMARKED_NAMESAKE, COUNTRY, COUNTRY_AGREES, COUNTRY_CONTRADICTS, PARENT_AGREES, PARENT_CONTRADICTS, WITHIN,
    OUTSIDE, DISTANCE, POPULATION, NAMES, SUPPORT, LOSS_TO_PREFERRED, ALIGNED_LOSS, WORST_WORD, MISSING, EXTRA,
    LOSS_BY_CHARACTER, NEAR_FORM, KNOWN_OTHERWISE, RENOWN, SIZE, FIRST_CALLED,
) = range(37)  # fmt: skip
CLOSE_LOSS = 0.3
"""Nats for each letter that a name may lose and still come close: count as support, or as a rival."""
OF_NAME = EQUAL_FORM
"""Columns before this one depend on the spelling of a key alone; those from here on, on the name and its entity."""
MENTION_STEP = FIRST_CALLED
"""Add a step (1 or more) for the column of the mention's reading."""
NAME_STEP = MENTION_STEP + len(Step) - 1
"""Add a step (1 or more) for the column of the name's reading."""
WIDTH = len(EVIDENCE)
