"""Small numbers told in words, in six languages, words of persons in files, and sections that are only numbered."""

import pytest

from ctresearch.privacy import Output, release

TOLD = [
    "Exactly one girl was among the victims.",
    "One girl, from the island, was among them.",
    "Two of the boys were deaf.",
    "All 52 residents but three accepted.",
    "All 52 women bar three accepted.",
    "All the women except two accepted.",
    "49 out of 52 women accepted.",
    "Half of the six boys tested positive.",
    "Two-thirds of the six boys tested positive.",
    "Of those asked, 3/43 were minors.",
    "7% of 43 were minors.",
    "Seven per cent of the 43 people were minors.",
    "Adults forty; minors three.",
    "Minors: III",
    "Deux des quarante victimes étaient mineures.",
    "Seules trois femmes ont porté plainte.",
    "Tres mujeres denunciaron.",
    "Solo una niña fue identificada.",
    "Drei Frauen haben ausgesagt.",
    "Von den 40 Betroffenen waren drei minderjährig.",
    "Três mulheres denunciaram.",
    "Tre donne hanno denunciato.",
    "A Samoan nurse, 34, was found.",
    "## 3 Women were found",
]
HARMLESS = [
    "All lists but two overlap.",
    "All models except three converged.",
    "490 out of 620 women accepted.",
    "Half of the 60 boys tested positive.",
    "70% of 430 were minors.",
    "Two of the lists overlap; three of the models do.",
    "Sur les 600 personnes, 412 étaient des femmes.",
    "Zwei Modelle und drei Listen wurden geschätzt.",
    "Tres modelos y dos listas.",
    "## 2 Women\nAll were adults.",
    "### 4 People\nThe lists hold many people.",
    "## 3 Results\nWe fit two models on 600 people; the first has 3 covariates.",
]


def verdicts(text):
    markdown = {"cell_type": "markdown", "source": text, "metadata": {}}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [markdown]}
    outputs = [
        Output("notebook", "notebook", "restricted", content=content),
        Output("file", "file", "restricted", content=text.encode(), counts=[600]),
    ]
    return {release([one])[one.name].verdict for one in outputs}


@pytest.mark.parametrize("text", TOLD)
def test_few_people_are_seen_however_they_are_told(text):
    assert "pass" not in verdicts(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_counts_things_or_many_passes(text):
    assert verdicts(text) == {"pass"}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("“I was the only nurse from Tuzla at the Hotel Astor.”", "review"),
        ("They told us: 'They kept me.' I never saw my papers again after that.", "review"),
        ("I was kept in a flat above the bar and saw nobody.", "review"),
        ('The answer "in debt" counts as a type I error would; we asked 600 people about "debt or threats".', "pass"),
    ],
)
def test_words_of_persons_in_files_are_judged_whatever_counts_say(text, verdict):
    one = Output("quote", "file", "restricted", content=text.encode(), counts=[600])
    assert release([one])["quote"].verdict == verdict
