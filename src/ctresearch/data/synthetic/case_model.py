"""The probabilities behind invented case records: a small Bayesian network, made up and not estimated from any source.

Year and gender come first, then age, citizenship, country of exploitation, form of exploitation, and from the form and
the age the means of control, the kind of labour or sex, the recruiter and the months. A hidden severity ties the means
to one another. Last, whole blocks of questions are left unreported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from ctresearch.data.synthetic.draws import Floats

GENDERS = ("Woman", "Man", "Trans/Transgender/NonConforming")
AGES = ("0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "39--47", "48+")
CHILD_BANDS = 2
FORMS = ("labour", "sexual", "labour and sexual", "other")
MONTHS = ("0--12 (0-1 yr)", "13--24 (1-2 yrs)", "25+ (2+ yrs)")
MEANS = (
    "meansDebtBondageEarnings",
    "meansThreats",
    "meansAbusePsyPhySex",
    "meansFalsePromises",
    "meansDrugsAlcohol",
    "meansDenyBasicNeeds",
    "meansExcessiveWorkHours",
    "meansWithholdDocs",
)
EXPLOITATION = ("isForcedLabour", "isSexualExploit", "isOtherExploit")
LABOUR = ("typeOfLabourAgriculture", "typeOfLabourConstruction", "typeOfLabourDomesticWork", "typeOfLabourHospitality")
SEX = ("typeOfSexProstitution", "typeOfSexPornography")
RECRUITERS = (
    "recruiterRelationIntimatePartner",
    "recruiterRelationFriend",
    "recruiterRelationFamily",
    "recruiterRelationOther",
)
TRAITS = ("yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation", "traffickMonths")
FLAGS = (*MEANS, *EXPLOITATION, *LABOUR, *SEX, *RECRUITERS)
COLUMNS = (*TRAITS, *FLAGS)
CITIZENSHIPS = (
    "PHL",
    "UKR",
    "NGA",
    "MDA",
    "KHM",
    "IDN",
    "USA",
    "BLR",
    "BGD",
    "GHA",
    "MMR",
    "NPL",
    "COL",
    "HTI",
    "VEN",
    "ETH",
    "UZB",
    "KGZ",
    "ROU",
    "THA",
)
DESTINATIONS = ("USA", "RUS", "MYS", "SAU", "ARE", "POL", "ITA", "THA", "GHA", "COL")

GENDER = np.array([0.62, 0.36, 0.02])
GENDER_TREND = np.array([-0.3, 0.5, 0.4])
"""Change of the log weight of each gender over ten years."""

AGE = np.array(
    [
        [0.03, 0.17, 0.16, 0.14, 0.12, 0.10, 0.17, 0.08, 0.03],
        [0.04, 0.12, 0.08, 0.10, 0.11, 0.11, 0.23, 0.14, 0.07],
        [0.01, 0.10, 0.20, 0.20, 0.16, 0.12, 0.15, 0.05, 0.01],
    ]
)
"""Shares of the age bands, by gender."""

FORM = np.array(
    [
        [[0.33, 0.52, 0.09, 0.06], [0.82, 0.06, 0.03, 0.09], [0.18, 0.70, 0.07, 0.05]],
        [[0.30, 0.45, 0.06, 0.19], [0.60, 0.12, 0.04, 0.24], [0.15, 0.68, 0.05, 0.12]],
    ]
)
"""Shares of the forms of exploitation, by child (no, yes) and gender."""

FORM_TREND = np.array([0.35, -0.35, 0.0, 0.2])
"""Change of the log weight of each form over ten years."""

MEANS_BASE = np.array(
    [
        [0.42, 0.24, 0.18, 0.45, 0.02, 0.30, 0.46, 0.36],
        [0.24, 0.38, 0.42, 0.40, 0.18, 0.24, 0.14, 0.22],
        [0.38, 0.42, 0.46, 0.44, 0.14, 0.36, 0.40, 0.34],
        [0.12, 0.22, 0.24, 0.20, 0.08, 0.26, 0.16, 0.08],
    ]
)
"""Chance of each means of control for an adult victim of little severity, by form."""

MEANS_CHILD = np.array([-0.7, 0.0, 0.2, -0.4, 0.2, 0.3, -0.3, -0.9])
"""Change of its log-odds for a child, for whom the law asks for no means."""

SEVERE_SHARE, SEVERE_LOG_ODDS = 0.35, np.log(4.0)

LABOUR_KIND = np.array(
    [
        [0.14, 0.04, 0.44, 0.16, 0.22],
        [0.26, 0.34, 0.06, 0.08, 0.26],
        [0.10, 0.06, 0.28, 0.26, 0.30],
    ]
)
"""Shares of agriculture, construction, domestic work, hospitality and none of these in forced labour, by gender."""

SEX_KIND = np.array([[0.86, 0.06], [0.68, 0.22]])
"""Chances of prostitution and of pornography in sexual exploitation, by child."""

RECRUITER = np.array(
    [
        [[0.03, 0.26, 0.07, 0.50, 0.14], [0.20, 0.28, 0.09, 0.31, 0.12]],
        [[0.01, 0.16, 0.44, 0.27, 0.12], [0.13, 0.24, 0.33, 0.18, 0.12]],
    ]
)
"""Shares of intimate partner, friend, family, another and nobody as recruiter, by child and sexual exploitation."""

DURATION = np.array([[0.58, 0.24, 0.18], [0.54, 0.25, 0.21], [0.46, 0.28, 0.26], [0.66, 0.20, 0.14]])
"""Shares of the months of trafficking, by form."""

UNREPORTED = {
    "gender": 0.02,
    "ageBroad": 0.20,
    "citizenship": 0.04,
    "CountryOfExploitation": 0.22,
    "traffickMonths": 0.60,
    "exploitation": 0.06,
    "means": 0.42,
    "labour": 0.15,
    "sex": 0.15,
    "recruiter": 0.50,
}
"""Share of cases in which a column or block of flags is left unreported, in the middle year."""

UNREPORTED_TREND = -0.6
"""Change of its log-odds over ten years: records become more complete."""

BLOCKS = {"exploitation": EXPLOITATION, "means": MEANS, "labour": LABOUR, "sex": SEX, "recruiter": RECRUITERS}


def citizenship_shares() -> Floats:
    """Return the share of each citizenship: the k-th has a weight of one over the square root of k.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (citizenships,).

    Examples
    --------
    >>> round(float(citizenship_shares().sum()), 12)
    1.0
    """
    weights = np.arange(1, len(CITIZENSHIPS) + 1) ** -0.5
    return np.asarray(weights / weights.sum(), dtype=float)


def destination_shares() -> Floats:
    """Return the share of each country of exploitation by citizenship; a fifth to a third stay in their own country.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (citizenships, citizenships + destinations abroad).

    Examples
    --------
    >>> destination_shares().shape, len(exploitation_countries())
    ((20, 26), 26)
    """
    countries = exploitation_countries()
    shares = np.zeros((len(CITIZENSHIPS), len(countries)))
    for i, origin in enumerate(CITIZENSHIPS):
        for j, destination in enumerate(DESTINATIONS):
            shares[i, countries.index(destination)] = 1.0 + (3 * i + j) % len(DESTINATIONS)
        shares[i, i] = 0.0
        at_home = 0.2 + 0.15 * (i % 2)
        shares[i] *= (1 - at_home) / shares[i].sum()
        shares[i, countries.index(origin)] = at_home
    return shares


def exploitation_countries() -> tuple[str, ...]:
    """Return all countries of exploitation, those of citizenship first.

    Returns
    -------
    tuple of str
        ISO 3166 alpha-3 codes.

    Examples
    --------
    >>> exploitation_countries()[:2]
    ('PHL', 'UKR')
    """
    return (*CITIZENSHIPS, *(code for code in DESTINATIONS if code not in CITIZENSHIPS))


def means_chances(severe: int, child: int) -> Floats:
    """Return the chance of each means of control.

    Parameters
    ----------
    severe, child : {0, 1}
        Hidden severity, and whether the victim is a child.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (forms, means).

    Examples
    --------
    >>> means_chances(0, 0)[0, 0].round(2), means_chances(1, 0)[0, 0].round(2)
    (np.float64(0.42), np.float64(0.74))
    """
    return np.asarray(expit(logit(MEANS_BASE) + severe * SEVERE_LOG_ODDS + child * MEANS_CHILD), dtype=float)


def over_years(shares: Floats, trend: Floats, decades: Floats) -> Floats:
    """Tilt shares by a trend in their log weights.

    Parameters
    ----------
    shares : numpy.ndarray
        Shares in the middle year, shape (k,) or (n, k).
    trend : numpy.ndarray
        Change of each log weight over ten years, shape (k,).
    decades : numpy.ndarray
        Years from the middle one, divided by ten, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shares, shape (n, k).

    Examples
    --------
    >>> over_years(np.array([0.5, 0.5]), np.array([0.0, np.log(3)]), np.array([0.0, 1.0])).round(2).tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    weights = shares * np.exp(decades[:, None] * trend)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=float)
