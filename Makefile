# make demo   colorize the sample photographs and show them before and after
# make test   everything that must hold: format, lint, types, layers, tests
# make lint   the same without the tests
# make clean  remove what the above made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint clean

demo: $(VENV)/.core
	$(BIN)/autochrome colorize samples --output demo --overwrite
	$(BIN)/python examples/contact_sheet.py samples demo demo/contact_sheet.jpg

# Two at a time: many wait for a browser, a server or a disk. A file's tests share what they set up.
test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@
