# The whole house, from an empty machine to the open book. `make` alone says what there is.
VENV ?= .venv
PY := $(VENV)/bin/python
JOBS ?= 2
# Two chapters or tests run at a time, and NumPy's threads wait for a core by spinning: one for each is faster.
export OPENBLAS_NUM_THREADS := 1
# Where this is set, each of some fifty kernels and workers would compile TensorFlow's Python anew: ten seconds each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help book course kit pdf linkcheck test read notebook lint unit compat address experiments bench shots constraints clean FORCE

help: ## this list
	@echo "Usage: make TARGET"; echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo; echo "  PYTHON=/path/to/python chooses the Python for $(VENV); JOBS=4 runs four chapters or tests at a time."

# The virtual environment. The stamp holds the folder's name, because an environment does not survive a move.
ifneq ($(shell cat $(VENV)/.installed 2>/dev/null),$(CURDIR))
$(VENV)/.installed: FORCE
endif
$(VENV)/.installed: pyproject.toml constraints.txt book/tools/venv.sh
	@PYTHON="$(PYTHON)" sh book/tools/venv.sh $(VENV)
	@echo "Installing (a few minutes the first time) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[test,teach]'
	@echo "$(CURDIR)" > $@

$(VENV)/.lab: $(VENV)/.installed
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab]'
	@touch $@

book: $(VENV)/.installed ## run the chapters, build the book, say where it is; BOOK_URL=https://… where it will be public
	@$(PY) book/tools/chapters.py --jobs $(JOBS)
	@$(PY) book/tools/pages.py

course: $(VENV)/.installed ## student notebooks, solutions, slides and assignments, in build/course
	@$(PY) book/tools/chapters.py --jobs $(JOBS)
	@$(PY) book/tools/course.py

kit: book course ## one archive for a room without internet; WHEELS=1 packs the packages too, MIRROR=folder real footage
	@$(PY) book/tools/kit.py $(if $(WHEELS),--wheels) $(if $(MIRROR),--mirror "$(MIRROR)")

pdf: book ## the whole book as one PDF, printed by Chromium; BOOK_URL=https://… links what moves
	@$(PY) book/tools/pdf.py

linkcheck: book ## ask every address outside whether it is still there; needs a network
	@$(VENV)/bin/jupyter-book build build/source --path-output build/links --builder linkcheck \
		--config $(CURDIR)/build/source/book/_config.yml --toc $(CURDIR)/build/source/book/_toc.yml

test: lint book course ## lint, chapters, book, course, unit tests with coverage, the built pages and slides
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup --cov=vidtutor --cov-report=term:skip-covered

read: book ## serve the book on this machine and print its address
	@$(PY) book/tools/serve.py

notebook: $(VENV)/.installed ## CH=11 opens that chapter in JupyterLab; with RUN=1 it only runs it
	@ls notebooks/$(CH)_*.ipynb >/dev/null 2>&1 || { echo "No such chapter. Say which: make notebook CH=11. There are:"; ls notebooks; exit 1; }
ifdef RUN
	@$(PY) book/tools/chapters.py --jobs 1 $(CH)
else
	@$(MAKE) --no-print-directory $(VENV)/.lab
	$(PY) -m jupyter lab notebooks/$(CH)_*.ipynb
endif

lint: $(VENV)/.installed ## ruff (code and notebooks) and mypy
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

unit: $(VENV)/.installed ## the tests that need neither a chapter run nor a built book
	@$(PY) -m pytest -m "not pages and not chapters" --cov=vidtutor --cov-report=term-missing:skip-covered

compat: $(VENV)/.installed ## chapters and tests with the oldest and the newest packages; ONLY=oldest CH="11 tests" choose
	@PYTHON="$(PYTHON)" $(PY) book/tools/compat.py --jobs $(JOBS) $(if $(ONLY),--only $(ONLY)) $(CH)

address: $(VENV)/.installed ## URL=https://github.com/you/book puts the book's public address everywhere
	@$(PY) book/tools/address.py "$(URL)"

experiments: $(VENV)/.installed ## measure again what takes longer than a chapter may
	@$(PY) book/tools/experiments.py

bench: $(VENV)/.installed ## measure how fast clips come, for the book's page; FOOTAGE=folder takes real films too
	@$(PY) tests/benchmarks/feeding.py --csv vidtutor/recorded/feeding.csv $(if $(FOOTAGE),--footage "$(FOOTAGE)")

shots: book ## a screenshot of every page, wide and narrow, light and dark, in build/shots
	@$(PY) book/tools/shots.py

constraints: ## write constraints.txt again from the newest versions
	@PYTHON="$(PYTHON)" sh book/tools/constraints.sh

clean: ## remove what was built (the environment stays: rm -r .venv)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
