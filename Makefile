# The commands of this project; `make` alone lists them. Needed: make, Python 3.11 or newer, and no compiler.

.DEFAULT_GOAL := help
.PHONY: help demo test check proto figures scoreboard bench reliability clean
.DELETE_ON_ERROR:

# What is made here is made here, and not in a database that the user's gazetteer may be in.
unexport NORMALIZER_STORE
VENV := .venv
BIN := $(VENV)/bin
DATA := data
SCOREBOARD := build/scoreboard
NAME_GROUPS := $(SCOREBOARD)/rigour-1.8.2-py3-none-any.whl
PYTHON ?=
CURATED := $(wildcard gazetteer/*.tsv gazetteer/*.toml normalizer/rules/*.tsv normalizer/rules/*/*.tsv)

# One line on a terminal that shows what pip is at; only its errors elsewhere.
define install
	@{ PYTHONUNBUFFERED=1 $(BIN)/python -m pip --disable-pip-version-check install --editable $(1); echo "exit $$?"; } | \
	while read -r line; do case "$$line" in \
		"exit 0") [ ! -t 2 ] || printf '\r\033[K' >&2; exit 0;; \
		"exit "*) exit 1;; \
		*) [ ! -t 2 ] || printf '\r\033[K   %.72s' "$$line" >&2;; \
	esac; done
endef

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.installed $(DATA)/.complete ## the names of a war report, resolved by a server that this starts and stops
	@$(BIN)/python examples/demo.py --data $(DATA)

test: $(VENV)/.installed-dev ## install what the tests need, and run them, a file for each processor at a time
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/.installed-dev ## style, types, fresh generated code, and a contract that keeps its promises
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict normalizer bench
	PYTHON=$(BIN)/python ./protos/generate.sh --check
	$(BIN)/buf lint protos
	$(BIN)/buf breaking protos --against protos/normalizer.binpb

proto: $(VENV)/.installed-dev ## generate normalizer/v1 from protos/
	PYTHON=$(BIN)/python ./protos/generate.sh

figures: $(VENV)/.installed-dev $(DATA)/.complete ## measure, and write the figures into README.md
	@$(BIN)/python -m bench.figures --data $(DATA)

scoreboard: $(VENV)/.installed-dev $(DATA)/.complete $(SCOREBOARD)/persons/.complete ## measure beside other programs
	@$(BIN)/python -m bench.scoreboard --data $(DATA) --persons $(SCOREBOARD)/persons --work $(SCOREBOARD)

bench: $(VENV)/.installed-bench $(DATA)/.complete ## the index beside other ones (BENCH=--large: ten million keys, half an hour)
	@$(BIN)/python -m bench.blocking --data $(DATA) $(BENCH)

reliability: $(VENV)/.installed-dev ## break it on purpose, and count what was lost (hours; RELIABILITY=--short: two minutes)
	@$(BIN)/python -m bench.reliability $(RELIABILITY)

clean: ## remove the environment, the demo's gazetteer and all caches
	rm -rf $(VENV) $(DATA) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A default gazetteer that is there is brought up to date: nothing in it is deleted.
$(DATA)/.complete: pyproject.toml $(CURATED) | $(VENV)/.installed
	@echo "== building the default gazetteer in $(DATA)/ (once)"
	@$(BIN)/normalizer gazetteer init --update --data $(DATA)
	@touch $@

# Of the groups of names, the quarter that nothing is learned from.
$(SCOREBOARD)/persons/.complete: $(NAME_GROUPS) normalizer/training/persons.py $(CURATED)
	@echo "== composing persons in $(@D)/ (once, half a minute)"
	@$(BIN)/python -m normalizer.training.persons $(NAME_GROUPS) --part tested --data $(@D)
	@touch $@

$(NAME_GROUPS): | $(VENV)/.installed
	@$(BIN)/python -m pip --disable-pip-version-check download rigour==1.8.2 --no-deps --quiet --dest $(@D)

$(VENV)/.installed: pyproject.toml $(VENV)/.made
	@echo "== installing normalizer and the packages it needs into $(VENV)/ (once, a minute or two)"
	$(call install,.)
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@echo "== installing what the benchmark compares into $(VENV)/ (once)"
	$(call install,'.[bench]')
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.made
	@echo "== installing what tests and checks need into $(VENV)/ (once, a minute or two)"
	$(call install,'.[dev]')
	@touch $@ $(VENV)/.installed

# An interpreter counts when it runs, is new enough, and can make environments.
$(VENV)/.made:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
		$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		echo "== making $(VENV)/ with $$($$python --version)"; \
		$$python -m venv $(VENV) && touch $@ && exit 0 || exit 1; \
	done; \
	echo "No Python 3.11 or newer with venv was found: install one (Debian: python3 python3-venv)," >&2; \
	echo "or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1
