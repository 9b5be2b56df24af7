"""Make the invented data of this study; the same bytes come out each time.

Run ``python studies/synthetic-interviews/make_data.py``.
"""

from pathlib import Path

from ctresearch.data.synthetic import interview_corpus

HERE = Path(__file__).parent
CALL = "ctresearch.data.synthetic.interview_corpus(30, seed=20_250_121)"


def main() -> None:
    """Draw the corpus and write its tables."""
    made = interview_corpus(30, seed=20_250_121)
    interviews = made.frame.assign(length=made.frame["text"].str.len(), held=range(1, len(made.frame) + 1))
    tables = {"interviews": interviews.drop(columns="text"), "segments": made.tables["segments"]}
    for name, frame in tables.items():
        text = f"# {CALL}, by python studies/synthetic-interviews/make_data.py\n"
        text += "# Invented: no line is about a person, and no number says how trafficking is.\n"
        path = HERE / f"{name}.csv"
        path.write_text(text + frame.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
