# make report and make test are all that a newcomer needs; both make .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: report test lab notebooks data docs lint bench mutation clean

report: $(READY)
	$(BIN)/xjr report

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadscope -rs
	$(BIN)/python -m pytest --nbval notebooks

lab: $(READY)
	$(BIN)/jupyter lab notebooks $(OPTIONS)

# Run the notebooks from a clean kernel and store their outputs in them.
notebooks: $(READY)
	$(BIN)/xjr notebooks

# Rewrite data/processed and data/datapackage.json from data/raw.
data: $(READY)
	$(BIN)/xjr data

# Renew the generated parts of docs/*.md and write the handbook to build/docs.
docs: $(READY)
	$(BIN)/python docs/build.py

bench: $(READY)
	$(BIN)/python benchmarks/bench.py

# Mutation testing of the calculations: tests/README.md. Not part of CI; takes up again where it was stopped.
mutation: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lab,test,mutation]'
	$(BIN)/mutmut run --max-children 2
	$(BIN)/python tests/mutation_table.py

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf reports build dist mutants .pytest_cache .ruff_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lab,test]'
	$(BIN)/python -m compileall -q xjranalysis  # pip does so for all packages but those that are edited
	touch $@
