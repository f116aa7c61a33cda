# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # read and set for tools/run-qemu
#
# QEMU's model of Microchip's PolarFire SoC Icicle Kit, with the device tree that Linux has for
# it. Hart 0 is the monitor core (E51) and stays parked. The memory is what the tree says, 1 GiB
# at each of two places; QEMU has both only from 3G on. The console is the second UART: the
# first belongs to the board's own firmware. No power switch, no reset.
max_harts=4
memory=3G
machine="-M microchip-icicle-kit -smp $((harts + 1)) -dtb $root/boards/dtb/mpfs-icicle-kit.dtb"
machine="$machine -serial null -serial mon:stdio"
