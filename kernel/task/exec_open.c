/* SPDX-License-Identifier: MIT */
/*
 * exec: from a name to the file that is to be loaded, and to the rights that it runs with.
 *
 * A file that begins with "#!" names its interpreter, which may be a script again; execve(2) tells
 * what arguments that gets. Set-id bits of the file that is loaded count (so a script's do not),
 * unless the mount or the process forbids it.
 */
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/program.h"
#include "task/ptrace.h"

static int check_executable(const struct path *path)
{
	struct inode *inode = path->dentry->inode;

	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (!S_ISREG(inode->mode) || path_no_exec(path))
		return -EACCES;
	return inode_permission(inode, 1);
}

struct file *exec_open_file(int dirfd, const char *name, int flags)
{
	unsigned int lookup = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			      (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct path path;
	struct file *file;
	int error = path_lookup(dirfd, name, lookup, &path);

	if (error)
		return ERR_PTR(error);
	error = check_executable(&path);
	file = error ? ERR_PTR(error) : file_open_path(&path, O_RDONLY);
	path_put(&path);
	if (IS_ERR(file))
		return file;
	error = file_deny_write(file);
	if (error) {
		fput(file);
		return ERR_PTR(error);
	}
	return file;
}

/* --- scripts --- */

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

static char *skip_blanks(char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

static char *word_end(char *at)
{
	while (*at && !is_blank(*at))
		at++;
	return at;
}

/* Splits "#! interpreter [argument]"; -ENOEXEC when the name is missing, or cut off by the buffer's
 * end. */
static int parse_script(struct script *script)
{
	char *newline = strchr(script->line, '\n');
	char *end = newline ? newline : script->line + strlen(script->line);
	char *name, *after;

	while (end > script->line + 2 && is_blank(end[-1]))
		end--;
	*end = '\0';
	name = skip_blanks(script->line + 2);
	after = word_end(name);
	if (after == name || (!newline && after == script->line + EXEC_HEAD_SIZE - 1))
		return -ENOEXEC;
	script->interpreter = name;
	script->argument = NULL;
	if (*after) {
		*after = '\0';
		script->argument = skip_blanks(after + 1);
	}
	return 0;
}

static int push_script(struct exec *exec)
{
	struct script *script;

	if (exec->script_count == SCRIPT_DEPTH_MAX)
		return -ELOOP;
	script = kmalloc(sizeof(*script));
	if (!script)
		return -ENOMEM;
	memcpy(script->line, exec->head, sizeof(script->line));
	script->line[sizeof(script->line) - 1] = '\0';
	exec->scripts[exec->script_count++] = script;
	return parse_script(script);
}

static int read_head(struct exec *exec)
{
	ssize_t size;

	memset(exec->head, 0, sizeof(exec->head));
	size = kernel_read(exec->program.file, exec->head, sizeof(exec->head), 0);
	return size < 0 ? (int)size : 0;
}

int exec_open(struct exec *exec, int dirfd, int flags)
{
	const char *name = exec->path;

	if (flags & AT_EMPTY_PATH && !strncmp(name, "/dev/fd/", 8))
		name = "";
	for (;;) {
		struct file *file = exec_open_file(dirfd, name, flags);
		int error;

		if (IS_ERR(file))
			return (int)PTR_ERR(file);
		exec->program.file = file;
		error = read_head(exec);
		if (error || memcmp(exec->head, "#!", 2))
			return error;
		error = push_script(exec);
		if (error)
			return error;
		fput(file);
		exec->program.file = NULL;
		name = exec->scripts[exec->script_count - 1]->interpreter;
		dirfd = AT_FDCWD;
		flags = 0;
	}
}

/* --- rights --- */

static void apply_set_id(struct cred *cred, const struct file *file)
{
	const struct inode *inode = file->inode;

	if (path_no_suid(&file->path) || current->no_new_privs || ptrace_is_untrusted())
		return;
	if (inode->mode & S_ISUID)
		cred->euid = inode->uid;
	if ((inode->mode & (S_ISGID | 010)) == (S_ISGID | 010))
		cred->egid = inode->gid;
}

/* capabilities(7), "Transformation of capabilities during execve()", for files that have none. */
static void transform_capabilities(struct cred *cred, bool set_id)
{
	bool root_counts = !(cred->securebits & SECBIT_NOROOT);

	if (set_id)
		cred->cap_ambient = 0;
	cred->cap_permitted = cred->cap_effective = cred->cap_ambient;
	if (root_counts && (!cred->uid || !cred->euid))
		cred->cap_permitted |= cred->cap_inheritable | cred->cap_bounding;
	if (root_counts && !cred->euid)
		cred->cap_effective = cred->cap_permitted;
}

/* Who changed to a user with too many tasks, and has not been forgiven since, runs no program
 * (setuid(2) itself succeeds, as few programs expect it to fail). */
static bool too_many_tasks(void)
{
	bool marked = current->flags & PF_NPROC_EXCEEDED;

	current->flags &= ~(u32)PF_NPROC_EXCEEDED;
	return marked && user_exceeds(current->cred->user, rlimit(RLIMIT_NPROC));
}

static bool same_rights(const struct cred *a, const struct cred *b)
{
	return a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid &&
	       a->egid == b->egid && a->sgid == b->sgid && a->fsgid == b->fsgid &&
	       a->cap_permitted == b->cap_permitted && a->cap_effective == b->cap_effective &&
	       a->cap_ambient == b->cap_ambient && a->securebits == b->securebits;
}

/* What its caller may not read it may not have dumped, either. */
static bool is_readable(const struct exec *exec)
{
	const struct file *interpreter = exec->interpreter.file;

	return !inode_permission(exec->program.file->inode, MAY_READ) &&
	       (!interpreter || !inode_permission(interpreter->inode, MAY_READ));
}

int exec_credentials(struct exec *exec)
{
	const struct cred *old = current->cred;
	struct cred wanted = *old;
	bool set_id;

	if (unlikely(too_many_tasks()))
		return -EAGAIN;
	apply_set_id(&wanted, exec->program.file);
	set_id = wanted.euid != old->uid || wanted.egid != old->gid;
	wanted.suid = wanted.fsuid = wanted.euid;
	wanted.sgid = wanted.fsgid = wanted.egid;
	wanted.securebits &= ~(u32)SECBIT_KEEP_CAPS;
	transform_capabilities(&wanted, set_id);
	exec->plain = wanted.euid == wanted.uid && wanted.egid == wanted.gid && is_readable(exec);
	exec->secure = set_id || (wanted.uid && wanted.cap_permitted & ~wanted.cap_ambient);
	if (same_rights(&wanted, old))
		return 0;
	exec->cred = cred_prepare();
	if (IS_ERR(exec->cred)) {
		exec->cred = NULL;
		return -ENOMEM;
	}
	wanted.refs = exec->cred->refs;
	wanted.groups = exec->cred->groups;
	*exec->cred = wanted;
	return 0;
}
