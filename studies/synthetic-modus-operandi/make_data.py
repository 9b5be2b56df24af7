"""Make the invented events and cases of this study: three planted scripts, two planted kinds of means, who stood behind.

Run ``python studies/synthetic-modus-operandi/make_data.py``; the same bytes come out each time.
"""

from pathlib import Path

import numpy as np
import pandas as pd

CASES, SEED, LOST, UNSAID = 240, 20_253, 0.08, 0.12
SCRIPTS = (
    ("recruit", "document", "transport", "receive", "exploit", "collect"),
    ("befriend", "isolate", "exploit", "collect"),
    ("recruit", "exploit", "resell"),
)
SHARES = (0.5, 0.3, 0.2)
MEANS = ("debt", "deception", "force", "threats", "documents_taken")
CHANCES = np.array([[0.8, 0.7, 0.1, 0.2, 0.7], [0.1, 0.6, 0.7, 0.8, 0.2]])
HERE = Path(__file__).parent


def main() -> None:
    """Draw the cases and write both files."""
    rng = np.random.default_rng(SEED)
    script = rng.choice(3, CASES, p=SHARES)
    kind = (rng.random(CASES) < np.array([0.2, 0.8, 0.5])[script]).astype(int)
    steps = [[s for s in SCRIPTS[k] if rng.random() >= LOST] or [SCRIPTS[k][0]] for k in script]
    events = pd.DataFrame(
        [(case + 1, place + 1, step) for case, one in enumerate(steps) for place, step in enumerate(one)],
        columns=["case", "order", "act"],
    )
    used = (rng.random((CASES, len(MEANS))) < CHANCES[kind]).astype(int)
    cases = pd.DataFrame(used, columns=[f"means_{name}" for name in MEANS])
    cases.insert(0, "case", np.arange(1, CASES + 1))
    cases["act_recruitment"] = [int("recruit" in one or "befriend" in one) for one in steps]
    cases["act_transport"] = [int("transport" in one) for one in steps]
    sexual = rng.random(CASES) < np.where(kind == 1, 0.7, 0.3)
    cases["purpose_sexual"], cases["purpose_labour"] = sexual.astype(int), 1 - sexual.astype(int)
    cases["child"] = (rng.random(CASES) < 0.15).astype(int)
    cases = cases.join(_organisation(rng, kind))
    for name, frame in {"events": events, "cases": cases}.items():
        text = f"# python studies/synthetic-modus-operandi/make_data.py, seed {SEED}\n"
        text += "# Invented: no line is about a person, and no number says how trafficking is.\n"
        path = HERE / f"{name}.csv"
        path.write_text(text + frame.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")


def _organisation(rng: np.random.Generator, kind: np.ndarray) -> pd.DataFrame:
    """Draw who stands behind a case and who recruited; some files do not say."""
    number = rng.choice([1, 2, 3, 4, 6], CASES, p=[0.3, 0.2, 0.2, 0.2, 0.1])
    repeated, territory = (rng.random(CASES) < chance for chance in (0.6, 0.15))
    who = rng.choice(4, CASES, p=[0.2, 0.25, 0.25, 0.3])
    who[kind == 1] = np.where(rng.random((kind == 1).sum()) < 0.4, 1, who[kind == 1])
    frame = pd.DataFrame({"traffickers": number, "repeated": repeated.astype(int), "territory": territory.astype(int)})
    for place, name in enumerate(("kin", "partner", "friend", "stranger")):
        frame[f"recruiter_{name}"] = (who == place).astype(int)
    silent = rng.random((CASES, 2)) < UNSAID
    frame = frame.astype("Int64")
    frame.loc[silent[:, 0], ["repeated", "territory"]] = pd.NA
    frame.loc[silent[:, 1], [name for name in frame if name.startswith("recruiter")]] = pd.NA
    return frame


if __name__ == "__main__":
    main()
