/* SPDX-License-Identifier: MIT */
/*
 * riscv_hwprobe(2) without a call: what the vDSO answers.
 */
#ifndef ABI_HWPROBE_H
#define ABI_HWPROBE_H

/* Writes the answers for all harts to the vDSO's page. Once, at boot, when the harts are known. */
void hwprobe_init(void);

#endif
