"""Make the ties and actors of this study again: a group of 120 with a core and cells that stand out."""

from pathlib import Path

from ctresearch.data.synthetic import criminal_network

SEED = 20252
TIES = {"same_stage": 1.9, "same_community": 2.5, "both_core": 4.0, "one_coordinates": 0.7}
HERE = Path(__file__).parent


def main() -> None:
    """Draw the group and write both files."""
    made = criminal_network(120, communities=3, core=10, mean_degree=8, ties=TIES, seed=SEED)
    truth = ", ".join(f"{name} {value:g}" for name, value in TIES.items())
    for name, frame in {"ties": made.frame, "actors": made.tables["actors"]}.items():
        text = f"# python studies/synthetic-network/make_data.py, seed {SEED}\n"
        text += "# Invented: no line is about a person, and no number says how trafficking is.\n"
        text += f"# truth: log-odds of a tie: {truth}\n"
        path = HERE / f"{name}.csv"
        path.write_text(text + frame.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
