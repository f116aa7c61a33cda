# SPDX-License-Identifier: MIT
#
# Hartwood's build. `make help` lists the targets, docs/building.md explains them.
# What is compiled and how stands in tools/mk/: kernel.mk (the kernel), userland.mk
# (root file systems), tests.mk (tests and benchmarks).

# --- knobs ----------------------------------------------------------------------------

HARTS  ?= 4
MEM    ?= 1G
BOARD  ?= virt
TIER   ?= 1
INITRD ?=
APPEND ?=
DEBUG  ?= 0
V      ?= 0

# CC=clang builds with clang; anything else is GCC's cross compiler.
CROSS  ?= riscv64-linux-gnu-
KERNEL_CC := $(if $(findstring clang,$(CC)),$(CC),$(CROSS)gcc)

# One folder per kind of build: build, build/debug, build/clang, build/clang-debug.
empty :=
space := $(empty) $(empty)
kind  := $(subst $(space),-,$(strip $(if $(findstring clang,$(CC)),clang) \
	$(if $(filter 1,$(DEBUG)),debug)))
B     := build$(if $(kind),/$(kind))

Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-8s %s\n' '$(1)' '$(2)'

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

include tools/mk/kernel.mk
include tools/mk/userland.mk
include tools/mk/tests.mk

# --- targets --------------------------------------------------------------------------

.PHONY: all run debug clean help setup update-lock abi format FORCE

all: $(B)/Image ## Build the kernel: build/Image and build/hartwood.elf

# Through the environment, as a command line may hold any quotes.
run debug-session: export BOOT_APPEND = $(value APPEND)
BOOT_OPTIONS = -b '$(BOARD)' -s '$(HARTS)' -m '$(MEM)' -k $(B)/Image -i '$(BOOT_INITRD)' \
	-a "$$BOOT_APPEND"

run: $(B)/Image $(BOOT_INITRD) ## Boot it in QEMU to a shell (power-off or Ctrl-A X ends it)
	$(Q)tools/run-qemu $(BOOT_OPTIONS)

debug: ## Boot it stopped in QEMU, with gdb attached (kernel symbols, hw-ps, hw-rq)
	$(Q)$(MAKE) --no-print-directory DEBUG=1 debug-session

.PHONY: debug-session
debug-session: $(B)/Image $(BOOT_INITRD)
	$(Q)tools/debug-qemu $(BOOT_OPTIONS) $(B)/hartwood.elf

setup: build/.setup ## Install what the build and the tests need (asks once; YES=1 does not)

build/.setup: tools/setup
	$(Q)tools/setup
	@mkdir -p build && touch $@

update-lock: ## Refresh userland/packages.lock and tools/sources.lock from the mirror
	$(Q)tools/update-lock

abi: ## Write docs/syscalls.md, which system calls there are, from the table
	$(Q)tools/abi-report kernel/abi/syscalls.tbl >docs/syscalls.md

format: ## Format every C file with clang-format 14
	$(Q)tools/c-files | xargs -r tools/clang-format -i

clean: ## Delete what was built (downloads stay; delete build/ to start from nothing)
	$(Q)find build -mindepth 1 -maxdepth 1 ! -name third_party ! -name cache \
		! -name .setup -exec rm -rf {} + 2>/dev/null || true

help: ## List the targets
	@echo 'usage: make [TARGET] [KNOB=VALUE]...'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' \
		Makefile tools/mk/*.mk
	@echo
	@echo 'Knobs: HARTS=$(HARTS) MEM=$(MEM) BOARD=virt|sifive_u|icicle_kit TIER=1|2|3'
	@echo '       INITRD=cpio APPEND="kernel command line" DEBUG=1 CC=clang V=1 YES=1'
