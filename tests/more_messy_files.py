"""Twenty more files, written after the code that reads them stood: how many were right at first is in ``docs``."""

import datetime

import openpyxl
import pandas as pd

from messy_files import LISTS, Messy, as_frame, by_person, by_source, patterns, people, text, workbook

CHINESE = ("警察", "医院", "庇护所", "法院")
VIETNAMESE = ("Công an", "Bệnh viện", "Tòa án", "Cảnh sát")


def chinese(path):
    text(path, [("编号", *CHINESE), *by_person(people(), "是", "否")], ",", "gb18030")


def vietnamese(path):
    text(path, [("Mã số", *VIETNAMESE), *by_person(people(), "Có", "Không")], ";", "utf-8")


def romanian(path):
    text(path, [("Dosar", "Poliţia", "Spital", "Parchet", "ONG"), *by_person(people(), "Da", "Nu")], "\t", "cp1250")


def portuguese_letters(path):
    text(path, [("processo", "Polícia", "ONG", "Saúde", "Igreja"), *by_person(people(), "S", "N")], ";", "utf-8-sig")


def bars(path):
    text(path, [("id", *LISTS), *by_person(people(), "TRUE", "FALSE")], "|")


def booleans(path):
    rows = [(f"P{i + 1:04d}", *map(bool, row)) for i, row in enumerate(people())]
    workbook(path, Sheet1=[("id", *LISTS), *rows])


def parquet(path):
    rows = [(f"P{i + 1:04d}", *map(bool, row)) for i, row in enumerate(people())]
    pd.DataFrame(rows, columns=["id", *LISTS]).to_parquet(path)


def stata(path):
    names = ["police", "ngo", "health", "court"]
    table = pd.DataFrame(people().astype(int) * -1 + 2, columns=names)
    for name in names:
        table[name] = pd.Categorical.from_codes(table[name] - 1, ["Yes", "No"])
    table.insert(0, "id", range(1, 770))
    table.to_stata(path, write_index=False)


def spss(path):
    import pyreadstat

    names = ["police", "ngo", "health", "court"]
    table = pd.DataFrame(2 - people().astype(int), columns=names)
    pyreadstat.write_sav(table, str(path), variable_value_labels={name: {1: "Oui", 2: "Non"} for name in names})


def minor_is_no_list(path):
    rows = [(*row, "oui" if i % 3 else "non") for i, row in enumerate(by_person(people()))]
    text(path, [("dossier", *LISTS, "mineur"), *rows])


def two_months(path):
    rows = by_source(people())
    text(path, [("id", "source"), *rows[:500], ("id", "source"), *rows[500:]])


def footnote(path):
    rows = by_source(people())
    text(path, [("id", "source"), *rows, ("Source: Ministère de l'Intérieur", "")])


def several_in_a_cell(path):
    marks = people()
    rows = [
        (f"P{i + 1:04d}", "; ".join(n for n, m in zip(LISTS, row, strict=True) if m)) for i, row in enumerate(marks)
    ]
    text(path, [("personne", "organisme"), *rows])


def spaced_thousands(path):
    rows = [(*pattern, f"{n * 100:,}".replace(",", "\u202f")) for pattern, n in patterns(people()).items()]
    text(path, [(*LISTS, "Nombre de personnes"), *rows], ";", "utf-8")


def pointed_thousands(path):
    rows = [(*pattern, f"{n * 100:,}".replace(",", ".")) for pattern, n in patterns(people()).items()]
    text(path, [(*LISTS, "cantidad"), *rows], "\t")


def no_header(path):
    text(path, by_person(people()))


def merged_people(path):
    marks = people()
    book = openpyxl.Workbook()
    book.active.append(("personne", "organisme"))
    for i, row in enumerate(marks):
        on = [name for name, m in zip(LISTS, row, strict=True) if m]
        for k, name in enumerate(on):
            book.active.append((f"P{i + 1:04d}" if not k else None, name))
    book.save(path)


def contacts(path):
    marks = people()
    rows = [(f"P{i + 1:04d}", *(int(m) * (1 + (i + j) % 3) for j, m in enumerate(row))) for i, row in enumerate(marks)]
    text(path, [("id", *LISTS), *rows])


def ragged(path):
    rows = by_person(people())
    rows[40] = (*rows[40], "en trop")
    text(path, [("id", *LISTS), *rows])


def bare_return(path):
    text(
        path,
        [("id", "liste", "date"), *[(a, b, datetime.date(2020, 1, 1)) for a, b in by_source(people())]],
        ",",
        "utf-8",
        "\r",
    )


def pairs_alike(path):
    rows = by_person(people(), "oui", "non")
    text(path, [("id", "Police", "police ", "ONG", "Santé"), *rows])


def row_numbers(path):
    rows = [(i + 1, *row) for i, row in enumerate(by_person(people(), "نعم", "لا"))]
    text(path, [("", "رقم الملف", "الشرطة", "منظمة", "مستشفى", "وزارة"), *rows], "\t", "utf-16-le")


MORE = [
    Messy("zh.csv", "Chinese in gb18030", chinese, CHINESE),
    Messy("vi.csv", "Vietnamese, semicolons", vietnamese, VIETNAMESE),
    Messy("ro.txt", "Romanian in cp1250, tabs", romanian, ("Poliţia", "Spital", "Parchet", "ONG")),
    Messy("pt.csv", "S and N for sim and não", portuguese_letters, ("Polícia", "ONG", "Saúde", "Igreja")),
    Messy("bars.txt", "bars between the fields, TRUE and FALSE", bars),
    Messy("bool.xlsx", "truth values of Excel", booleans),
    Messy("bool.parquet", "truth values of Parquet", parquet),
    Messy("labels.dta", "Stata with labels yes and no", stata, ("police", "ngo", "health", "court")),
    Messy("labels.sav", "SPSS with 1 oui and 2 non", spss, ("police", "ngo", "health", "court")),
    Messy("mineur.csv", "a column of yes and no that is no list", minor_is_no_list),
    Messy("deux-mois.csv", "the header once more in the middle", two_months),
    Messy("pied.csv", "a footnote below", footnote, refused="'source': 1 of"),
    Messy("cellule.csv", "several lists in one cell", several_in_a_cell, refused="several names of lists in one cell"),
    Messy("milliers.csv", "narrow blanks between thousands", spaced_thousands, counts=100),
    Messy("miles.txt", "1.200 in a file with tabs", pointed_thousands, answers={"rules": {"decimal": ","}}, asked="thousands or decimals", counts=100),
    Messy("sans.csv", "no header", no_header, refused="has no row of names"),
    Messy("cellules-fusionnées.xlsx", "people in merged cells", merged_people, refused="'personne': "),
    Messy("contacts.csv", "how often somebody was seen, and not whether", contacts, answers={"yes": ("1", "2", "3"), "no": ("0",)}, asked="how often somebody was seen"),
    Messy("large.csv", "a row with a cell too many", ragged, refused="line 42"),
    Messy("mac.csv", "lines that end in a bare carriage return", bare_return),
    Messy("paires.csv", "two columns of one list", pairs_alike, ("Police", "ONG", "Santé"), answers={"rules": {"names": "merge"}}, asked="may be one", counts="joined"),
    Messy("rtl.txt", "Arabic in UTF-16 without a mark, a column of row numbers without a name", row_numbers, ("الشرطة", "منظمة", "مستشفى", "وزارة")),
]  # fmt: skip
__all__ = ["MORE", "as_frame"]
