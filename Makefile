# Needs make and Python 3.11 to 3.13; everything else comes into .uv and .venv. `make` lists the targets.

PYTHON ?= python3
EVENTS ?= 10_000_000
KILLS ?= 200
VARS ?=
SAMPLE ?= complete_journey
ENGINES ?= ducklake spark
EXTRA_ENGINES ?= snowflake sail clickhouse bigquery
COMPILED ?= warehouses databricks snowflake bigquery
CANDIDATE ?=
PORT ?=
# SERVE=no: make demo ends without boards. So it does where CI is set, as nobody looks there.
SERVE ?= $(if $(CI),no,yes)
FOLDER ?=
RENEW ?=

BIN := .venv/bin
# dbt holds the database from the first model to the last; see profiles.yml.
HOLD := ENGAGEMENT_KEEP_OPEN=true
DBT := $(HOLD) $(BIN)/dbt
READY := .venv/.synced
LINTED_SQL := $(wildcard models tests/singular tests/generic analyses)

export VARS
export SAMPLE
export CANDIDATE
export DO_NOT_TRACK = 1
export UV_PYTHON_DOWNLOADS = never
export UV_PROJECT_ENVIRONMENT = .venv
unexport VIRTUAL_ENV

# A sample may bring its own seeds, variables and generator. One with its own seeds gets its own
# database too, so that samples never mix.
SAMPLES := $(sort $(patsubst sample_data/%/README.md,%,$(wildcard sample_data/*/README.md)))
CHOSEN := $(filter $(SAMPLES),$(firstword $(SAMPLE)))
GENERATED := $(patsubst %/generate.py,%/data/generated.json, \
	$(wildcard sample_data/$(CHOSEN)/generate.py))
SAMPLE_VARIABLES := $(wildcard sample_data/$(CHOSEN)/variables.yml)

ifneq ($(wildcard sample_data/$(CHOSEN)/seeds),)
WITH_DATABASE := demo build report summary serve boards what-if calibrate advise publish export docs
SAMPLE_SEEDS := $(WITH_DATABASE) test-boards screenshots
$(SAMPLE_SEEDS): export ENGAGEMENT_SEEDS := sample_data/$(CHOSEN)/seeds
ifeq ($(ENGAGEMENT_DUCKDB_PATH),)
$(WITH_DATABASE): export ENGAGEMENT_DUCKDB_PATH := engagement_$(CHOSEN).duckdb
endif
endif

# Options NAME=value, of those that are written on the command line alone: a shell may have a NAME of its own.
given = $(foreach option,$(1),$(if $(findstring command,$(origin $(option))),\
	'$(option)=$(subst ','\'',$($(option)))'))
ADVICE = $(call given,NAME OUTCOME CUTOFF WRITE EXPERIMENT)
NEW = $(call given,DIR PACKAGE REVISION)

# Counts the seconds on a terminal, as long as the shell of the recipe lives.
CLOCK = if [ -t 1 ]; then (s=0; while sleep 1 && kill -0 $$$$ 2>/dev/null; do s=$$((s + 1)); \
	printf '  %s s\r' $$s; done) & fi

# Begins a recipe: its "$$@" are the variables of the sample, for dbt.
WITH_VARIABLES = if [ -n '$(SAMPLE_VARIABLES)' ]; then set -- --vars "$$(cat $(SAMPLE_VARIABLES))"; fi

# Begins a recipe: builds the sample in a temporary database, which what follows reads.
BUILT = $(WITH_VARIABLES); \
	scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT \
	&& export ENGAGEMENT_DUCKDB_PATH="$$scratch/$(CHOSEN).duckdb" DBT_TARGET_PATH="$$scratch/target" \
		DBT_LOG_PATH="$$scratch/logs" \
	&& $(DBT) --quiet build --exclude-resource-type unit_test --exclude-resource-type test \
		--profiles-dir . --target duckdb "$$@"

# After a failed build: what failed, with dbt's own status, which is 2 where nothing was built.
REPORT_FAILURE = { status=$$?; \
	if [ $$status -eq 1 ]; then echo; $(BIN)/python scripts/run_report.py; fi; exit $$status; }

.PHONY: help setup engines known-sample demo build report summary serve stop boards what-if calibrate advise publish \
	export new test test-boards screenshots test-engines test-engines-extra test-compiled test-kill lint docs benchmark \
	clean clean-all

help:
	@echo 'Customer Engagement Score. Start with: make demo'
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/make \1 \2/p' Makefile \
		| while read -r make target text; do printf '  make %-11s %s\n' "$$target" "$$text"; done

setup: $(READY) ## install dbt, DuckDB and the tools into .venv
	@echo 'Ready: dbt, DuckDB and the tools are in .venv (source .venv/bin/activate).'

known-sample:
	@test -n '$(CHOSEN)' && test "$$SAMPLE" = '$(CHOSEN)' || { \
		echo "There is no sample '$$SAMPLE': name one of $(SAMPLES)," \
			'as in make demo SAMPLE=$(lastword $(SAMPLES)).' >&2; exit 1; }

sample_data/%/data/generated.json: sample_data/%/generate.py | $(READY)
	@echo 'Generating the sample $*.'
	@$(BIN)/python $<

demo: known-sample $(READY) $(GENERATED) ## build a sample and show what it says: make demo SAMPLE=saas
	@echo 'Scoring the sample: seeds, models and data tests, some 20 seconds.'
	@$(WITH_VARIABLES); \
		$(HOLD) $(BIN)/python scripts/build.py --exclude-resource-type unit_test \
			--profiles-dir . --target duckdb "$$@" || $(REPORT_FAILURE)
	@$(BIN)/python scripts/summary.py
	@echo; $(BIN)/python scripts/run_report.py --short
	@if [ '$(SERVE)' = yes ]; then echo; $(BIN)/python scripts/boards.py serve '$(PORT)' || true; fi

build: known-sample $(READY) $(GENERATED) ## dbt build with your settings: make build VARS='{input_path: my_events}'
	@echo "Building with $${VARS:-the variables of $(or $(SAMPLE_VARIABLES),dbt_project.yml)}."
	@test -f "$${ENGAGEMENT_SEEDS:-seeds}/scorecards.csv" || { \
		echo "There is no file $$ENGAGEMENT_SEEDS/scorecards.csv: set ENGAGEMENT_SEEDS to the folder" \
			'of your seeds, or to nothing for seeds/.' >&2; exit 1; }
	@if [ -n '$(SAMPLE_VARIABLES)' ]; then \
		none='{}'; VARS="{<<: [$${VARS:-$$none}, $$(cat '$(SAMPLE_VARIABLES)')]}"; fi; \
		if [ -n "$$VARS" ]; then set -- --vars "$$VARS"; fi; $(DBT) build "$$@" || $(REPORT_FAILURE)
	@echo; $(BIN)/python scripts/run_report.py

report: known-sample $(READY) ## show the run report of the last build: models, rows, time, tests, ledger
	@$(BIN)/python scripts/run_report.py

summary: known-sample $(READY) ## show what the last build says
	@$(BIN)/python scripts/summary.py

serve: known-sample $(READY) ## show the boards of the last build in a browser: make serve SAMPLE=saas
	@$(BIN)/python scripts/boards.py serve '$(PORT)'

stop: $(READY) ## stop showing the boards
	@$(BIN)/python scripts/boards.py stop

boards: known-sample $(READY) ## write the boards as HTML and PDF: make boards FOLDER=boards
	@$(BIN)/python scripts/boards.py write '$(FOLDER)'

what-if: known-sample $(READY) ## show what a candidate would change: make what-if CANDIDATE=name
	@$(BIN)/python scripts/what_if.py "$$CANDIDATE"

calibrate: known-sample $(READY) ## propose full_score_points, with the tiers they would give
	@$(BIN)/python scripts/calibrate.py

advise: known-sample $(READY) ## advise weights from outcomes: make advise OUTCOME=churn WRITE=1 NAME=advised
	@$(BIN)/python scripts/advise.py $(ADVICE)

publish: known-sample $(READY) ## copy the public tables to published/, to be read while builds run
	@$(BIN)/python scripts/publish.py

export: known-sample $(READY) ## write the public tables to exports/ as Parquet, the one for CRMs as CSV too
	@$(BIN)/python scripts/export.py

new: $(READY) ## write a dbt project that uses this one as a package: make new DIR=../engagement
	@$(BIN)/python scripts/new_project.py $(NEW)

test: $(READY) lint ## lint, then everything built and tested from nothing, then pytest
	@echo 'Building the sample from nothing, in a temporary database; warnings are errors.'
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT \
		&& ENGAGEMENT_SEEDS= ENGAGEMENT_DUCKDB_PATH="$$scratch/test.duckdb" $(DBT) --quiet --warn-error build \
			--profiles-dir . --target duckdb --target-path "$$scratch/target" --log-path "$$scratch/logs" \
		&& echo 'Boards: dct validate' \
		&& ENGAGEMENT_DUCKDB_PATH="$$scratch/test.duckdb" DBT_TARGET_PATH="$$scratch/target" \
			$(BIN)/pytest -q tests/boards -k validate
	@echo 'Running the Python tests.'
	@$(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

engines: $(ENGINES:%=.engines/%/.installed) ## install other engines into .engines, for make test-engines (Spark: 550 MB)
	@echo 'Ready: $(ENGINES) in .engines.'

# From /, since uv would hold these packages to the constraints of pyproject.toml, which are for .venv.
.engines/%/.installed: engines/%.txt | .uv/bin/uv
	@echo 'Installing $* into .engines/$*.'
	@$(CLOCK); .uv/bin/uv venv --quiet --clear --python .uv/bin/python .engines/$* \
		&& .uv/bin/uv pip install --quiet --compile-bytecode --no-deps --directory / \
			--python '$(CURDIR)/.engines/$*' -r '$(CURDIR)/$<'
	@if [ -f engines/$*.py ]; then .engines/$*/bin/python engines/$*.py; fi
	@touch $@

test-engines: $(READY) engines ## build three streams twice on DuckLake and Spark, compare with DuckDB (40 minutes)
	@echo 'Comparing $(ENGINES) with DuckDB, row by row.'
	@ENGINES='$(ENGINES)' $(BIN)/pytest -q tests/engines/test_engines.py --durations 0

test-engines-extra: $(READY) $(EXTRA_ENGINES:%=.engines/%/.installed) ## the same on Sail, ClickHouse and emulators of two warehouses (50 minutes)
	@echo 'Comparing $(EXTRA_ENGINES) with DuckDB, row by row.'
	@ENGINES='$(EXTRA_ENGINES)' $(BIN)/pytest -q tests/engines/test_engines.py --durations 0

test-compiled: $(READY) $(COMPILED:%=.engines/%/.installed) ## parse what six warehouses would be told (15 minutes)
	@echo 'Parsing what warehouses would be told: those of $(COMPILED).'
	@$(BIN)/pytest -q tests/engines/test_compiled.py

test-boards: known-sample $(READY) $(GENERATED) ## open each board in a browser (Chromium): make test-boards SAMPLE=saas
	@echo 'Building the sample, and looking at its boards.'
	@$(BUILT) && $(BIN)/pytest -q tests/boards $(if $(RENEW),--renew)

screenshots: known-sample $(READY) $(GENERATED) ## take the pictures of docs/img anew (Chromium): make screenshots SAMPLE=saas
	@echo 'Building the sample, and taking pictures of its boards.'
	@$(BUILT) && $(BIN)/python scripts/screenshots.py docs/img/$(CHOSEN)

test-kill: $(READY) ## kill 200 runs at any moment and compare what follows with full rebuilds (an hour)
	@echo 'Killing runs and comparing: KILLS=$(KILLS).'
	@KILLS=$(KILLS) $(BIN)/pytest -q tests/python/test_kill.py

lint: $(READY) ## check style, portability and layout
	@failed=; check() { found=$$("$$@" 2>&1) || { printf '%s\n' "$$found"; failed=1; }; }; \
	echo 'Python style: ruff'; \
	check $(BIN)/ruff check --quiet --output-format concise .; \
	check $(BIN)/ruff format --check --quiet .; \
	echo 'SQL that every engine takes: scripts/lint_portable_sql.py'; \
	check $(BIN)/python scripts/lint_portable_sql.py; \
	if [ -f dbt-bouncer.yml ]; then \
		echo 'Layout, flow and descriptions: dbt-bouncer'; \
		check $(BIN)/dbt --quiet parse --profiles-dir . --target duckdb --target-path target; \
		check $(BIN)/dbt-bouncer run --show-all-failures; \
	fi; \
	echo 'SQL style: sqlfluff'; \
	check env PYTHONWARNINGS=ignore $(BIN)/python scripts/sqlfluff_lint.py lint --processes 0 --disable-progress-bar $(LINTED_SQL); \
	test -z "$$failed"

docs: known-sample $(READY) ## write the documentation into site/: catalogue, lineage of columns, flow
	@echo 'Describing all tables and columns, some 15 seconds.'
	@$(BIN)/python scripts/docs_site.py

benchmark: $(READY) ## build generated events at scale: make benchmark EVENTS=1_000_000
	@echo 'Building $(EVENTS) generated events beside a hand-written script, and comparing every row.'
	@$(BIN)/python benchmarks/run.py --events $(EVENTS)

clean: ## remove what was built, but not .venv
	@if [ -f target/boards/server.json ] && [ -x $(BIN)/python ]; then $(BIN)/python scripts/boards.py stop; fi
	@echo 'Removing target, logs, dbt_packages, databases, generated data, boards and caches.'
	@rm -rf target logs dbt_packages engagement.duckdb engagement.duckdb.wal engagement.duckdb.tmp \
		$(foreach sample,$(SAMPLES),$(addprefix engagement_$(sample).duckdb,'' .wal .tmp)) \
		$(foreach sample,$(SAMPLES),$(addprefix sample_data/$(sample)/data,'' .unfinished)) \
		$(addprefix integration_tests/,target logs dbt_packages acme.duckdb) dbt_internal_packages \
		benchmarks/work boards published exports site .pytest_cache .ruff_cache .hypothesis .user.yml
	@find . \( -name .git -o -name .venv -o -name .uv \) -prune -o -name __pycache__ -type d -print \
		| while read -r folder; do rm -rf "$$folder"; done

clean-all: clean ## remove .venv, .uv and .engines too
	@echo 'Removing .venv, .uv and .engines.'
	@rm -rf .venv .uv .engines

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
		echo "This needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is" \
			"$$($(PYTHON) --version 2>/dev/null || echo 'not there'): install one of them," \
			'and name it, as in make PYTHON=python3.12 setup.' >&2; exit 1; }
	@echo 'Installing uv into .uv.'
	@$(PYTHON) -m venv .uv || { \
		echo 'On Debian and Ubuntu, install the package python3-venv, then repeat.' >&2; exit 1; }
	@.uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.13'

$(READY): pyproject.toml uv.lock | .uv/bin/uv
	@echo 'Installing dbt, DuckDB and the tools into .venv (some 1.2 GB, the first time).'
	@$(CLOCK); .uv/bin/uv sync --locked --quiet --python .uv/bin/python
	@touch $@
