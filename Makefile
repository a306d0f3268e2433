SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

ADDR     ?= :8080
DATA     ?= ./data
FUZZTIME ?= 10s
CHROMIUM ?= $(shell command -v chromium chromium-browser google-chrome google-chrome-stable 2>/dev/null | head -n 1)

# Asked when it is needed: the tests may have installed it.
browser        = $$(command -v $(CHROMIUM) chromium | head -n 1)

# What each step is made from, so that nothing is made twice.
go_files      = $(shell find $(1) -name '*.go' ! -name '*_test.go' ! -path '*/node_modules/*' 2>/dev/null)
wasm_sources := $(call go_files,app shared) go.mod go.sum
bin_sources  := $(call go_files,app/ui server shared) assets/assets.go go.mod go.sum
web_sources  := assets/screenshot.png assets/screenshot-phone.png $(shell find assets/css assets/editor assets/icons assets/page assets/runtimes -type f ! -name '*_test.go' ! -name '*.test.js' ! -path '*/testdata/*')
packages      = $(shell go list ./... | grep -v -e /app/e2e)

# One set of flags for whatever runs here and one for whatever runs in the browser (assets/runtimes/gotool.go has the
# latter, too): a library is compiled once for each.
go_here = CGO_ENABLED=0 go build -trimpath -ldflags="-s -w"
go_wasm = GOOS=js GOARCH=wasm go build -trimpath -gcflags=all=-dwarf=false -ldflags="-s -w"

say = @printf '\033[1m→ %s\033[0m\n' "$(1)"

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## build, then serve on ADDR (:8080), keeping sessions in DATA (./data)
	$(call say,http://$(if $(filter :%,$(ADDR)),localhost)$(ADDR))
	@exec bin/tandem -addr $(ADDR) -data $(DATA)

.PHONY: build
build: tools ## build bin/tandem with everything in it
	@$(MAKE) -j 4 bin/tandem

.PHONY: dev
dev: tools ## build and serve; do both again when a source file changes
	@mkdir -p build; trap 'kill $$server 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; server=; rm -f build/served; \
	while touch build/watched; do \
		if $(MAKE) build && [ ! bin/tandem -ot build/served ]; then \
			[ -z "$$server" ] || { kill $$server; wait $$server; }; \
			touch build/served; bin/tandem -addr $(ADDR) -data $(DATA) & server=$$!; \
		fi; \
		until [ -n "$$(find app server shared assets go.mod \( -name node_modules -o -name dist -o -name .cache \) -prune -o \
			-type f ! -name '*_test.go' -newer build/watched -print -quit)" ]; do sleep 0.5; done; \
	done

# --- what is built ---

bin/tandem: assets/dist/manifest.json build/libraries $(bin_sources)
	$(call say,server)
	@$(go_here) -o $@ ./server
	@touch $@
	@ls -l $@ | awk '{ printf "  bin/tandem: %.1f MB\n", $$5 / 1e6 }'

assets/dist/manifest.json: build/bundle build/app.wasm assets/node_modules/.installed $(web_sources)
	$(call say,web files)
	@build/bundle

# What the server takes from others needs no web files: it is compiled while those are made. Not beside the bundler, or
# both would compile Go's library.
build/libraries: go.mod go.sum | build/bundle
	$(call say,the server's libraries)
	@mkdir -p build
	@$(go_here) $$(go list -deps ./server | grep '^[^/]*\.')
	@touch $@

build/bundle: $(call go_files,assets/bundle assets/runtimes shared/session) go.mod go.sum
	$(call say,bundler)
	@$(go_here) -o $@ ./assets/bundle
	@touch $@

build/app.wasm: $(wasm_sources)
	$(call say,browser program)
	@$(go_wasm) -o $@ ./app
	@touch $@

assets/node_modules/.installed: assets/package.json assets/package-lock.json assets/.npmrc
	$(call say,npm packages)
	@cd assets && npm ci --ignore-scripts --loglevel=error
	@touch $@

# --- what is needed ---

.PHONY: tools
tools:
	@need() { command -v $$1 >/dev/null || { echo "$$1 is missing: $$2" >&2; exit 1; }; }; \
	need go "Go 1.26 or later, from https://go.dev/dl/"; \
	need node "Node 20 or later with npm, from https://nodejs.org/"; \
	need npm "it comes with Node, from https://nodejs.org/ (Debian: apt-get install npm)"; \
	need git "https://git-scm.com/downloads (Debian: apt-get install git)"; \
	at_least() { [ "$$(printf '%s\n' "$$2" "$$3" | sort -V | head -n 1)" = "$$2" ] || { echo "$$1 is $$3, but $$2 or later is needed: $$4" >&2; exit 1; }; }; \
	at_least Go 1.26 "$$(go env GOVERSION | sed 's/^go//; s/[- ].*//')" https://go.dev/dl/; \
	at_least Node 20 "$$(node --version | sed 's/^v//')" https://nodejs.org/

# For the tests alone: a C compiler (the race detector) and a browser. Debian's are installed where that is possible.
.PHONY: test-tools
test-tools:
	@apt_get() { [ -x /usr/bin/apt-get ] && [ "$$(id -u)" = 0 ] && { [ -n "$$updated" ] || apt-get -q update; } && updated=1 && \
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$$@"; }; \
	command -v $${CC:-cc} gcc clang >/dev/null || apt_get gcc libc6-dev || { \
		echo "The race detector needs a C compiler: install gcc (Debian: apt-get install gcc libc6-dev)." >&2; exit 1; }; \
	[ -n "$(CHROMIUM)" ] || apt_get chromium || { \
		echo "The end-to-end tests need Chromium or Chrome: install it (Debian: apt-get install chromium), or name it by CHROMIUM=/path/to/chrome." >&2; exit 1; }

# --- what is checked ---

.PHONY: test
test: tools test-tools check unit build size e2e ## every test: format, vet, units with -race, sizes, end to end in Chromium

.PHONY: check
check: build/app.wasm assets/node_modules/.installed
	$(call say,format and vet)
	@bad=$$(gofmt -l app server shared assets/*.go assets/bundle assets/runtimes); [ -z "$$bad" ] || { echo "not gofmt'ed:"; echo "$$bad"; exit 1; }
	@go vet ./...
	@GOOS=js GOARCH=wasm go vet $$(go list ./app/... ./shared/... | grep -v /app/e2e)
	@export GOOS=js GOARCH=wasm; more=$$(go list -deps ./app | grep -v internal | grep -vxF -f <(go list -deps net/http) -f app/packages.txt); \
		[ -z "$$more" ] || { echo "the page's program holds packages beyond app/packages.txt and what net/http brings:"; echo "$$more"; exit 1; }

.PHONY: unit
unit: assets/dist/manifest.json
	$(call say,unit tests)
	@node --test $$(find assets -name node_modules -prune -o -name "*.test.js" -print) >build/node-tests.txt || { cat build/node-tests.txt; exit 1; }
	@grep -E '^# (tests|fail)' build/node-tests.txt
	@CHROMIUM=$(browser) go test -race -timeout 30m $(packages)
	@go test ./shared/client # whole: the race detector's run takes samples

.PHONY: e2e
e2e: bin/tandem
	$(call say,end-to-end tests)
	@CHROMIUM=$(browser) TANDEM_BIN=$(CURDIR)/bin/tandem go test -count=1 -timeout 50m ./app/e2e/...

.PHONY: fuzz
fuzz: tools assets/dist/manifest.json ## the long run: a million random edits, tests of the tests, every fuzz target for FUZZTIME (10s), 50 kills, 10,000 sessions
	$(call say,long run)
	@TANDEM_LONG=1 go test -count=1 -timeout 30m ./shared/...
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' app server shared | xargs -n 1 dirname | sort -u); do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$dir/*_test.go | sed 's/func //'); do \
			printf '\033[1m→ %s %s\033[0m\n' $$dir $$target; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$dir || exit 1; \
		done; \
	done
	$(call say,kill -9 under load; idle sessions)
	@go test -count=1 -timeout 20m -run '^Test(Kill|IdleSessions)$$' -v ./server/journal ./server -long

peers := shared/ot/testdata/peers
server_peers := server/bench/testdata/peers

.PHONY: bench
bench: build bench-engine bench-run bench-load $(server_peers)/node_modules/.installed ## measure: the engine next to others, running code, how soon the page is there, the server under load
	$(call say,server)
	@go run ./server/bench -bin bin/tandem
	$(call say,two hours of typing in the page)
	@CHROMIUM=$(browser) TANDEM_BIN=$(CURDIR)/bin/tandem TANDEM_KEYS=36000 go test -count=1 -timeout 15m -v -run TestLongTyping ./app/e2e | grep -E 'MB|ok|FAIL'

.PHONY: bench-run
bench-run: bin/tandem test-tools # running code in Chromium: a table of medians, with what is to be reached
	$(call say,running code)
	@CHROMIUM=$(browser) go test -run '^$$' -bench Runs -benchtime 1x -timeout 10m ./assets/runtimes

.PHONY: bench-engine
bench-engine: tools $(peers)/node_modules/.installed
	$(call say,engine)
	@mkdir -p build
	@go test -c -o build/ot.test ./shared/ot
	@GOOS=js GOARCH=wasm go test -c -o build/ot.wasm ./shared/ot
	@node $(peers)/compare.mjs build/ot.test build/ot.wasm
	@go test -run '^$$' -bench . -benchmem ./shared/...

# The files are those of a release as far as the page loads them at once: size compresses them as small as they get.
.PHONY: bench-load
bench-load: test-tools size
	$(call say,first load)
	@$(MAKE) bin/tandem
	@CHROMIUM=$(browser) TANDEM_BIN=$(CURDIR)/bin/tandem go test -run '^$$' -bench 'Load|Warm|Share' -benchtime 5x ./app/e2e

$(peers)/node_modules/.installed $(server_peers)/node_modules/.installed: %/node_modules/.installed: %/package.json %/package-lock.json
	@cd $* && npm ci --ignore-scripts --loglevel=error
	@touch $@

.PHONY: size
size: tools build/bundle build/app.wasm assets/node_modules/.installed ## compare the web files with their budgets
	$(call say,sizes)
	@build/bundle -size

.PHONY: release
release: tools build/bundle build/app.wasm assets/node_modules/.installed ## as build, with the web files as small as they get (takes minutes)
	$(call say,web files for a release)
	@build/bundle -release -size
	@touch -c assets/dist/manifest.json
	@$(MAKE) bin/tandem

.PHONY: clean
clean: ## remove everything that was built or fetched
	@rm -rf bin build assets/node_modules assets/.cache $(peers)/node_modules $(server_peers)/node_modules
	@find assets/dist -type f ! -name .keep -delete
