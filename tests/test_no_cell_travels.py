"""No cell of a user's table travels: not in an error, a warning, a log, nor in the words of what comes back.

A canary is planted in every cell of a table for every public reader and every estimator, and each error is provoked
(``-k networks`` asks one room). A canary may stand only where a result that came back holds it as a declared label.
"""

import random

import pytest

import readers
from canaries import full, leaks, spoiled, tables_for_options, wrong_things
from ctresearch.core import MissingExtraError
from estimators import EXAMPLES as ESTIMATED
from fitted import ESTIMATORS
from readers import EXAMPLES

MOST = 6  # ways of spoiling that a quick run samples for each estimator
PLAIN = dict(readers.public_readers())


def room_of(kind):
    """Return the room that an estimator is of."""
    return kind.__module__.split(".")[1]


OF_AREAS = {"prevalence.FayHerriot"}
FITTED = {f"{room_of(kind)}.{name}": (kind, ESTIMATED[name]) for name, kind in ESTIMATORS.items()}


def test_every_public_reader_has_an_example():
    assert not set(PLAIN) - set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_example_is_read(name, tmp_path):
    reader = EXAMPLES[name]
    tables = dict(reader.tables)
    if reader.as_file:
        (role, table), path = *tables.items(), tmp_path / "table.csv"
        table.to_csv(path, index=False)
        tables = {role: path}
    try:
        reader.call(**tables)
    except MissingExtraError:
        pytest.skip("an extra is not there")


def fits(name):
    """Yield what is done to the data or an option of an estimator, and the fit to it."""
    kind, example = FITTED[name]
    ways = list(spoiled(example.data)) if hasattr(example.data, "columns") else []
    for word, make in [*ways, *wrong_things()]:
        yield word, lambda make=make: kind(**example.options).fit(make())
    for option in example.options:
        for word, make in tables_for_options():
            yield (
                f"{word} as {option}",
                lambda o=option, make=make: kind(**example.options | {o: make()}).fit(example.data),
            )


def reads(name):
    """Yield what is done to a table of a reader, and the call with it."""
    reader = EXAMPLES[name]
    for role, table in reader.tables.items():
        for word, make in [*spoiled(table), *wrong_things()]:
            yield f"{word} of {role}", lambda role=role, make=make: reader.call(**reader.tables | {role: make()})


def files(name, folder):
    """Yield what is done to the file of a reader, and the call with it."""
    reader = EXAMPLES[name]
    (role, table), path = *reader.tables.items(), folder / "table.csv"
    for word, make in spoiled_files(table):

        def run(make=make):
            path.write_bytes(make())
            return reader.call(**{role: path})

        yield word, run


def spoiled_files(table):
    """Spoil the text of a table in every way; yields what is done and a function that makes the bytes."""
    for word, make in spoiled(table):
        yield word, lambda make=make: make().to_csv(index=False).encode()
    cells = full(table).to_csv(index=False)
    header, _, rows = cells.partition("\n")
    fine = table.to_csv(index=False)
    texts = {
        "no header": rows,
        "a header of another table": f"{header.replace(table.columns[0], 'other')}\n{rows}",
        "a ragged row": f"{cells}{rows.splitlines()[0]},Zorquin Vex,Zorquin Vex\n",
        "a ragged row below right ones": f"{fine}Zorquin Vex,Zorquin Vex{',Zorquin Vex' * table.shape[1]}\n",
        "a short row": f"{fine}Zorquin Vex\n",
        "an open quote": f'{fine}"Zorquin Vex,1\n',
        "semicolons": full(table).to_csv(index=False, sep=";"),
        "tabs": full(table).to_csv(index=False, sep="\t"),
        "names twice": f"{header},{header}\n{rows}",
        "names alike": f"{header},{header.upper()} \n{rows}",
        "row numbers": full(table).to_csv(),
    }
    encoded = {
        "two encodings": cells.replace("Vex", "V\u00e9x").encode() + "Zorquin V\u00e9x".encode("latin-1"),
        "bytes of no encoding": cells.encode() + b"Zorquin \x81\xff\x00Vex\n",
        "utf-16": cells.encode("utf-16"),
        "a zip file": b"PK\x03\x04" + cells.encode(),
    }
    for word, content in ({word: text.encode() for word, text in texts.items()} | encoded).items():
        yield word, lambda content=content: content


def check(ways, *, shows_rows=False):
    """Run each way and collect what travelled; a result of areas shows a row of its data, which is of an area."""
    found = [
        f"{word}: {line}"
        for word, run in ways
        for line in leaks(run, results=not shows_rows and "all numbers" not in word)
    ]
    assert not found, f"{len(found)} leaks\n" + "\n".join(found)


def sampled(ways, name):
    """Take some ways, the same in every run."""
    most = EXAMPLES[name].most if name in EXAMPLES else MOST
    return random.Random(name).sample(ways, min(most, len(ways)))


@pytest.mark.parametrize("name", sorted(FITTED))
def test_fit_keeps_cells(name):
    check(sampled(list(fits(name)), name), shows_rows=name in OF_AREAS)


@pytest.mark.parametrize("name", sorted(n for n, r in EXAMPLES.items() if not r.as_file))
def test_reader_keeps_cells(name):
    check(sampled(list(reads(name)), name))


@pytest.mark.parametrize("name", sorted(n for n, r in EXAMPLES.items() if r.as_file))
def test_file_keeps_cells(name, tmp_path):
    check(sampled(list(files(name, tmp_path)), name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FITTED))
def test_fit_keeps_cells_in_every_way(name):
    check(fits(name), shows_rows=name in OF_AREAS)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(n for n, r in EXAMPLES.items() if not r.as_file))
def test_reader_keeps_cells_in_every_way(name):
    check(reads(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(n for n, r in EXAMPLES.items() if r.as_file))
def test_file_keeps_cells_in_every_way(name, tmp_path):
    check(files(name, tmp_path))
