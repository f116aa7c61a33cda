# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # read and set for tools/run-qemu
#
# QEMU's model of the HiFive Unleashed. Hart 0 is the monitor core (E51): it has neither
# S-mode nor an MMU and stays parked, so one hart more than the kernel uses is started.
# The board has no power switch that software reaches: after a power-off QEMU goes on.
max_harts=4
machine="-M sifive_u -smp $((harts + 1))"
