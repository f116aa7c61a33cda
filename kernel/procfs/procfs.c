/* SPDX-License-Identifier: MIT */
/*
 * /proc as a file system: nodes, directories, links. What its files say: proc_file.c.
 *
 * Locks: none of its own.
 */
#include "procfs/procfs.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "procfs/sysfs_tree.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/ptrace.h"
#include "task/task.h"

enum { PROC_MAGIC = 0x9fa0, PROC_ROOT_INO = 1, NAME_SIZE = 24, DOTS = 2 };

static const struct inode_ops proc_inode_ops;
static const struct file_ops proc_directory_ops;
static struct kmem_cache *node_cache;
static struct super *proc_super;

struct task_struct *proc_task(const struct proc_node *node)
{
	struct task_struct *task = node->pid ? get_task_by_id(node->pid) : NULL;

	if (task && task->start_time != node->start_time) {
		put_task_struct(task);
		task = NULL;
	}
	return task;
}

int proc_get_task(const struct proc_node *node, struct task_struct **task)
{
	*task = proc_task(node);
	return node->pid && !*task ? -ESRCH : 0;
}

void proc_put_task(struct task_struct *task)
{
	if (task)
		put_task_struct(task);
}

long proc_parse_id(const char *name)
{
	const char *end;
	u64 value = parse_number(name, &end, 10);

	if (end == name || *end || (name[0] == '0' && name[1]) || value > INT32_MAX)
		return -1;
	return (long)value;
}

/* --- nodes --- */

/* The numbers differ for all nodes that can be open at once; a stat of the same name gives the same
 * one. */
static u64 node_number(const struct proc_node *node)
{
	u64 entry = (u64)((const char *)node->entry - (const char *)&proc_inode_ops);

	return (u64)node->pid << 40 ^ (u64)(node->fd + 1) << 20 ^ (entry & 0xfffff) ^
	       (u64)node->thread << 39;
}

/* Files of a task belong to its user, as long as that may look into it, all others to root. They
 * change hands with the task. */
static void own_node(struct inode *inode, struct task_struct *task)
{
	bool open = task && (inode->mode == (S_IFDIR | 0555) || task_is_dumpable(task));
	uid_t uid = 0;
	gid_t gid = 0;

	if (open) {
		spin_lock(&tasklist_lock);
		uid = task->cred->euid;
		gid = task->cred->egid;
		spin_unlock(&tasklist_lock);
	}
	WRITE_ONCE(inode->uid, uid);
	WRITE_ONCE(inode->gid, gid);
}

static struct inode *make_inode(struct super *super, const struct proc_node *node)
{
	struct proc_node *copy = kmem_cache_alloc(node_cache);
	struct task_struct *task;
	struct inode *inode;

	if (!copy)
		return NULL;
	inode = inode_create(super, node->entry->mode);
	if (!inode) {
		kmem_cache_free(node_cache, copy);
		return NULL;
	}
	*copy = *node;
	inode->private = copy;
	inode->ino = node_number(node);
	inode->ops = &proc_inode_ops;
	inode->file_ops = S_ISDIR(inode->mode) ? &proc_directory_ops : &proc_file_ops;
	if (node->entry->file_ops)
		inode->file_ops = node->entry->file_ops;
	inode->nlink = S_ISDIR(inode->mode) ? 2 : 1;
	task = proc_task(node);
	own_node(inode, task);
	proc_put_task(task);
	return inode;
}

static void proc_destroy(struct inode *inode)
{
	if (inode->private)
		kmem_cache_free(node_cache, inode->private);
}

/* --- names --- */

static const struct proc_entry *find_fixed(const struct proc_entry *children, const char *name)
{
	for (; children && children->name; children++)
		if (strcmp(children->name, name) == 0)
			return children;
	return NULL;
}

/* A child has what its directory has, but for its entry. */
static struct proc_node fixed_child(const struct proc_node *node, const struct proc_entry *entry)
{
	struct proc_node child = *node;

	child.entry = entry;
	return child;
}

static int find_child(const struct proc_node *node, const char *name, struct proc_node *child)
{
	const struct proc_entry *entry = find_fixed(node->entry->children, name);

	if (!entry)
		entry = find_fixed(node->entry->more, name);
	if (entry) {
		*child = fixed_child(node, entry);
		return 0;
	}
	if (!node->entry->lookup || node->entry->lookup(node, name, child))
		return -ENOENT;
	child->ns = node->ns;
	return 0;
}

static int proc_lookup(struct inode *directory, struct dentry *dentry)
{
	struct proc_node child;
	struct inode *inode;

	if (find_child(proc_node_of(directory), dentry->name, &child))
		return 0; /* a negative dentry, which revalidate drops */
	inode = make_inode(directory->super, &child);
	if (!inode)
		return -ENOMEM;
	dentry_instantiate(dentry, inode);
	return 0;
}

/* Names that exist as long as their task (and descriptor) does; the others always. */
static bool proc_revalidate(struct dentry *dentry)
{
	const struct proc_node *node;
	struct task_struct *task;

	if (!dentry->inode)
		return false;
	node = proc_node_of(dentry->inode);
	if (!node->pid)
		return true;
	if (node->fd >= 0)
		return false;
	task = proc_task(node);
	if (task)
		own_node(dentry->inode, task);
	proc_put_task(task);
	return task;
}

/* --- directories --- */

static bool emit_child(struct dir_emitter *emitter, const char *name, const struct proc_node *child,
		       u64 next)
{
	return emitter->emit(emitter, name, strlen(name), node_number(child),
			     (u8)(child->entry->mode >> 12 & 15), (loff_t)next);
}

static bool emit_dots(struct file *file, struct dir_emitter *emitter)
{
	while (file->pos < DOTS) {
		if (!emitter->emit(emitter, "..", file->pos ? 2 : 1, file->inode->ino,
				   S_IFDIR >> 12, file->pos + 1))
			return false;
		file->pos++;
	}
	return true;
}

/* Lists fixed children; *base is the position of the first one, and moves behind the last. False:
 * no room. */
static bool emit_fixed(struct file *file, struct dir_emitter *emitter,
		       const struct proc_entry *entry, u64 *base)
{
	for (; entry && entry->name; entry++, (*base)++) {
		struct proc_node child = fixed_child(proc_node_of(file->inode), entry);

		if ((u64)file->pos > *base)
			continue;
		if (!emit_child(emitter, entry->name, &child, *base + 1))
			return false;
		file->pos = (loff_t)*base + 1;
	}
	return true;
}

/* Positions: the dots, then the fixed children, then the dynamic names by their own positions. */
static int proc_iterate(struct file *file, struct dir_emitter *emitter)
{
	const struct proc_node *node = proc_node_of(file->inode);
	u64 base = DOTS;

	if (!emit_dots(file, emitter) || !emit_fixed(file, emitter, node->entry->children, &base) ||
	    !emit_fixed(file, emitter, node->entry->more, &base))
		return 0;
	while (node->entry->next) {
		u64 at = (u64)file->pos - base;
		struct proc_node child = *node;
		char name[NAME_SIZE];

		if (!node->entry->next(node, &at, name, &child) ||
		    !emit_child(emitter, name, &child, base + at + 1))
			break;
		file->pos = (loff_t)(base + at) + 1;
	}
	return 0;
}

/* Directories of a task: the number of links tells the number of threads or children. Links to open
 * files: what they are open for. */
static int proc_getattr(struct inode *inode, struct kstat *stat)
{
	const struct proc_node *node = proc_node_of(inode);

	*stat = (struct kstat){
		.ino = inode->ino,
		.dev = inode->super->dev,
		.mode = inode->mode,
		.nlink = inode->nlink,
		.uid = inode->uid,
		.gid = inode->gid,
		.blksize = 1024,
		.atime = inode->atime,
		.mtime = inode->mtime,
		.ctime = inode->ctime,
		.btime = inode->btime,
	};
	if (S_ISDIR(inode->mode) && node->entry->next && node->pid && node->fd < 0) {
		struct task_struct *task = proc_task(node);

		if (task && task->signal)
			stat->nlink = 2 + task->signal->nr_threads;
		proc_put_task(task);
	}
	if (node->entry->permissions) {
		struct task_struct *task = proc_task(node);

		if (task)
			stat->mode = S_IFLNK | node->entry->permissions(task, node);
		proc_put_task(task);
	}
	return 0;
}

/* --- links --- */

/* The same for links: those of a task are for who may trace it; -EACCES. */
static int get_link_task(const struct proc_node *node, struct task_struct **task)
{
	int error = proc_get_task(node, task);

	if (!error && *task && !ptrace_may_access(*task, PTRACE_FSCREDS))
		error = -EACCES;
	return error;
}

static ssize_t proc_readlink(struct dentry *dentry, char *buffer, size_t size)
{
	const struct proc_node *node = proc_node_of(dentry->inode);
	struct task_struct *task;
	ssize_t length = get_link_task(node, &task);

	if (!length)
		length = node->entry->readlink(task, node, buffer, size);
	proc_put_task(task);
	return length;
}

/* -EOPNOTSUPP: the link is a text; the walk reads it. */
static int proc_follow(struct dentry *dentry, struct path *path)
{
	const struct proc_node *node = proc_node_of(dentry->inode);
	struct task_struct *task;
	int error;

	if (!node->entry->follow)
		return -EOPNOTSUPP;
	error = get_link_task(node, &task);
	if (!error)
		error = node->entry->follow(task, node, path);
	proc_put_task(task);
	return error;
}

static int proc_setattr(struct inode *inode, const struct iattr *attr)
{
	/* Truncation, as a shell's redirection asks for, changes nothing; the rest is not the
	 * user's. */
	return attr->valid & ~(u32)(ATTR_SIZE | ATTR_MTIME) ? -EPERM : 0;
}

/* Its own descriptors a process finds in any case: it is by them that it knows its files. */
static int proc_permission(struct inode *inode, int mask)
{
	const struct proc_node *node = proc_node_of(inode);
	int error = generic_permission(inode, mask);

	if (likely(!error) || !S_ISDIR(inode->mode) || node->entry->mode != (S_IFDIR | 0500))
		return error;
	return node->pid == current->tgid || (node->thread && node->pid == current->pid) ? 0
											 : error;
}

static const struct inode_ops proc_inode_ops = {
	.permission = proc_permission,
	.lookup = proc_lookup,
	.readlink = proc_readlink,
	.follow = proc_follow,
	.setattr = proc_setattr,
	.getattr = proc_getattr,
	.destroy = proc_destroy,
	.revalidate = proc_revalidate,
};

static const struct file_ops proc_directory_ops = {
	.iterate = proc_iterate,
};

bool proc_directory_task(const struct file *file, pid_t *id, struct task_struct **task)
{
	const struct proc_node *node;

	if (file->ops != &proc_directory_ops)
		return false;
	node = proc_node_of(file->inode);
	if (node->entry != &proc_process_entry)
		return false;
	*id = node->pid;
	*task = proc_task(node);
	return true;
}

/* --- the file system --- */

static const struct proc_entry root_entry = {
	.name = "/",
	.mode = S_IFDIR | 0555,
	.children = proc_root_entries,
	.lookup = proc_find_process,
	.next = proc_next_process,
};

static void proc_destroy_super(struct super *super)
{
	pid_ns_put(super->private);
}

/* A file system that shows a name space; takes over the reference to it. ERR_PTR(-ENOMEM). */
static struct super *make_super(struct pid_ns *ns)
{
	const struct proc_node root = { .entry = &root_entry, .fd = -1, .ns = ns };
	struct super *super = super_create("proc", PROC_MAGIC);
	struct inode *inode;

	if (!super) {
		pid_ns_put(ns);
		return ERR_PTR(-ENOMEM);
	}
	super->private = ns;
	super->destroy = proc_destroy_super;
	inode = make_inode(super, &root);
	if (inode)
		super->root = dentry_create_root(super, inode);
	if (!super->root) {
		super_put(super);
		return ERR_PTR(-ENOMEM);
	}
	inode->ino = PROC_ROOT_INO;
	return super;
}

/* The first name space has one instance, however often it is mounted; the others one for each
 * mount. */
static struct super *proc_mount(const char *source, u32 flags, const char *options)
{
	struct pid_ns *ns = task_pid_ns(current);

	if (ns->level)
		return make_super(pid_ns_get(ns));
	refcount_inc(&proc_super->refs);
	return proc_super;
}

static struct file_system proc_file_system = {
	.name = "proc",
	.nodev = true,
	.mount = proc_mount,
};

void procfs_init(void)
{
	node_cache = kmem_cache_create("proc_node", sizeof(struct proc_node), 0, NULL);
	proc_super = make_super(pid_ns_get(&init_pid_ns));
	if (IS_ERR(proc_super))
		panic("procfs: no memory at boot");
	file_system_register(&proc_file_system);
	sysfs_fill();
}
