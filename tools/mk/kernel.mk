# SPDX-License-Identifier: MIT
#
# How the kernel is compiled and linked. Sources are found, not listed: every .c under
# kernel/, every .c and .S under arch/riscv/, with two exceptions that are made into
# something else first: arch/riscv/vdso/ (a shared object that the kernel carries) and
# arch/riscv/asm-offsets.c (field offsets for assembly).

# --- sources --------------------------------------------------------------------------

VDSO_SRCS := $(wildcard arch/riscv/vdso/*.c arch/riscv/vdso/*.S)
VDSO_LDS  := $(wildcard arch/riscv/vdso/vdso.lds)
OFFSETS   := $(wildcard arch/riscv/asm-offsets.c)

KERNEL_SRCS := $(sort $(filter-out $(OFFSETS) arch/riscv/vdso/%, \
	$(shell find kernel arch/riscv -name '*.c' -o -path 'arch/*' -name '*.S' 2>/dev/null)))

# fdt_addresses.c names a function of fdt_rw.c, which needs fdt_wip.c.
LIBFDT_SRCS := $(addprefix build/third_party/libfdt/, \
	fdt.c fdt_check.c fdt_ro.c fdt_addresses.c fdt_strerror.c fdt_rw.c fdt_wip.c)
ZLIB_SRCS := $(addprefix build/third_party/zlib/, \
	inflate.c inffast.c inftrees.c adler32.c crc32.c zutil.c)
FETCHED := build/third_party/.fetched

KERNEL_OBJS := $(addprefix $(B)/,$(addsuffix .o,$(KERNEL_SRCS)))
LIBFDT_OBJS := $(patsubst build/%.c,$(B)/%.c.o,$(LIBFDT_SRCS))
ZLIB_OBJS   := $(patsubst build/%.c,$(B)/%.c.o,$(ZLIB_SRCS))
VDSO_OBJS   := $(addprefix $(B)/,$(addsuffix .o,$(VDSO_SRCS)))

# --- flags ----------------------------------------------------------------------------

# An option where the compiler takes it, nothing where it does not.
cc-option = $(shell $(KERNEL_CC) $(TARGET) -mabi=lp64 -Werror $(1) -S -o /dev/null -x c /dev/null \
	2>/dev/null && echo '$(1)')
first-of  = $(firstword $(foreach option,$(1),$(call cc-option,$(option))))

ifneq ($(filter clean help setup,$(or $(MAKECMDGOALS),all)),$(or $(MAKECMDGOALS),all))
# The compiler is asked below, so it is to be here first: make remakes what it includes, and
# then starts over.
include build/.setup

TARGET     := $(if $(findstring clang,$(KERNEL_CC)),--target=riscv64-linux-gnu)
MARCH      := $(call first-of,-march=rv64imac_zicsr_zifencei -march=rv64imac)
RESOURCE   := $(shell $(KERNEL_CC) $(TARGET) -print-file-name=include 2>/dev/null)
SMALL_DATA := $(call cc-option,-msmall-data-limit=0)
endif

LD      := $(CROSS)ld
OBJCOPY := $(CROSS)objcopy

# What all code for the target has in common.
TARGET_FLAGS := $(TARGET) -std=gnu11 -O2 -g $(MARCH) -mabi=lp64 -mno-relax -ffreestanding \
	-fno-builtin-printf -fno-common -fno-stack-protector -fno-strict-aliasing \
	-fno-asynchronous-unwind-tables -nostdinc
WARNINGS := -Wall -Wextra -Wshadow -Werror -Wno-unused-parameter \
	-Wframe-larger-than=1536
INCLUDES := -Ikernel -Iarch/riscv/include -I$(B)/include -isystem build/third_party/libfdt \
	-isystem build/third_party/zlib -isystem kernel/lib/compat -isystem $(RESOURCE)
KERNEL_FLAGS := $(TARGET_FLAGS) -mcmodel=medany -fno-pic $(SMALL_DATA) $(INCLUDES) -DZ_SOLO \
	-DCONFIG_DEBUG=$(if $(filter 1,$(DEBUG)),1,0)
VDSO_FLAGS := $(TARGET_FLAGS) -fPIC $(INCLUDES) -DCONFIG_DEBUG=0
THIRD_PARTY_FLAGS := $(KERNEL_FLAGS) -w -include string.h

LDFLAGS := -nostdlib -static -z max-page-size=4096 -z noexecstack --no-undefined \
	--fatal-warnings

# --- rules ----------------------------------------------------------------------------

# Rebuild all when the command that compiles changes.
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(KERNEL_CC) $(KERNEL_FLAGS) $(WARNINGS)' | cmp -s - $@ || \
		echo '$(KERNEL_CC) $(KERNEL_FLAGS) $(WARNINGS)' >$@

GENERATED := $(addprefix $(B)/include/generated/, \
	version.h asm-offsets.h syscall_thunks.h syscall_table.h syscall_names.h)

$(KERNEL_OBJS) $(VDSO_OBJS): $(B)/.flags | $(GENERATED) $(FETCHED)

$(B)/%.c.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_FLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(B)/%.S.o: %.S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_FLAGS) -DVDSO_PATH='"$(B)/vdso.so"' -I$(B) -MMD -MP -c $< -o $@

$(LIBFDT_OBJS) $(ZLIB_OBJS): $(B)/third_party/%.c.o: $(FETCHED) $(B)/.flags
	$(call say,CC,third_party/$*.c)
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(THIRD_PARTY_FLAGS) -c build/third_party/$*.c -o $@

$(FETCHED): tools/sources.lock | build/.setup
	$(Q)tools/fetch-sources build/third_party
	@touch $@

$(B)/hartwood.elf: kernel.ld $(KERNEL_OBJS) $(LIBFDT_OBJS) $(ZLIB_OBJS)
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -Map=$(B)/hartwood.map -o $@ \
		$(KERNEL_OBJS) $(LIBFDT_OBJS) $(ZLIB_OBJS)

$(B)/Image: $(B)/hartwood.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

# --- the vDSO -------------------------------------------------------------------------

$(VDSO_OBJS): $(B)/%.o: % $(B)/.flags
	$(call say,VDSO,$<)
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(VDSO_FLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(B)/vdso.so: $(VDSO_LDS) $(VDSO_OBJS)
	$(call say,LD,$@)
	$(Q)$(CROSS)ld -shared -nostdlib -soname linux-vdso.so.1 --hash-style=both -z noexecstack \
		-z max-page-size=4096 --build-id=none --no-undefined $(addprefix -T ,$(VDSO_LDS)) \
		-o $@.tmp $(VDSO_OBJS)
	$(Q)$(OBJCOPY) -S $@.tmp $@ && rm $@.tmp

$(filter %/vdso-image.S.o,$(KERNEL_OBJS)): $(B)/vdso.so

# --- generated headers ----------------------------------------------------------------

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1)

$(B)/include/generated/version.h: FORCE
	@mkdir -p $(@D)
	@echo '#define HARTWOOD_VERSION "$(VERSION)"' | cmp -s - $@ || \
		echo '#define HARTWOOD_VERSION "$(VERSION)"' >$@

# asm-offsets.c writes lines '->NAME VALUE' into its assembly; they become #defines.
$(B)/include/generated/asm-offsets.h: $(OFFSETS) $(B)/.flags | $(FETCHED)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(if $(OFFSETS),$(KERNEL_CC) $(KERNEL_FLAGS) $(WARNINGS) -MMD -MP -MT $@ \
		-MF $(B)/asm-offsets.d -S $(OFFSETS) -o $(B)/asm-offsets.s,: >$(B)/asm-offsets.s)
	$(Q)sed -n 's/^.*\.ascii[[:space:]]*"->\([A-Za-z0-9_]*\) \(-\{0,1\}[0-9]*\).*/#define \1 \2/p' \
		$(B)/asm-offsets.s >$@

SYSCALLS := $(wildcard kernel/abi/syscalls.tbl)

SYSCALL_SRCS := $(wildcard kernel/abi/sys_*.c)

$(B)/include/generated/syscall_%.h: tools/gen-syscalls $(SYSCALLS) $(SYSCALL_SRCS)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/gen-syscalls $* $(SYSCALLS) $(SYSCALL_SRCS) >$@

-include $(KERNEL_OBJS:.o=.d) $(VDSO_OBJS:.o=.d) $(B)/asm-offsets.d
