# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # read and set for tools/run-qemu
#
# QEMU's generic RISC-V machine. Every hart has S-mode and an MMU.
max_harts=64
machine="-M virt -smp $harts"
