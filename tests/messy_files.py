"""Files as people send them, each with what it holds in truth: invented people, lists of invented names.

Every file is written by a function here and comes to one of two ends: the counted patterns it holds in truth (after the
answers that its plan asks for), or one sentence that names the place and the cure. ``FILES`` is the table of them.
"""

import datetime
from dataclasses import dataclass, field

import numpy as np
import openpyxl
import pandas as pd

LISTS = ("Police", "ONG", "Santé", "Inspection")
RUSSIAN = ("полиция", "НПО", "больница", "приют")


@dataclass(frozen=True)
class Messy:
    """A file: what is wrong with it, who writes it, and how it must end."""

    name: str
    what: str
    write: object
    lists: tuple = LISTS
    answers: dict = field(default_factory=dict)  # what somebody says when the plan asks
    asked: str = ""  # a word of the question that must be asked first
    refused: str = ""  # words of the sentence that ends it
    counts: dict = field(default_factory=dict)  # patterns, where they are others than those of people()
    n: int = 769


def people(n=769, lists=4, seed=11):
    """Draw who is on which list; each is on one at least. Shape (n, lists)."""
    rng = np.random.default_rng(seed)
    marks = rng.random((n, lists)) < [0.5, 0.35, 0.2, 0.12][:lists]
    nowhere = ~marks.any(axis=1)
    marks[nowhere, rng.integers(0, lists, nowhere.sum())] = True
    return marks


def patterns(marks):
    """Count the patterns of people: pattern to people."""
    found, counts = np.unique(marks.astype(int), axis=0, return_counts=True)
    return {tuple(map(int, row)): int(n) for row, n in zip(found, counts, strict=True)}


def by_source(marks, names=LISTS, ids=None):
    """List each person and source, in an order that is no order."""
    ids = ids or [f"P{i + 1:04d}" for i in range(len(marks))]
    rows = [(ids[i], names[j]) for i, j in zip(*np.nonzero(marks), strict=True)]
    return [rows[k] for k in np.random.default_rng(5).permutation(len(rows))]


def by_person(marks, yes="oui", no="non"):
    """List each person with yes or no for each list."""
    return [(f"P{i + 1:04d}", *(yes if m else no for m in row)) for i, row in enumerate(marks)]


def text(path, rows, sep=",", encoding="utf-8", newline="\n"):
    """Write rows of cells as text."""

    def cell(value):
        value = str(value)
        return '"' + value.replace('"', '""') + '"' if any(c in value for c in (sep, "\n", '"')) else value

    path.write_bytes(newline.join(sep.join(map(cell, row)) for row in rows).encode(encoding) + newline.encode(encoding))


def workbook(path, **sheets):
    """Write a workbook of sheets of rows; returns it open to be changed."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return book


def arabic(number):
    """Write a number in Arabic-Indic digits."""
    return "".join(chr(0x0660 + int(c)) for c in str(number))


# ----------------------------------------------------------------------------------------------------------- the files


def french_by_source(path):
    rows = by_source(people())
    rows = [*rows, *rows[:25]]  # repeated reports
    rows = [(f" {who}", f"{where} ") if k % 7 == 0 else (who, where) for k, (who, where) in enumerate(rows)]
    text(path, [("N° dossier", "Signalé par"), *rows[:300], ("", ""), ("", ""), *rows[300:]], ";", "cp1252", "\r\n")


def two_sheets(path):
    rows = by_source(people())
    workbook(
        path, Légende=[("Ce fichier vient du ministère",), ("Lire la note",)], Données=[("dossier", "organisme"), *rows]
    )


def two_tables(path):
    rows = by_source(people())
    workbook(path, Janvier=[("dossier", "organisme"), *rows[:400]], Février=[("dossier", "organisme"), *rows[400:]])


def arabic_digits(path):
    marks = people()
    rows = by_source(marks, ("الشرطة", "منظمة", "مستشفى", "ملجأ"), [arabic(i + 1) for i in range(len(marks))])
    rows = [(who if k % 3 else str(int(who)), where) for k, (who, where) in enumerate(rows)]  # both kinds of digits
    text(path, [("رقم الشخص", "المصدر"), *rows], ",", "utf-8-sig")


def arabic_code_page(path):
    marks = people()
    text(
        path,
        [
            ("رقم الشخص", "الشرطة", "منظمة", "مستشفى", "وزارة"),
            *[(i + 1, *("نعم" if m else "لا" for m in row)) for i, row in enumerate(marks)],
        ],
        ";",
        "cp1256",
    )


def excel_dates(path):
    start = datetime.date(2021, 1, 1)
    rows = [(who, where, start + datetime.timedelta(days=k)) for k, (who, where) in enumerate(by_source(people()))]
    workbook(path, Feuil1=[("identifiant", "organisme", "date"), *rows])


def merged_header(path):
    book = workbook(
        path,
        Feuil1=[("Cas 2021",), ("Dossier", "Signalé par", None, None, None), (None, *LISTS), *by_person(people())],
    )
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:E2")
    book.save(path)


def small_counts(path):
    rows = [(*pattern, n if n >= 5 else "<5") for pattern, n in patterns(people()).items()]
    text(path, [(*LISTS, "effectif"), *rows])


def utf16(path):
    text(path, [("id", *LISTS), *by_person(people(), "Oui", "Non")], "\t", "utf-16")


def decimal_comma(path):
    ages = np.random.default_rng(2).integers(120, 600, 769) / 10
    rows = [(*row, str(age).replace(".", ",")) for row, age in zip(by_person(people()), ages, strict=True)]
    text(path, [("id", *LISTS, "âge"), *rows], ";", "latin-1")


def tabs(path):
    text(path, [("case id", *LISTS), *by_person(people(), "x", "")], "\t")


def title_above(path):
    rows = by_person(people(), "SÍ", "NO")
    text(
        path,
        [("Víctimas identificadas, 2021", "", "", "", ""), ("", "", "", "", ""), ("expediente", *LISTS), *rows],
        ";",
    )


def totals_row(path):
    marks = people()
    rows = [(*pattern, n) for pattern, n in patterns(marks).items()]
    text(path, [(*LISTS, "nombre"), *rows, ("Total", "", "", "", len(marks))], ";", "cp1252")


def wrong_total(path):
    rows = [(*pattern, n) for pattern, n in patterns(people()).items()]
    text(path, [(*LISTS, "nombre"), *rows, ("Total", "", "", "", 770)], ";")


def quoted_newlines(path):
    rows = [(*row, "vu deux fois,\nà vérifier" if k % 50 == 0 else "") for k, row in enumerate(by_person(people()))]
    text(path, [("id", *LISTS, "remarques"), *rows])


def near_names(path):
    rows = by_source(people(), ("Police", "Caritas", "Hôpital central", "Inspection"))
    wrong = {"Police": "police ", "Caritas": "Carritas", "Hôpital central": "Hopital Central"}
    rows = [(who, wrong.get(where, where) if k % 40 == 0 else where) for k, (who, where) in enumerate(rows)]
    text(path, [("personne", "organisme"), *rows])


def empty_column(path):
    rows = [(*row[:3], "", *row[3:], "") for row in by_person(people(), "yes ", " no")]
    text(path, [("id", *LISTS[:2], "", *LISTS[2:], "note"), *rows])


def one_and_two(path):
    text(path, [("id", *LISTS), *by_person(people(), 1, 2)])


def gaps(path):
    rows = by_person(people(), "oui", "non")
    rows = [tuple("" if cell == "non" and k % 90 == 0 else cell for cell in row) for k, row in enumerate(rows)]
    text(path, [("id", *LISTS), *rows])


def stray_word(path):
    rows = by_person(people())
    rows[11] = (*rows[11][:2], "à voir", *rows[11][3:])
    text(path, [("id", *LISTS), *rows])


def repeated_people(path):
    rows = by_person(people(), "да", "нет")
    text(path, [("код", *RUSSIAN), *rows, *rows[:12]], ";", "cp1251")


def swapped_blank(path):
    rows = by_source(people())
    rows[30] = (rows[30][0], "")
    text(path, [("id", "source"), *rows])


FILES = [
    Messy("769-personnes.csv", "769 people by source in French: cp1252, semicolons, duplicates, blank lines, blanks around", french_by_source),
    Messy("deux-feuilles.xlsx", "a sheet of prose before the sheet that holds the table", two_sheets),
    Messy("deux-tables.xlsx", "two sheets that both hold a table", two_tables, refused="2 sheets that hold a table ('Janvier', 'Février'): name one with --sheet"),
    Messy("أرقام.csv", "identifiers in Arabic-Indic and in Latin digits, byte-order mark", arabic_digits, ("الشرطة", "منظمة", "مستشفى", "ملجأ")),
    Messy("نعم.csv", "yes and no in Arabic, in the code page 1256, semicolons", arabic_code_page, ("الشرطة", "منظمة", "مستشفى", "وزارة")),
    Messy("dates.xlsx", "dates of Excel beside people by source", excel_dates),
    Messy("fusion.xlsx", "a title, and a header of two rows with merged cells", merged_header),
    Messy("petits.csv", "counted patterns, those below five as <5", small_counts, counts="ranges"),
    Messy("utf16.csv", "UTF-16 with a byte-order mark, tabs", utf16),
    Messy("virgule.csv", "semicolons, decimal commas, latin-1", decimal_comma),
    Messy("tab.txt", "tabs; a cross where somebody is on a list, and nothing elsewhere", tabs),
    Messy("titulo.csv", "a title and a blank line above the header; yes and no in Spanish capitals", title_above),
    Messy("total.csv", "counted patterns with a row of totals below", totals_row),
    Messy("faux-total.csv", "a row of totals that is not what the counts add up to", wrong_total, refused="reads as a total and is not what the counts add up to"),
    Messy("guillemets.csv", "remarks with commas and line breaks inside quotes", quoted_newlines),
    Messy("proches.csv", "names of lists that differ in case, accents or a letter", near_names, ("Police", "Caritas", "Hôpital central", "Inspection"), {"rules": {"names": "merge"}}, "may be one"),
    Messy("vide.csv", "a column without name and content, an empty column of notes, blanks around yes and no", empty_column),
    Messy("codes.csv", "1 for yes and 2 for no", one_and_two, answers={"yes": ("1",), "no": ("2",)}, asked="hold 1 and 2 alone"),
    Messy("trous.csv", "yes, no and blanks", gaps, answers={"rules": {"blank": "no"}}, asked="must be stated"),
    Messy("mot.csv", "a cell that is neither yes nor no", stray_word, refused="'ONG': 1 of 769 cells (line 13) is neither yes nor no"),
    Messy("повтор.csv", "Russian in cp1251; people who stand in two rows alike", repeated_people, RUSSIAN, answers={"rules": {"duplicates": "once"}}, asked="--duplicates once"),
    Messy("manque.csv", "a row that does not say on which list", swapped_blank, refused="'source': 1 of"),
]  # fmt: skip


def truth(case):
    """Return the patterns that a file holds in truth, in the order of its lists."""
    return patterns(people(case.n, len(case.lists)))


def read_back(frame, lists):
    """Return the patterns of a table that was read, in the order of the lists."""
    return {tuple(int(row[name]) for name in lists): row["count"] for row in frame.to_dict("records")}


def as_frame(rows, columns):
    """Make a table of text."""
    return pd.DataFrame(rows, columns=columns, dtype="str")
