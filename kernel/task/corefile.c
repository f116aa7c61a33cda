/* SPDX-License-Identifier: MIT */
/*
 * The content of a core file: an ELF header, a table of segments, the notes (corenotes.c), and the
 * memory, from a page's beginning on.
 *
 * Each region is a segment, whether its memory is dumped or not: /proc/pid/coredump_filter says of
 * which kinds it is. Pages that hold nothing are holes in the file. RLIMIT_CORE ends the writing
 * where it is reached; holes do not count. A pipe has no holes, and no limit.
 */
#include "fs/text.h"
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/coredump.h"
#include "task/elf.h"
#include "task/process.h"
#include "uapi/core.h"
#include "vm/dump.h"
#include "vm/space.h"

struct core_file {
	struct file *file;
	loff_t pos;
	u64 room; /* what may still be written */
	bool piped;
};

/* A signal does not end the waiting for a pipe's reader, unless it kills. */
static ssize_t put_some(struct core_file *core, const char *bytes, size_t size)
{
	loff_t pos = core->pos;
	ssize_t written;

	do {
		task_clear_flag(current, TIF_SIGPENDING);
		written = kernel_write(core->file, bytes, size, &pos);
	} while (written == -ERESTARTSYS && !current_fatal_signal_pending());
	if (written > 0)
		core->pos += written;
	return written;
}

/* True: all of it was written. */
static bool put(struct core_file *core, const void *bytes, size_t size)
{
	const char *at = bytes;

	if (size > core->room || current_fatal_signal_pending())
		return false;
	core->room -= size;
	while (size) {
		ssize_t written = put_some(core, at, size);

		if (written <= 0)
			return false;
		at += written;
		size -= (size_t)written;
	}
	return true;
}

/* Goes on at a later place. A pipe gets zeros for what is left out. */
static bool skip_to(struct core_file *core, u64 offset)
{
	static const char zeros[512];

	if (!core->piped)
		core->pos = (loff_t)offset;
	while ((u64)core->pos < offset)
		if (!put(core, zeros, MIN(offset - (u64)core->pos, sizeof(zeros))))
			return false;
	return true;
}

/* --- what of a region --- */

static bool begins_as_elf(const struct region_image *image)
{
	char magic[4];

	return vm_access(current->mm, image->start, magic, sizeof(magic), false, false) ==
		       (ssize_t)sizeof(magic) &&
	       !memcmp(magic, "\177ELF", sizeof(magic));
}

/* The first page of a program or library tells a debugger which one it is. */
static bool wants_header(const struct region_image *image, u32 filter)
{
	return filter & CORE_ELF_HEADERS && !image->offset && image->flags & REGION_READ &&
	       (image->file->inode->mode & 0111 || begins_as_elf(image));
}

static bool wants_shared(const struct region_image *image, u32 filter)
{
	bool named = image->file && image->file->inode->nlink;

	return filter & (named ? CORE_FILE_SHARED : CORE_ANON_SHARED);
}

/* How many bytes of the region, from its start on, are dumped. */
static u64 dump_size(const struct region_image *image, u32 filter)
{
	u64 all = image->end - image->start;

	if (image->flags & REGION_SPECIAL)
		return all;
	if (image->flags & REGION_DONTDUMP)
		return 0;
	if (image->flags & REGION_SHARED)
		return wants_shared(image, filter) ? all : 0;
	if (image->private_page && filter & CORE_ANON_PRIVATE)
		return all;
	if (!image->file)
		return 0;
	if (filter & CORE_FILE_PRIVATE)
		return all;
	return wants_header(image, filter) ? PAGE_SIZE : 0;
}

/* --- headers --- */

static struct elf_header file_header(u32 segments)
{
	return (struct elf_header){
		.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 }, /* 64 bits, little-endian, version 1 */
		.type = ET_CORE,
		.machine = EM_RISCV,
		.version = 1,
		.phoff = sizeof(struct elf_header),
		.ehsize = sizeof(struct elf_header),
		.phentsize = sizeof(struct elf_segment),
		.phnum = (u16)segments,
	};
}

static u32 segment_flags(u32 flags)
{
	return (flags & REGION_READ ? PF_R : 0) | (flags & REGION_WRITE ? PF_W : 0) |
	       (flags & REGION_EXEC ? PF_X : 0);
}

/* The table of segments: the notes, then each region. */
static void fill_segments(struct elf_segment *segment, const struct region_image *images, u32 count,
			  size_t notes_size)
{
	u64 offset = sizeof(struct elf_header) + (count + 1) * sizeof(*segment);
	u32 filter = READ_ONCE(current->mm->core_filter);

	*segment++ = (struct elf_segment){
		.type = PT_NOTE, .offset = offset, .filesz = notes_size, .align = 4
	};
	offset = ALIGN_UP(offset + notes_size, (u64)PAGE_SIZE);
	for (u32 i = 0; i < count; i++, segment++) {
		*segment = (struct elf_segment){
			.type = PT_LOAD,
			.flags = segment_flags(images[i].flags),
			.offset = offset,
			.vaddr = images[i].start,
			.filesz = dump_size(&images[i], filter),
			.memsz = images[i].end - images[i].start,
			.align = PAGE_SIZE,
		};
		offset += segment->filesz;
	}
}

/* --- memory --- */

static bool put_segment(struct core_file *core, const struct elf_segment *segment, void *page)
{
	uaddr_t end = segment->vaddr + segment->filesz, at = segment->vaddr;

	while ((at = vm_dump_page(current->mm, at, end, page)) < end) {
		if (!skip_to(core, segment->offset + (at - segment->vaddr)) ||
		    !put(core, page, PAGE_SIZE))
			return false;
		at += PAGE_SIZE;
	}
	return !current_fatal_signal_pending();
}

/* The last byte, so that holes at the end are in the file's size. */
static void put_end(struct core_file *core, const struct elf_segment *last)
{
	u64 end = last->offset + last->filesz;

	if ((u64)core->pos < end && skip_to(core, end - 1))
		put(core, "", 1);
}

static void put_memory(struct core_file *core, const struct elf_segment *segments, u32 count)
{
	void *page = kmalloc(PAGE_SIZE);
	bool good = page;

	for (u32 i = 0; i < count && good; i++)
		good = put_segment(core, &segments[i], page);
	if (good && count)
		put_end(core, &segments[count - 1]);
	kfree(page);
}

static void write_file(struct core_file *core, const struct region_image *images, u32 count,
		       const struct text *notes)
{
	const struct elf_header header = file_header(count + 1);
	size_t size = (count + 1) * sizeof(struct elf_segment);
	struct elf_segment *segments = kmalloc(size);

	if (!segments)
		return;
	fill_segments(segments, images, count, notes->length);
	if (put(core, &header, sizeof(header)) && put(core, segments, size) &&
	    put(core, notes->buffer, notes->length))
		put_memory(core, segments + 1, count);
	kfree(segments);
}

bool core_write(const struct core_dump *dump, struct file *file)
{
	bool piped = dump->pattern[0] == '|';
	struct core_file core = { .file = file,
				  .room = piped ? RLIM_INFINITY : dump->limit,
				  .piped = piped };
	struct region_image *images;
	struct text notes = { 0 };
	bool good;
	u32 count;

	if (vm_images(current->mm, &images, &count))
		return false;
	core_notes(dump, images, count, &notes);
	good = !notes.failed;
	if (good)
		write_file(&core, images, count, &notes);
	text_free(&notes);
	vm_images_free(images, count);
	return good;
}
