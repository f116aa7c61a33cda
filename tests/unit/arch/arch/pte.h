/* SPDX-License-Identifier: MIT */
/* For the host tests: the real format of page-table entries, which is pure arithmetic. */
#include "../../../../arch/riscv/include/arch/pte.h"
