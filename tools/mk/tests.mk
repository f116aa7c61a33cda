# SPDX-License-Identifier: MIT
#
# Tests and benchmarks. Each part writes its console to build/results/PART.log, whose last
# line is "N passed, N failed"; `make test` runs all parts and adds these lines up.

HOST_CC := gcc
GUEST_CC := $(CROSS)gcc
LINUX := build/cache/linux/Image

.PHONY: test test-unit test-system test-debug test-peer test-crowd test-matrix accept stress bench bench-peer bench-smp lint

test: build/.setup ## Run every test: lint, unit, system, debug build
	$(Q)tests/run lint unit system debug

# --- unit tests: kernel sources on the host, under sanitizers -------------------------

UNIT_TESTS := $(patsubst tests/unit/%.c,build/tests/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_FLAGS := -std=gnu11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -fno-builtin -Wall -Wextra -Wno-unused-parameter \
	-DCONFIG_DEBUG=1 -DZ_SOLO -Itests/unit -Itests/unit/arch -Ikernel -Ibuild/include \
	-isystem build/third_party/libfdt -isystem build/third_party/zlib

# A test names the kernel sources it is built with, and flags if it needs some, in comments:
# /* sources: kernel/lib/rbtree.c ... */ and /* flags: -D... */
build/tests/unit/%: tests/unit/%.c tools/test-comment \
		| $(FETCHED) build/include/generated/version.h
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)inputs="$$(tools/test-comment flags $<) $< $$(tools/test-comment sources $<)" && \
		$(HOST_CC) $(UNIT_FLAGS) $$inputs -MM -MT $@ >$@.d && \
		$(HOST_CC) $(UNIT_FLAGS) $$inputs -o $@ -lcmocka

.PHONY: unit-programs
unit-programs: $(UNIT_TESTS)

# A test that does not build is a failed one; the others run.
test-unit: build/.setup ## Unit tests of the kernel's pure parts, on the host (ASan, UBSan)
	-$(Q)$(MAKE) --no-print-directory -k unit-programs
	$(Q)tests/unit/run $(UNIT_TESTS)

-include $(wildcard build/tests/unit/*.d)

# --- system tests: the kernel in QEMU, driven over its console ------------------------

GUEST_TESTS := $(patsubst tests/guest/%.c,build/tests/guest/%,$(wildcard tests/guest/*.c))

build/tests/guest/%: tests/guest/%.c tests/guest/guest.h | build/.setup
	$(call say,GUESTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -std=gnu11 -D_GNU_SOURCE -O1 -g0 -static -pthread -Wall -Wextra -Werror -o $@ $<

build/tests.cpio: tests/guest/init tools/make-tests-cpio $(GUEST_TESTS) | build/.setup
	$(call say,CPIO,$@)
	$(Q)tools/make-tests-cpio build/cache $@ tests/guest/init $(GUEST_TESTS)

test-system: build/Image build/rootfs-tier1.cpio build/rootfs-tier2.cpio build/tests.cpio ## System tests in QEMU (TESTS=text picks)
	$(Q)$(MAKE) --no-print-directory DEBUG=1 build/debug/Image
	-$(Q)$(MAKE) --no-print-directory CC=clang build/clang/Image
	$(Q)tests/system/run $(addprefix -k ,$(TESTS))

test-debug: build/rootfs-tier1.cpio build/tests.cpio ## The same with the debug build, over seeds and hart counts
	$(Q)$(MAKE) --no-print-directory DEBUG=1 build/debug/Image
	$(Q)HARTWOOD_KERNEL=build/debug/Image HARTWOOD_TIME_SCALE=3 \
		tests/system/run $(addprefix -s ,$(or $(SEEDS),1 2)) \
		$(addprefix -k ,$(or $(TESTS),boot.virt shell guest.programs guest.fork))

test-peer: build/rootfs-tier1.cpio build/tests.cpio ## The guest programs on Debian's Linux, as a proof of the tests
	$(Q)tools/fetch-linux $(dir $(LINUX))
	$(Q)HARTWOOD_KERNEL=$(LINUX) tests/system/run -k guest.programs

accept: build/Image build/rootfs-tier$(TIER).cpio ## All acceptance commands of TIER and below, or COMMANDS="gcc python-*", on 1 to 8 harts (long)
	$(Q)TIER=$(TIER) COMMANDS='$(COMMANDS)' tests/system/run -f -j 1 -k $(or $(TESTS),accept)

# The tree of tier 2, and after it an archive of the one script.
build/stress.cpio: build/rootfs-tier2.cpio tests/stress/stress-mix
	$(call say,CPIO,$@)
	$(Q)mkdir -p build/stress/usr/bin && cp tests/stress/stress-mix build/stress/usr/bin
	$(Q)cd build/stress && echo usr/bin/stress-mix | cpio --quiet -o -H newc -R 0:0 >../stress.part
	$(Q)cat $< build/stress.part >$@

stress: build/stress.cpio ## MINUTES (60) of guest time of everything at once, debug build (long)
	$(Q)$(MAKE) --no-print-directory DEBUG=1 build/debug/Image
	$(Q)STRESS_MINUTES=$(or $(MINUTES),60) tests/system/run -f -j 1 -k stress

test-crowd: build/Image build/tests.cpio ## 100,000 threads and 10,000 processes in 4 GiB (long)
	$(Q)tests/system/run -f -j 1 -k crowd

test-matrix: build/Image build/rootfs-tier1.cpio ## OpenSBI 1.1 to 1.6, QEMU 7 and 10, boards, sizes (downloads)
	$(Q)tools/fetch-qemu build/cache/qemu
	$(Q)tests/system/run -f -k matrix

# --- benchmarks -----------------------------------------------------------------------

BENCH_SOURCES := $(wildcard tests/bench/*.c)

build/bench.cpio: $(BENCH_SOURCES) tests/bench/op.h tools/make-bench-cpio | build/.setup
	$(call say,CPIO,$@)
	@mkdir -p build/tests/bench
	$(Q)$(GUEST_CC) -std=gnu11 -O2 -static -s -Wall -Wextra -o build/tests/bench/init $(BENCH_SOURCES)
	$(Q)tools/make-bench-cpio build/cache $@ build/tests/bench/init

bench: build/Image build/bench.cpio ## Instructions per operation, beside Linux's figures
	$(Q)tests/bench/run build/Image build/bench.cpio $(OPERATIONS)

bench-peer: build/bench.cpio ## The same on Debian's Linux: rows for tests/bench/linux-6.12.tsv
	$(Q)tools/fetch-linux $(dir $(LINUX))
	$(Q)tests/bench/run -p $(LINUX) build/bench.cpio $(OPERATIONS)

bench-smp: build/Image build/rootfs-tier2.cpio ## hackbench's time on 2, 4, 8 harts, in turns with Linux's (PARTS=text picks)
	$(Q)tools/fetch-linux $(dir $(LINUX))
	$(Q)tests/bench/smp $(PARTS)

# --- lint -----------------------------------------------------------------------------

lint: build/.setup ## Format, shell scripts, include floors, file lengths, paths in docs
	$(Q)tests/lint/run
