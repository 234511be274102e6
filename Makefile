# `make` alone lists the targets.
.DEFAULT_GOAL := help

BIN := bin
GO ?= go

.PHONY: help
help: ## List the targets
	@awk -F':.*## ' '/^[A-Za-z-]+:.*## /{printf "  %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Check the example account three times (alert, silence, repaired): the real function on an embedded AWS, on this machine
	@CGO_ENABLED=0 $(GO) build -o $(BIN)/ ./functions/local
	@$(BIN)/local run

.PHONY: test
test: ## Everything that must hold: vet, gofmt and all tests
	$(GO) vet ./...
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	$(GO) test -timeout 30m $(if $(CI),-race) ./...

# How many functions the accounts have that `make bench` generates. 2000 take minutes under AWS's quotas.
BENCH_N ?= 20,200

.PHONY: bench
bench: ## Print the measured figures: calls, time and memory of whole scans, start, decisions a second (BENCH_N=20,200,2000)
	@CGO_ENABLED=0 $(GO) build -o $(BIN)/ ./functions/local
	$(BIN)/local bench -n $(BENCH_N)
	$(GO) test -run '^$$' -bench . -benchmem ./shared/iampolicy ./shared/authref

# make policy MODE=named FUNCTIONS=a,b ROLES=r,s
MODE ?= all

.PHONY: policy
policy: ## Print the policy of the role as JSON, with each statement's reason on stderr (MODE=named FUNCTIONS=a,b ROLES=r)
	@$(GO) run ./functions/local policy -mode $(MODE) $(if $(FUNCTIONS),-functions $(FUNCTIONS)) $(if $(ROLES),-roles $(ROLES))

.PHONY: generate
generate: ## Write the embedded data again from their sources
	$(GO) generate ./...

# grpcnotrace leaves out what makes the linker keep every method of every SDK client.
.PHONY: build-ProbeFunction
build-ProbeFunction: ## Build the function for SAM (called by sam build)
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build -tags lambda.norpc,grpcnotrace -trimpath -ldflags="-s -w" -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/probe
	cp probe.yaml $(wildcard *.json) "$(ARTIFACTS_DIR)/"

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BIN) .aws-sam
