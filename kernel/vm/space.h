/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: mm_struct, and its regions.
 *
 * A region (Linux's vm_area_struct) is a range of addresses with one protection and one backing:
 * nothing (anonymous), or a memory object at an offset, private (copied when written) or shared.
 *
 * What is mapped:
 * VM1: a leaf entry maps a counted page (one reference for each leaf entry), or is PTE_SPECIAL.
 * VM2: a page table may be shared by several spaces (struct page refs of the table > 1). It is
 * then never changed, and no entry in or below it permits writing to a private page; who wants to
 * change it first takes a copy of its own (pagetable.c). So fork copies no more than the root's
 * entries.
 * VM3: a private page is written in place only when one leaf entry refers to it (refs == 1) in a
 * table that is not shared.
 *
 * mm->lock (mutex, MUTEX_SPACE) protects regions and tables of the space; the fault path takes
 * it.
 */
#ifndef VM_SPACE_H
#define VM_SPACE_H

#include "arch/mmu.h"
#include "entry.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "sched/mutex.h"

struct file;
struct vmo;
struct vmo_watcher;

enum prot { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };

/* Flags of mmap(2). */
enum map_flags {
	MAP_SHARED = 0x01,
	MAP_PRIVATE = 0x02,
	MAP_SHARED_VALIDATE = 0x03,
	MAP_TYPE = 0x0f,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_GROWSDOWN = 0x0100,
	MAP_DENYWRITE = 0x0800,
	MAP_EXECUTABLE = 0x1000,
	MAP_LOCKED = 0x2000,
	MAP_NORESERVE = 0x4000,
	MAP_POPULATE = 0x8000,
	MAP_NONBLOCK = 0x10000,
	MAP_STACK = 0x20000,
	MAP_HUGETLB = 0x40000,
	MAP_SYNC = 0x80000,
	MAP_FIXED_NOREPLACE = 0x100000,
	/* For vm_map() only: the file is not open for writing, so mprotect must not grant it to a
	 * shared mapping. */
	VM_MAP_NO_WRITE = 0x40000000,
};

enum region_flags {
	REGION_READ = PROT_READ,
	REGION_WRITE = PROT_WRITE,
	REGION_EXEC = PROT_EXEC,
	REGION_MAY_READ = 1 << 4, /* what mprotect may grant */
	REGION_MAY_WRITE = 1 << 5,
	REGION_MAY_EXEC = 1 << 6,
	REGION_SHARED = 1 << 7,
	REGION_STACK = 1 << 8,	  /* grows down on faults, to RLIMIT_STACK */
	REGION_HEAP = 1 << 9,	  /* brk's */
	REGION_NOHUGE = 1 << 10,  /* MADV_NOHUGEPAGE */
	REGION_SPECIAL = 1 << 11, /* pages without references: vDSO */
	REGION_DONTFORK = 1 << 12,
	REGION_WIPEONFORK = 1 << 13,
	REGION_LOCKED = 1 << 14,
	REGION_VDSO = 1 << 15,
	REGION_SEALED = 1 << 16,    /* mseal(2): neither moves nor changes */
	REGION_USERFAULT = 1 << 17, /* missing pages are asked for: userfault.h */
	REGION_DONTDUMP = 1 << 18,  /* MADV_DONTDUMP: not in core files */
	REGION_COMMITTED = 1 << 19, /* its pages are promised: vm/commit.h */
	/* mbind(2)'s mode, of enum memory_policy; there is one node, so it has no effect */
	REGION_POLICY_SHIFT = 20,
	REGION_POLICY_MASK = 7 << REGION_POLICY_SHIFT,
	REGION_NORESERVE = 1 << 24, /* MAP_NORESERVE: never COMMITTED */
};

struct region {
	struct rb_node node;	     /* by start, augmented with the largest gap below */
	struct mm_struct *mm;	     /* [I] */
	uaddr_t start, end;	     /* page-aligned; end exclusive */
	u64 hole;		     /* bytes free between the region before (or 0) and start */
	u64 gap;		     /* the largest hole of the regions in this subtree */
	u32 flags;		     /* enum region_flags */
	struct vmo *object;	     /* NULL: anonymous */
	u64 offset;		     /* byte in the object that stands at start */
	struct file *file;	     /* what was mapped, with a reference; or NULL */
	struct userfault *userfault; /* REGION_USERFAULT: whom to ask; lives as long as that */
	/* [object lock] in vmo->mappings; later on a list of those to be released */
	struct list_head mapping_link;
	u64 visit; /* [object lock] number of the truncation that looked at it last */
};

/* Who may look at a space, and get its core file (prctl(2), PR_SET_DUMPABLE). */
enum dumpable {
	DUMP_NOT, /* who may trace everybody; no core files */
	DUMP_USER,
	DUMP_ROOT, /* as DUMP_NOT, but for core files that are root's: /proc/sys/fs/suid_dumpable */
};

/* What prctl(2) has a space keep to, and its copies and the programs after it. */
enum space_traits {
	/* nothing that is not executable becomes so, or is that and writable (PR_SET_MDWE) */
	SPACE_NO_EXEC_GAIN = 1,
	SPACE_NOT_INHERITED = 2, /* the former */
	SPACE_MERGES = 4,	 /* PR_SET_MEMORY_MERGE: kept, as nobody merges */
};

enum { AUXV_WORDS_MAX = 66 }; /* as many as Linux keeps */

struct mm_struct {
	/* First: the scheduler, a floor below, switches by it alone. */
	struct arch_space arch;
	refcount_t users;	   /* [a] tasks; the last one takes the space apart */
	refcount_t refs;	   /* [a] of the structure: users as one, and lookers-on */
	struct mutex lock;	   /* MUTEX_SPACE */
	struct rb_root regions;	   /* [lock] */
	struct region *last_found; /* [lock] cache of the last lookup */
	u32 region_count;	   /* [lock] */
	uaddr_t mmap_top;	   /* [I] mmap goes down from here */
	uaddr_t brk_start;	   /* [lock] where the heap begins */
	uaddr_t brk;		   /* [lock] where it ends */
	uaddr_t vdso;		   /* [I] address of its code */
	/* [lock] where exec has put them, or prctl(PR_SET_MM) says, for /proc */
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t stack_top, arg_start, arg_end, env_start, env_end;
	u64 pages_mapped;    /* [lock] address space, pages: RLIMIT_AS */
	u64 most_mapped;     /* [lock] the most it was before it became less */
	u64 data_pages;	     /* [lock] private writable pages of address space */
	u64 stack_pages;     /* [lock] of stacks that grow */
	u64 exec_pages;	     /* [lock] of code */
	u64 locked_pages;    /* [lock] of mlock(2) */
	s64 committed_pages; /* [lock] of regions that are REGION_COMMITTED */
	s64 rss_anon;	     /* [lock] pages mapped: anonymous ones and copies */
	s64 rss_file;	     /* [lock] pages mapped: of objects */
	u64 max_rss;	     /* [lock] high-water mark */
	struct file *exe;    /* [lock] /proc/pid/exe */
	u32 lock_future;     /* [lock] mlockall(MCL_FUTURE): REGION_LOCKED, else 0 */
	bool no_huge_pages;  /* [a] prctl(PR_SET_THP_DISABLE) */
	u8 dumpable;	     /* [a] enum dumpable */
	u8 traits;	     /* [lock] to change: enum space_traits */
	u16 core_filter;     /* [a] /proc/pid/coredump_filter: enum core_filter of uapi/core.h */
	u32 membarrier;	     /* [a] commands that registered, of enum membarrier_command */
	u32 auxv_words;	     /* [lock] used ones of auxv */
	/* [lock] as the program got it, or prctl(PR_SET_MM) says. Last: not zeroed when a space is
	 * made. */
	u64 auxv[AUXV_WORDS_MAX];
};

/* --- life --- */

/* How the file system counts uses of its open files; it sets both at boot (they are get_file and
 * fput). */
extern struct file *(*vm_file_get)(struct file *file);
extern void (*vm_file_put)(struct file *file); /* may sleep; called without locks */
/* Makes memory come free when a fault finds none: oom_kill() of task/oom.h, set at boot. False:
 * give up. May sleep; no locks held but a space's. */
extern bool (*vm_out_of_memory)(void);

/* An empty space; ERR_PTR(-ENOMEM). users and refs are 1. */
struct mm_struct *mm_create(void) must_check;
/* fork: a copy-on-write copy of current's space. ERR_PTR(-ENOMEM), (-EINTR). May sleep. */
struct mm_struct *mm_fork(struct mm_struct *from) must_check;
/* Users: the last one to go unmaps everything. May sleep. No hart runs the space when the last
 * user goes. */
static inline void mm_get_user(struct mm_struct *mm)
{
	refcount_inc(&mm->users);
}
void mm_put_user(struct mm_struct *mm);
/* From outside (/proc, ptrace): keeps the structure; mm_get_user_unless_dead to look inside. */
static inline void mm_get(struct mm_struct *mm)
{
	refcount_inc(&mm->refs);
}
void mm_put(struct mm_struct *mm);
static inline bool mm_get_user_unless_dead(struct mm_struct *mm)
{
	return refcount_inc_not_zero(&mm->users);
}
/* The traits of a copy of a space, or of the next program's. */
static inline u8 space_traits_inherited(const struct mm_struct *from)
{
	u8 traits = READ_ONCE(from->traits);

	if (unlikely(traits & SPACE_NOT_INHERITED))
		traits &= (u8) ~(SPACE_NO_EXEC_GAIN | SPACE_NOT_INHERITED);
	return traits;
}
/* Makes current use another space (exec, exit_mm): switches the hardware; mm may be NULL. Returns
 * the old one, whose user reference the caller now holds. */
struct mm_struct *mm_switch_current(struct mm_struct *mm);

/* --- faults --- */

/* Resolves a fault of a task of the space at address. 0; -EFAULT with *code SEGV_MAPERR or
 * SEGV_ACCERR (1, 2) for SIGSEGV; -EIO for SIGBUS (beyond the object's end); -ENOMEM. May sleep. */
int vm_fault(struct mm_struct *mm, uaddr_t address, enum fault_access access, int *code);

/* --- regions; all sleep. Addresses are checked by these functions --- */

/* mmap(2). file is NULL for anonymous; object and offset give the content (a reference of its own
 * is taken). Returns the address or -errno. */
long vm_map(struct mm_struct *mm, uaddr_t hint, u64 length, int prot, unsigned int flags,
	    struct file *file, struct vmo *object, u64 offset);
int vm_unmap(struct mm_struct *mm, uaddr_t start, u64 length);
/* shmdt(2): what vm_map() with that watched object at start has made, as far as it is still there.
 * -EINVAL: there is nothing. */
int vm_unmap_watched(struct mm_struct *mm, uaddr_t start, const struct vmo_watcher *watcher);
int vm_protect(struct mm_struct *mm, uaddr_t start, u64 length, int prot);
long vm_remap(struct mm_struct *mm, uaddr_t old, u64 old_length, u64 new_length, unsigned int flags,
	      uaddr_t to);
long vm_brk(struct mm_struct *mm, uaddr_t brk); /* brk(2): the new break, or the old one */
int vm_advise(struct mm_struct *mm, uaddr_t start, u64 length, int advice);
bool vm_advice_is_remote(int advice); /* may be given for another process: process_madvise(2) */
/* Drops all private pages of a space whose users are dying. 0, -EINTR, -ENOMEM. */
int vm_drop_private(struct mm_struct *mm) must_check;
int vm_sync(struct mm_struct *mm, uaddr_t start, u64 length, int flags);
/* mlock2(2), munlock(2): counts, and populates if asked. */
int vm_lock_pages(struct mm_struct *mm, uaddr_t start, u64 length, bool lock, bool populate);
/* mlockall(2), munlockall(2) of what is mapped, if `current`; and of what will be. */
int vm_lock_all(struct mm_struct *mm, bool lock, bool mapped, bool future, bool populate);
/* Bytes of the range that are locked already. */
u64 vm_locked_bytes(struct mm_struct *mm, uaddr_t start, u64 length);
int vm_seal(struct mm_struct *mm, uaddr_t start, u64 length); /* mseal(2) */
/* mbind(2): 0, -EFAULT (a hole), -ENOMEM. And the mode at an address, or -EFAULT. */
int vm_set_policy(struct mm_struct *mm, uaddr_t start, u64 length, u32 policy);
int vm_get_policy(struct mm_struct *mm, uaddr_t address);
/* Is there a page at the address? 0, -ENOENT, -EFAULT (nor can there be one). */
int vm_page_there(struct mm_struct *mm, uaddr_t address);
/* remap_file_pages(2), by a mapping of its own. */
long vm_remap_file(struct mm_struct *mm, uaddr_t start, u64 size, u64 page_offset,
		   unsigned int flags);
int vm_mincore(struct mm_struct *mm, uaddr_t start, u64 length, uaddr_t vector);

/* Where mmap's area may end for a stack that ends at stack_top and may grow to stack_limit bytes:
 * in another gigabyte than the stack, so that the two share no page table (docs/memory.md).
 * mm->mmap_top is less by a random part of MMAP_SPREAD. */
#define MMAP_SPREAD (256 * MiB)
uaddr_t vm_mmap_top(uaddr_t stack_top, u64 stack_limit);

/* exec: the stack below top with room for its growth; 0 or -errno. */
int vm_map_stack(struct mm_struct *mm, uaddr_t top, bool executable) must_check;
/* Maps kernel pages (the vDSO's) without references. */
int vm_map_special(struct mm_struct *mm, uaddr_t start, const void *kernel_pages, u64 length,
		   int prot) must_check;

/* The region that holds address, or the first one above it. NULL. mm->lock is held. */
struct region *vm_find_region(struct mm_struct *mm, uaddr_t address);
struct region *vm_next_region(struct region *region);
struct region *vm_first_region(struct mm_struct *mm);

/* Copies between kernel memory and another space (ptrace, /proc/pid/mem, exec's arguments); write
 * breaks COW even of read-only private pages when force. Returns bytes moved, or -EFAULT/-EIO for
 * none. May sleep. */
ssize_t vm_access(struct mm_struct *mm, uaddr_t address, void *buffer, size_t size, bool write,
		  bool force);

/* A truncated object: unmaps [start, end) bytes of it everywhere; end ~0 for all. Called by
 * vmo.c, no lock held. */
void vm_unmap_object(struct vmo *object, u64 start, u64 end);

/* Counts of a region's pages that are mapped, for smaps: in all, not of objects, used by others
 * too, changed and not. pss: bytes, each page divided by the number of its users. huge: those in
 * pages of 2 MiB. Added to what usage says already. mm->lock is held; may sleep. */
struct vm_usage {
	u64 rss, anon, huge, shared_clean, private_dirty, private_clean, pss;
};
void vm_region_usage(struct region *region, struct vm_usage *usage);

/* What is mapped at a page's address. mm->lock is held. */
struct vm_page_state {
	bool present;
	bool of_object;
	u64 users; /* mappings, as far as they can be told */
	u64 frame; /* number of the physical page */
};
void vm_page_state(struct mm_struct *mm, uaddr_t address, struct vm_page_state *state);
/* Pages of the tables that the space uses, its root included. Takes mm->lock. */
u64 vm_table_pages(struct mm_struct *mm);

/* Where a shared futex word lives: its object (or the mm for private memory) and byte offset. 0
 * or -EFAULT. May sleep. */
struct futex_place {
	const void *owner; /* mm_struct or vmo */
	u64 offset;
};
int vm_futex_place(struct mm_struct *mm, uaddr_t address, bool shared, struct futex_place *place);

u64 table_count(void); /* page tables below the roots, for /proc */

void vm_init(void);

#endif
