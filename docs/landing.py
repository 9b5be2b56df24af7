"""Draw the picture of the first page: who is on a list, and who is on none."""


def draw():
    """Draw one square for a hundred people, filled for those on a list, with the limits in words."""
    from ctresearch.core import plot
    from ctresearch.prevalence import CaptureHistories, LogLinear

    histories = CaptureHistories.from_published("uk-2013")
    row = LogLinear("stepwise", bootstrap=200, seed=1).fit(histories).estimates.loc["population"]
    seen, wide = round(histories.n_observed / 100), 20
    middle, high = (round(row[name] / 100) for name in ("estimate", "ci_high"))
    ax = plot.new_axes(7.2, 3.4)
    for start, end, style in (
        (0, seen, {"facecolor": plot.BLUE, "edgecolor": plot.BLUE}),
        (seen, middle, {"facecolor": "#cfe3f1", "edgecolor": plot.BLUE}),
        (middle, high, {"facecolor": "white", "edgecolor": plot.GREY, "linestyle": ":"}),
    ):
        places = range(start, end)
        ax.scatter([i % wide for i in places], [-(i // wide) for i in places], marker="s", s=120, linewidth=1, **style)
    said = ((0, plot.BLUE, f"{histories.n_observed:,} on a list"),
            (1.2, "#2b6d99", f"about {row['estimate']:,.0f} in all"),
            (2.4, "#595959", f"between {row['ci_low']:,.0f} and {row['ci_high']:,.0f},\n95 %, if lists depend on one\nanother as the model says"))  # fmt: skip
    for down, colour, words in said:
        ax.text(wide + 0.3, -down, words, va="center" if down < 2 else "top", color=colour, fontsize=11)
    ax.set(xlim=(-0.8, wide + 10), ylim=(-(high // wide) - 0.8, 0.9))
    ax.set_title("Potential victims of modern slavery, United Kingdom, 2013: a square is 100 people")
    ax.axis("off")
    return ax
