# make run · make test · make lint · make bench: everything happens in $(VENV), nothing else is touched.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
.DEFAULT_GOAL := help

help:
	@echo "make run          install, fetch the starter weights, open http://localhost:8501"
	@echo "make test         lint, then unit, page and browser tests with the starter weights"
	@echo "make test-heavy   the slow tests"
	@echo "make lint         ruff, layering, types"
	@echo "make bench        our calls against the bare libraries"
	@echo "make messages     collect messages for translation"
	@echo "make screenshots  the pictures in docs/"

$(VENV)/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "The venv module is missing. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements.txt
	@touch $@

$(VENV)/ready-dev: requirements-dev.txt $(VENV)/ready
	$(BIN)/python -m pip install -r requirements-dev.txt
	@touch $@

run: $(VENV)/ready
	-$(BIN)/python -m core fetch --starters
	$(BIN)/python -m streamlit run app.py

test: lint
	$(BIN)/python -m core fetch --starters
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-heavy: $(VENV)/ready-dev
	$(BIN)/python -m core fetch --starters
	$(BIN)/python -m pytest -m heavy -n 2 --dist loadgroup

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/ready-dev
	$(BIN)/python -m core bench start
	$(BIN)/python -m core bench predict
	$(BIN)/python -m core bench finetune
	$(BIN)/python scripts/visitors.py

messages: $(VENV)/ready-dev
	$(BIN)/python scripts/messages.py

screenshots: $(VENV)/ready-dev
	$(BIN)/python scripts/screenshots.py

.PHONY: help run test test-heavy lint bench messages screenshots
