# Every target sets up what it needs: `make study` and `make test` work on a fresh clone.
PYTHON ?= python3
STUDY ?= uk-2013-prevalence
BIN := .venv/bin
# What takes seconds, and every example of a docstring: a failure of one hides none of the other. Two processes share
# the files (tests/shares.py); what one that dies has not run is not run by another, so the run ends there.
FAST := -n 2 --dist each --max-worker-restart 0 -m "not slow" --doctest-modules --doctest-continue-on-failure
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# Hundreds of processes import the same files: what is compiled once is kept, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
# Nor does an environment that happens to be active where make is called have a say.
unexport VIRTUAL_ENV

.PHONY: help study setup setup-core test test-all test-versions lint docs slides lab bench coverage reliability mutation wheel lock catalogue clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup-core:
	@$(PYTHON) tools/setup.py core

setup:  ## make .venv with everything: tests, docs, all extras
	@$(PYTHON) tools/setup.py all

study: setup-core  ## run the main study (STUDY=name for another) and print where its report is
	@$(BIN)/ctresearch run $(STUDY)

# Those of one room where there is one; what they import is compiled once before two processes want it at once.
test: setup  ## run every test that takes seconds and every example of a docstring (ROOM=networks for one room)
	@$(BIN)/python -m compileall -q -j 2 src
	@$(BIN)/python -m pytest $(FAST) $(or $(wildcard tests/$(ROOM) src/ctresearch/$(ROOM)),$(error no room is called $(ROOM)))

test-all: FAST += --hypothesis-profile thorough
test-all: lint test  ## run everything: also the browser, the kill loops and every notebook
	@$(BIN)/python -m pytest -m slow --hypothesis-profile thorough

lint: setup  ## run the linters and the type checker
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

catalogue: setup  ## bring the catalogues of other languages up to date and name what is left to translate
	@$(BIN)/python tools/catalogue.py

docs: setup  ## build the documentation into docs/_build
	@$(BIN)/sphinx-build -W --keep-going -q -j auto -b html docs docs/_build/html && echo docs/_build/html/index.html

slides: setup  ## run the five lessons and write them as slides into docs/_build/slides
	@$(BIN)/jupyter nbconvert --config tools/slides_config.py --log-level WARN --output-dir docs/_build/slides notebooks/lesson_*.ipynb

lab: setup-core  ## open JupyterLab in the notebooks folder; what is displayed is not written to them
	@$(BIN)/jupyter lab --config tools/lab_config.py notebooks

bench: setup  ## time the library against its peers and write benchmarks/results
	@for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

coverage: setup  ## simulate the coverage of the intervals and write benchmarks/results (about 20 minutes)
	@$(BIN)/python benchmarks/coverage_loglinear.py

reliability: setup  ## try every estimator on populations of known size and write benchmarks/results (at most 4 hours)
	@$(BIN)/python benchmarks/reliability.py --minutes 200
	@$(BIN)/python benchmarks/verdicts.py --minutes 35

mutation: setup  ## change a room in small ways and see whether its tests notice (ROOM=stats MUTANTS=150 KERNELS=30 SEED=1 JOBS=2 MINUTES=60)
	@$(BIN)/python tools/mutation.py $(ROOM) --mutants $(or $(MUTANTS),150) --kernels $(or $(KERNELS),30) --seed $(or $(SEED),1) --jobs $(or $(JOBS),2) $(if $(MINUTES),--minutes $(MINUTES))

test-versions: setup  ## run the fast tests with the lowest or the newest versions allowed (WHICH=lowest or newest)
	@sh tools/versions.sh $(WHICH)

wheel: setup  ## build the package into dist
	@$(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist && ls dist

lock: setup  ## resolve the locks anew
	@sh tools/lock.sh

clean:  ## remove what make made
	rm -rf .venv .cache docs/_build docs/api docs/methods docs/evidence docs/gallery docs/sheets
