"""A table of flows: from where to where, when, who, and how many people, as far as a source says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, one_of, whole_number
from ctresearch.privacy.reading.grid import is_total
from ctresearch.routes.counts.reported import as_number, read_counts
from ctresearch.routes.flows.glotip_flows import glotip_flows
from ctresearch.routes.flows.places import (
    BETWEEN_STOPS,
    ROLES,
    joined_code,
    read_joined,
    read_places,
    region_of,
    split_years,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.data import Loaded
    from ctresearch.routes.flows.places import Role

WHO = ("reporter", "form", "sex", "age")
_YEARS = (1900, 2100)
_REPEATED = ("refuse", "sum", "widest")


@dataclass(frozen=True, eq=False, repr=False)
class FlowTable:
    """Flows of people between places, one row a published count.

    Each role of a place (citizenship, residence, recruitment, transit, exploitation, detection, the place returned from
    and the place of repatriation) is a column of its own, and none is filled in from another. A flow that begins and
    ends in one country is domestic and counts like any other. A row with the count 0 is a published zero; what has no
    row was not published, which is not the same.

    Make one by :meth:`from_frame`, :meth:`from_records` or :meth:`from_glotip`.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of places, ``year``, ``reporter``, ``form``, ``sex`` and ``age`` as far as they are known, and ``low``
        and ``high``, the least and the greatest that the published count allows.
    scope : Scope
        Whom the rows count.
    checks : tuple of Check
        What was noticed while reading.

    Examples
    --------
    >>> frame = pd.DataFrame({"from": ["NGA", "ITA"], "to": ["ITA", "ITA"], "people": [31, "<5"]})
    >>> flows = FlowTable.from_frame(frame, citizenship="from", detection="to", count="people")
    >>> len(flows), flows.roles, int(flows.domestic("citizenship", "detection").sum())
    (2, ('citizenship', 'detection'), 1)
    """

    frame: pd.DataFrame
    scope: Scope = field(default_factory=Scope)
    checks: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        """Keep a copy that nobody else can reach."""
        object.__setattr__(self, "frame", self.frame.reset_index(drop=True).copy())

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        citizenship: str | None = None,
        residence: str | None = None,
        recruitment: str | None = None,
        transit: str | None = None,
        exploitation: str | None = None,
        detection: str | None = None,
        returned_from: str | None = None,
        repatriation: str | None = None,
        reporter: str | None = None,
        year: str | None = None,
        form: str | None = None,
        sex: str | None = None,
        age: str | None = None,
        count: str = "count",
        least_masked: int = 0,
        places: Literal["countries", "as given"] = "countries",
        unmatched: Literal["refuse", "missing"] = "refuse",
        repeated: Literal["refuse", "sum", "widest"] = "refuse",
        joined: Mapping[str, Sequence[str]] | None = None,
        scope: Scope | None = None,
    ) -> Self:
        """Read a table of counts.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a published count.
        citizenship, residence, recruitment, transit, exploitation, detection, returned_from, repatriation : str
            Columns of places, at least one. Several stops of a transit are parted by ``|`` in the order of the journey.
        reporter : str, optional
            Column of the country that reports.
        year, form, sex, age : str, optional
            Columns of the year, the form of exploitation, the sex, and child or adult.
        count : str
            Column of counts: whole numbers, ``"<5"``, or ranges such as ``"5-9"``.
        least_masked : {0, 1}
            The least that ``"<5"`` can stand for: 1 where the source publishes its zeros.
        places : {"countries", "as given"}
            Read places as countries, or keep the words (regions of one country, say).
        unmatched : {"refuse", "missing"}
            What to do with words that name no one country.
        repeated : {"refuse", "sum", "widest"}
            What to do with rows of the same places, year and people: refuse them, add them up, or keep one with the
            range from the least to the greatest of them.
        joined : mapping of str to sequence of str, optional
            Countries that are counted as one throughout, such as ``{"SCG": ["SRB", "MNE"]}``.
        scope : Scope, optional
            Whom the rows count.

        Returns
        -------
        FlowTable
            The flows.

        Raises
        ------
        DataError
            If a column is missing, a cell is no count, a place is no country, rows repeat one another, or totals by
            form, sex or age stand beside their parts.
        SpecificationError
            If no place is named, or an option is not one of those allowed.

        Examples
        --------
        >>> table = pd.DataFrame({"a": ["Nigeria"], "b": ["Italy"], "when": [2021], "n": ["<5"]})
        >>> flows = FlowTable.from_frame(table, recruitment="a", exploitation="b", year="when", count="n")
        >>> flows.frame[["recruitment", "low", "high"]].to_numpy().tolist()
        [['NGA', 0, 4]]
        """
        roles = _named(locals(), ROLES)
        others = _named(locals(), WHO)
        named = {**roles, **others, **({"year": column_name("year", year)} if year is not None else {})}
        is_frame("flows", frame)
        has_columns("flows", frame, [*named.values(), column_name("count", count)])
        if not roles:
            raise SpecificationError(f"no place is named, must be at least one of {', '.join(ROLES)}")
        one_of("repeated", repeated, _REPEATED)
        low, high = read_counts(frame[count], count, least_masked=least_masked)
        columns, checks = _read_columns(frame, named, roles, places, unmatched)
        made = pd.DataFrame({**columns, "low": low, "high": high})
        return cls._from_columns(made, checks, read_joined(joined), repeated, scope or Scope())

    @classmethod
    def from_records(cls, frame: pd.DataFrame, *, count: str | None = None, **options: Any) -> Self:
        """Count a table of people, one row a person.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.
        count : None
            Rows are counted; a table of counts is read by :meth:`from_frame`.
        **options
            Columns and options as :meth:`from_frame` takes them.

        Returns
        -------
        FlowTable
            One row a combination that somebody has.

        Raises
        ------
        SpecificationError
            If ``count`` is given.

        Examples
        --------
        >>> people = pd.DataFrame({"a": ["NGA", "NGA"], "b": ["ITA", "ITA"]})
        >>> FlowTable.from_records(people, citizenship="a", detection="b").frame["low"].tolist()
        [2]
        """
        if count is not None:
            raise SpecificationError("count is given, must be left out: read a table of counts by from_frame")
        is_frame("people", frame)
        counted = frame.assign(**{"people of this row": 1})
        return cls.from_frame(counted, count="people of this row", **{**options, "repeated": "sum"})

    @classmethod
    def from_glotip(
        cls,
        loaded: Loaded,
        *,
        dimension: Literal["by citizenship", "by country of repatriation"] = "by citizenship",
        least_masked: int = 0,
        joined: Mapping[str, Sequence[str]] | None = None,
    ) -> Self:
        r"""Take the flows out of UNODC's table of detected victims.

        Parameters
        ----------
        loaded : Loaded
            What ``ctresearch.data.load(path, as_="glotip")`` returns.
        dimension : {"by citizenship", "by country of repatriation"}
            Victims detected in the reporting country by their citizenship (roles ``citizenship`` and ``detection``);
            or citizens of the reporting country that came back to it, by the country they came from (``returned_from``
            and ``repatriation``). The second says nothing of where anybody was detected.
        least_masked : {0, 1}
            The least that ``"<5"`` can stand for; UNODC publishes no zeros, so it is 0.
        joined : mapping of str to sequence of str, optional
            Countries that are counted as one throughout.

        Returns
        -------
        FlowTable
            Rows whose category names one country; how many do not is a check. Rows that describe one count twice are
            kept once, with the range of both.

        Raises
        ------
        DataError
            If it is not such a table, or holds no such rows.

        References
        ----------
        .. [1] United Nations Office on Drugs and Crime. UNODC data portal: trafficking in persons.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from ctresearch.data import load
        >>> file = pathlib.Path(tempfile.mkdtemp(), "glotip.csv")
        >>> head = "Iso3_code,Country,Indicator,Dimension,Category,Sex,Age,Year,txtVALUE,Source"
        >>> row = "ITA,Italy,Detected trafficking victims,by citizenship,Nigerians,Total,Total,2020,<5,GLOTIP"
        >>> _ = file.write_text(head + "\n" + row + "\n")
        >>> FlowTable.from_glotip(load(file, as_="glotip")).frame[["citizenship", "high"]].to_numpy().tolist()
        [['NGA', 4]]
        """
        frame, checks = glotip_flows(loaded, dimension, least_masked)
        made = cls._from_columns(frame, checks, read_joined(joined), "widest", loaded.scope)
        return replace(made, scope=replace(loaded.scope, population="victims of trafficking detected by authorities"))

    @classmethod
    def _from_columns(
        cls, made: pd.DataFrame, checks: list[Check], areas: dict[str, str], repeated: str, scope: Scope
    ) -> Self:
        """Join countries, settle rows that repeat one another, and say what a reader must know."""
        roles = [role for role in ROLES if role in made]
        split = split_years(made, roles)
        keys = [name for name in made.columns if name not in ("low", "high")]
        twice = made.duplicated(keys, keep=False)
        if twice.any() and repeated == "refuse":
            rows = (np.flatnonzero(twice.to_numpy()) + 1).tolist()
            raise CellError(
                f"{int(twice.sum()):,} of {len(made):,} rows are of the same places, time and people as another, must "
                "be one row each: pass repeated='sum' if they are parts of one count, 'widest' if they describe the "
                "same people twice",
                rows=rows,
            )
        if twice.any():
            made = _settle(made, keys, repeated)
            checks.append(_check_repeated(int(twice.sum()), repeated))
        if areas:
            for name in [*roles, *(["reporter"] if "reporter" in made else [])]:
                made[name] = made[name].map(lambda cell: joined_code(cell, areas))
            made = _settle(made, keys, "sum")
        checks += [*_check_split(split, areas), _check_masked(made)]
        return cls(made, scope, tuple(checks))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        years = self.years
        when = f", {years[0]} to {years[-1]}" if years else ""
        return f"FlowTable({len(self):,} counts, {' -> '.join(self.roles)}{when})"

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that the table knows, in the order of a journey."""
        return tuple(role for role in ROLES if role in self.frame)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the table, in order; empty where it has none."""
        return tuple(sorted({int(y) for y in self.frame["year"]})) if "year" in self.frame else ()

    @property
    def masked(self) -> int:
        """How many counts are known by a range alone."""
        return int((self.frame["low"] < self.frame["high"]).sum())

    def domestic(self, origin: Role, destination: Role) -> pd.Series[bool]:
        """Say which flows begin and end in one place.

        Parameters
        ----------
        origin, destination : str
            Two roles of the table.

        Returns
        -------
        pandas.Series
            One a row; false where a place is not known.

        Raises
        ------
        SpecificationError
            If the table has no such role.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": ["ITA"], "b": ["ITA"], "count": [3]})
        >>> bool(FlowTable.from_frame(frame, citizenship="a", detection="b").domestic("citizenship", "detection")[0])
        True
        """
        self.needs(origin, destination)
        return (self.frame[origin] == self.frame[destination]).fillna(False).astype(bool)

    def needs(self, *roles: str) -> None:
        """Refuse a role that the table does not have, rather than take another in its place.

        Parameters
        ----------
        *roles : str
            Roles.

        Raises
        ------
        SpecificationError
            If one is missing.

        Examples
        --------
        >>> FlowTable(pd.DataFrame({"detection": ["ITA"], "low": [3], "high": [3]})).needs("detection")
        """
        missing = [role for role in roles if role not in self.roles]
        if missing:
            raise SpecificationError(
                f"the flows have no role {missing[0]!r}, must be one of {', '.join(self.roles)}: no place is inferred "
                "from another"
            )

    def select(self, *, years: Iterable[int] | None = None, form: str | None = None, domestic: bool = True) -> Self:
        """Keep some of the flows.

        Parameters
        ----------
        years : iterable of int, optional
            Years to keep.
        form : str, optional
            Form of exploitation to keep.
        domestic : bool
            Keep flows whose first and last known role are of one place.

        Returns
        -------
        FlowTable
            The others are left out, and nothing else changes.

        Raises
        ------
        DataError
            If nothing is left, or the table does not have the column.
        SpecificationError
            If an option is not one of those allowed.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": ["ITA", "NGA"], "b": ["ITA", "ITA"], "count": [3, 9]})
        >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b")
        >>> len(flows.select(domestic=False))
        1
        """
        keep = pd.Series(True, index=self.frame.index)
        if years is not None:
            has_columns("flows", self.frame, ["year"])
            if isinstance(years, str) or not isinstance(years, Iterable):
                raise SpecificationError(f"years is a {type(years).__name__}, must be a list of years")
            keep &= self.frame["year"].isin([whole_number("years", one) for one in years])
        if form is not None:
            has_columns("flows", self.frame, ["form"])
            keep &= self.frame["form"].eq(form).fillna(False)
        if not one_of("domestic", domestic, (True, False)):
            keep &= ~self.domestic(self.roles[0], self.roles[-1])
        if not keep.any():
            raise DataError(f"0 of {len(self):,} flows are left, must be at least one: ask for years and forms it has")
        return replace(self, frame=self.frame[keep])

    def in_regions(self, level: Literal["region", "subregion"] = "region") -> Self:
        """Add flows up by United Nations region.

        Parameters
        ----------
        level : {"region", "subregion"}
            How coarse.

        Returns
        -------
        FlowTable
            The same columns with regions in place of countries. Ranges add up end by end.

        Raises
        ------
        DataError
            If no place is a country.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": ["NGA", "GHA"], "b": ["ITA", "ESP"], "count": [3, "<5"]})
        >>> FlowTable.from_frame(frame, citizenship="a", detection="b").in_regions().frame["high"].tolist()
        [7]
        """
        made = self.frame.copy()
        for role in self.roles:
            made[role] = region_of(made[role], level)
        if made[list(self.roles)].isna().all(axis=None):
            raise DataError("0 places are countries with a region, must be at least one: read them as countries")
        keys = [name for name in made.columns if name not in ("low", "high", "reporter")]
        return replace(self, frame=_settle(made.drop(columns="reporter", errors="ignore"), keys, "sum"))

    def panel(
        self,
        origin: Role | None = None,
        destination: Role | None = None,
        *,
        unlisted: Literal["missing", "zero"] = "missing",
        domestic: bool = True,
    ) -> pd.DataFrame:
        """Return one row a corridor and year, as gravity models take them.

        Parameters
        ----------
        origin, destination : str, optional
            Roles; the first and the last of the table by default.
        unlisted : {"missing", "zero"}
            What a corridor is that is not listed in a year in which its destination lists others: no row, or a row with
            0 that ``listed`` marks as nobody's publication.
        domestic : bool
            Keep flows within one place.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``destination``, ``year`` (where there is one), ``low``, ``high``, ``listed``.

        Raises
        ------
        SpecificationError
            If an option or a role is not one of those there are.
        DataError
            If the table does not know two places.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": ["NGA", "GHA"], "b": ["ITA", "ESP"], "count": [60, "<5"]})
        >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b")
        >>> len(flows.panel()), len(flows.panel(unlisted="zero"))
        (2, 4)
        """
        one_of("unlisted", unlisted, ("missing", "zero"))
        one_of("domestic", domestic, (True, False))
        first, last = origin or self.roles[0], destination or self.roles[-1]
        self.needs(first, last)
        if first == last:
            raise DataError(f"the flows know {first!r} alone, must know two places, from where and to where")
        time = ["year"] if "year" in self.frame else []
        known = self.frame.dropna(subset=[first, last]).rename(columns={first: "origin", last: "destination"})
        made = known.groupby(["origin", "destination", *time])[["low", "high"]].sum().reset_index().assign(listed=True)
        if unlisted == "zero":
            reported = made[["destination", *time]].drop_duplicates()
            every = reported.merge(made[["origin"]].drop_duplicates(), how="cross")
            made = every.merge(made, how="left", on=["origin", "destination", *time])
            made["listed"] = made["low"].notna()
            made[["low", "high"]] = made[["low", "high"]].fillna(0).astype("int64")
        if not domestic:
            made = made[made["origin"] != made["destination"]]
        keys = ["origin", "destination", *time]
        return made[[*keys, "low", "high", "listed"]].sort_values(keys, ignore_index=True)

    def hops(self) -> pd.DataFrame:
        """Return the legs of the journeys, from recruitment by every stop to exploitation.

        Returns
        -------
        pandas.DataFrame
            One row a leg: ``origin``, ``destination``, ``leg``, the place in the order, ``low``, ``high`` and the other
            columns. A leg stands between two places of which the table knows both; nothing bridges a gap.

        Raises
        ------
        SpecificationError
            If the table knows fewer than two of recruitment, transit and exploitation.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": ["NGA"], "by": ["NER|LBY"], "b": ["ITA"], "count": [9]})
        >>> flows = FlowTable.from_frame(frame, recruitment="a", transit="by", exploitation="b")
        >>> flows.hops()[["origin", "destination", "leg"]].to_numpy().tolist()
        [['NGA', 'NER', 1], ['NER', 'LBY', 2], ['LBY', 'ITA', 3]]
        """
        path = [role for role in ("recruitment", "transit", "exploitation") if role in self.roles]
        if len(path) < 2:
            raise SpecificationError(
                f"the flows know {', '.join(self.roles)}, must know two of recruitment, transit and exploitation to "
                "have legs"
            )
        stops = self.frame[path].map(lambda cell: cell.split(BETWEEN_STOPS) if isinstance(cell, str) else [None])
        journeys = [[stop for cell in row for stop in cell] for row in stops.to_numpy().tolist()]
        legs = [
            (row, a, b, leg)
            for row, journey in enumerate(journeys)
            for leg, (a, b) in enumerate(pairwise(journey), start=1)
            if a is not None and b is not None
        ]
        made = pd.DataFrame(legs, columns=["row", "origin", "destination", "leg"])
        rest = self.frame.drop(columns=list(self.roles))
        return made.join(rest, on="row").drop(columns="row")

    def _repr_html_(self) -> str:
        span = [say("{first} to {last}", first=str(self.years[0]), last=str(self.years[-1]))] if self.years else []
        return as_card(self, says=[say("{rows:,} counts", rows=len(self)), *span], show=["roles"])


def _named(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Return the columns that were named."""
    return {name: column_name(name, given[name]) for name in names if given[name] is not None}


def _read_columns(
    frame: pd.DataFrame, named: dict[str, str], roles: dict[str, str], places: str, unmatched: str
) -> tuple[dict[str, Any], list[Check]]:
    """Read every column but the count."""
    out: dict[str, Any] = {}
    lost = np.zeros(len(frame), dtype=np.bool_)
    for name, column in named.items():
        if name in roles or name == "reporter":
            out[name], not_found = read_places(
                frame[column].reset_index(drop=True), column, places=places, unmatched=unmatched
            )
            lost |= not_found
        elif name == "year":
            out[name] = _read_years(frame, column)
        else:
            read = read_names(frame[column], column, cure="")
            spelled = np.array([*map(str, read.spellings), None], dtype=object)
            out[name] = pd.Series(spelled[read.codes], dtype="str")
    _refuse_totals(frame, pd.DataFrame(out), named)
    return out, ([_check_unmatched(int(lost.sum()), len(frame))] if unmatched == "missing" else [])


def _refuse_totals(frame: pd.DataFrame, made: pd.DataFrame, named: dict[str, str]) -> None:
    """Refuse totals beside their parts, which would count people twice and let a masked part be subtracted."""
    totals = {}
    for name in ("form", "sex", "age"):
        if name in made:
            words = {one: is_total(one) for one in made[name].dropna().unique()}
            if len(set(words.values())) == 2:
                totals[name] = made[name].map(words).fillna(False).astype(bool)
    keys = [name for name in made.columns if name not in totals]
    for name, total in totals.items():
        of_parts = (~total & made[name].notna()).groupby([made[key] for key in keys], dropna=False).transform("any")
        wrong = (total & of_parts).to_numpy()
        if wrong.any():
            must = "must stand in a table of their own: totals and their parts together count people twice"
            raise wrong_cells(frame[named[name]], wrong, must, name=named[name])


def _read_years(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Read a column of years."""
    refuse_missing(frame, [name])
    years = np.array([as_number(one) for one in frame[name]], dtype=np.float64)
    wrong = ~((years >= _YEARS[0]) & (years <= _YEARS[1]) & (years == np.floor(years)))
    refuse_cells(frame[name], wrong, f"must be years from {_YEARS[0]} to {_YEARS[1]}", name=name)
    return pd.Series(years.astype(np.int64))


def _settle(made: pd.DataFrame, keys: list[str], repeated: str) -> pd.DataFrame:
    """Make one row of several: their sum, or the range of all of them."""
    grouped = made.groupby(keys, dropna=False, sort=False)
    how = {"low": "sum", "high": "sum"} if repeated == "sum" else {"low": "min", "high": "max"}
    return grouped.agg(how).reset_index()[[*keys, "low", "high"]]


def _check_repeated(rows: int, repeated: str) -> Check:
    """Say that rows described one count."""
    if repeated == "sum":
        message = say(
            "{n} row was of one count with another: they were added up.",
            many="{n} rows were of one count with others: they were added up.",
            n=rows,
        )
        return Check("repeated rows", "pass", message, {"rows": rows})
    message = say(
        "{n} row describes a count that another row describes too: one is kept, with the range of both.",
        many="{n} rows describe counts that other rows describe too: one of each is kept, with the range of all.",
        n=rows,
    )
    return Check("repeated rows", "review", message, {"rows": rows})


def _check_unmatched(lost: int, rows: int) -> Check:
    """Say how many rows name no one country."""
    message = say(
        "In {lost:,} of {rows:,} rows a place names no one country and counts as not known.", lost=lost, rows=rows
    )
    return Check("places", "review" if lost else "pass", message, {"lost": lost, "rows": rows})


def _check_split(split: dict[str, int], areas: dict[str, str]) -> list[Check]:
    """Say that countries split or were joined within the years of the table."""
    left = {code: year for code, year in split.items() if code not in areas}
    if not split:
        return []
    if not left:
        return [Check("countries that split", "pass", say("Countries that split are counted as one throughout."))]
    message = say(
        "{countries} split or joined within these years: their corridors before and after are not the same; pass "
        "joined= to count them as one throughout.",
        countries=sorted(left),
    )
    return [Check("countries that split", "review", message, {"countries": len(left)})]


def _check_masked(made: pd.DataFrame) -> Check:
    """Say how many counts are ranges."""
    masked = int((made["low"] < made["high"]).sum())
    message = say(
        "{masked:,} of {rows:,} counts are known by a range alone; sums of them are ranges too.",
        masked=masked,
        rows=len(made),
    )
    return Check("masked counts", "review" if masked else "pass", message, {"masked": masked, "rows": len(made)})
