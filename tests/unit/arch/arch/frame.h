/* SPDX-License-Identifier: MIT */
/* For the host tests: the real trap frame, which is a plain structure. */
#include "../../../../arch/riscv/include/arch/frame.h"
