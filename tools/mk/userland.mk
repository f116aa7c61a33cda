# SPDX-License-Identifier: MIT
#
# Root file systems of unmodified Debian programs, as cpio archives for -initrd.
# Downloads are kept in build/cache, what was packed in OUTPUT.packages.

ROOTFS_PARTS := userland/make-rootfs userland/fetch-locked userland/packages.lock \
	userland/init userland/process.c tests/acceptance/acceptance.tsv

# What `make run` boots: INITRD= where it is given, else the tree of TIER.
BOOT_INITRD := $(or $(INITRD),build/rootfs-tier$(TIER).cpio)

build/rootfs-tier%.cpio: $(ROOTFS_PARTS) | build/.setup
	$(call say,ROOTFS,$@)
	$(Q)userland/make-rootfs -c build/cache $* $@

.PHONY: rootfs
rootfs: build/rootfs-tier$(TIER).cpio ## Make a root file system: TIER=1 static, 2 dynamic, 3 compilers
