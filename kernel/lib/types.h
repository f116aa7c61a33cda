/* SPDX-License-Identifier: MIT */
/*
 * The words that every file uses.
 *
 * Addresses have a type for each space, so that mixing them does not compile or at least cannot be
 * dereferenced:
 *
 *   void *    a kernel virtual address: the only one that C can dereference
 *   uaddr_t   a user virtual address, an integer; reached through vm/usercopy.h only
 *   paddr_t   a physical address, a structure of one member; reached through phys_to_virt()
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef long ssize_t;
typedef s64 loff_t;
typedef s32 pid_t;
typedef s32 key_t;
typedef u32 uid_t;
typedef u32 gid_t;
typedef u32 umode_t; /* file type and permission bits, as in st_mode */
typedef u32 dev_t;   /* device number in Linux's 32-bit coding: see MKDEV in fs/vfs.h */

typedef u64 uaddr_t; /* user virtual address */
typedef u64 pfn_t;   /* physical page frame number */
typedef s64 nsec_t;  /* nanoseconds: a duration, or an instant on the clock that the name tells */

typedef struct {
	u64 addr;
} paddr_t; /* physical address */

static inline paddr_t paddr(u64 addr)
{
	return (paddr_t){ addr };
}

/* A set of harts by logical index. 64 harts is the most that one machine may have. */
typedef u64 hartmask_t;
enum { MAX_HARTS = 64 };

static inline hartmask_t hartmask_of(unsigned int hart)
{
	return (hartmask_t)1 << hart;
}

#define KiB (1UL << 10)
#define MiB (1UL << 20)
#define GiB (1UL << 30)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define ALIGN_UP(value, to) (((value) + (__typeof__(value))(to)-1) & ~((__typeof__(value))(to)-1))
#define ALIGN_DOWN(value, to) ((value) & ~((__typeof__(value))(to)-1))
#define DIV_ROUND_UP(value, by) (((value) + (by)-1) / (by))
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* The lesser, the greater of two values of one type. Each argument is evaluated once; they nest. */
#define MIN(a, b) CHOOSE_BY(<, a, b, __COUNTER__)
#define MAX(a, b) CHOOSE_BY(>, a, b, __COUNTER__)
#define CHOOSE_BY(less, a, b, unique) CHOOSE_UNIQUE(less, a, b, unique)
#define CHOOSE_UNIQUE(less, a, b, unique)                                                          \
	({                                                                                         \
		__typeof__(a) choose_a##unique = (a);                                              \
		__typeof__(b) choose_b##unique = (b);                                              \
		choose_a##unique less choose_b##unique ? choose_a##unique : choose_b##unique;      \
	})

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define must_check __attribute__((warn_unused_result))
#define noreturn __attribute__((noreturn))
#define noinline __attribute__((noinline))
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __maybe_unused __attribute__((unused))
#define __printf(string_index, first) __attribute__((format(printf, string_index, first)))
#define __cacheline_aligned __attribute__((aligned(64)))

/* One access that the compiler may neither split, repeat nor drop; no ordering. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

#endif
