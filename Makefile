# Two commands for a newcomer: `make demo` and `make test`. Both set themselves up first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SERVE ?= 1
PORT ?= 8501

# dbt on a warehouse that is empty: enough to parse, to lint and to describe.
DBT = LANTERN_WAREHOUSE=build/dbt/empty.duckdb LANTERN_SPILL=build/dbt/spill DBT_ENV_SECRET_WAREHOUSE_KEY=none \
	$(BIN)/python -m lantern.pipeline.dbt_process
DBT_PLACES = --project-dir dbt_project --profiles-dir dbt_project --target-path ../build/dbt --log-path ../build/dbt --log-level-file none

.PHONY: help setup demo dashboard airflow partner-tool test check docs bench sbom lock clean

help:
	@echo "make demo        invent a partnership, run everything, open the dashboard (SERVE=0: stop before that)"
	@echo "make dashboard   open the dashboard on what has been released"
	@echo "make airflow     open Airflow's own pages and scheduler on the same files"
	@echo "make partner-tool build dist/lantern-partner.pyz, the one file a partner runs"
	@echo "make test        run the tests"
	@echo "make check       format, lint, types, layers, dbt parse, SQL lint"
	@echo "make docs        write docs/measures.md from the catalogue, and dbt's own pages into build/dbt"
	@echo "make bench       what a million events and persons cost beside bare DuckDB; docs/accuracy-peers.md, docs/audit.md and docs/accuracy.md anew (hours)"
	@echo "make sbom        write build/sbom.json: every package of this environment, in CycloneDX"
	@echo "make lock        renew requirements/*.txt from pyproject.toml"

setup: $(READY)

# Every package is pinned by hash; nothing is fetched after this.
$(READY): requirements/all.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
		|| { echo "Python 3.11 or 3.12 is needed: make PYTHON=python3.11 ..."; exit 1; }
	@echo "Making the environment in $(VENV) (once; a few minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/all.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	@$(BIN)/lantern demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

dashboard: $(READY)
	@$(BIN)/lantern dashboard --port $(PORT)

airflow: $(READY)
	@PYTHONPATH=dags $(BIN)/python -m orchestration.serve

partner-tool: $(READY)
	@$(BIN)/python packaging/partner_tool.py dist/lantern-partner.pyz

# The tool's libraries, each checked by its hash, fetched once: tests fetch nothing.
build/partner-tool/.lock: requirements/partner-tool.txt | $(READY)
	@$(BIN)/python packaging/partner_tool.py dist/lantern-partner.pyz

# Three processes, on two cores too: some wait for servers. Who runs with whom, and what starts first, is in tests/conftest.py.
# The tests start hundreds of processes, which would each compile the same modules where bytecode is not kept.
test: $(READY) build/partner-tool/.lock
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(DBT) --quiet parse $(DBT_PLACES)
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests

# dbt's pages need no data: every table is described, and none is there.
docs: $(READY)
	@$(BIN)/lantern measures > docs/measures.md
	@mkdir -p build/dbt && rm -f build/dbt/empty.duckdb
	@$(DBT) --quiet docs generate $(DBT_PLACES)
	@echo "docs/measures.md and build/dbt/index.html are written."

bench: $(READY)
	@$(BIN)/python benchmarks/intake.py
	@$(BIN)/python benchmarks/measures.py
	@$(BIN)/python benchmarks/bounding.py
	@$(BIN)/python benchmarks/peers/run.py --rounds 5
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/peers/ours.py --rounds 90
	@$(BIN)/python benchmarks/peers/compare.py --page docs/accuracy-peers.md
	@$(BIN)/python benchmarks/audit.py
	@$(BIN)/python benchmarks/accuracy.py
	@$(BIN)/python benchmarks/dashboard.py
	@$(BIN)/python benchmarks/board_load.py

# Checking it against CycloneDX's schema takes half a minute and changes no byte of it.
sbom: $(READY)
	@mkdir -p build
	@$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --no-validate --output-file build/sbom.json
	@echo "build/sbom.json is written."

lock:
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	for set in "all hub partner dashboard linkage dev" "hub hub partner linkage postgres" "partner partner" "dashboard dashboard"; do \
		set -- $$set; name=$$1; shift; \
		build/uv/bin/uv pip compile pyproject.toml $$(printf -- '--extra %s ' "$$@") --generate-hashes --no-header \
			--python-version 3.11 -o requirements/$$name.txt -c requirements/all.txt --quiet || exit 1; \
	done
	build/uv/bin/uv pip compile pyproject.toml requirements/partner-tool.in --generate-hashes --no-header \
		--python-version 3.11 -o requirements/partner-tool.txt --quiet

# Never var/: a partnership's keys, ledger and spends may be there, and nothing brings them back.
clean:
	rm -rf $(VENV) build dist
