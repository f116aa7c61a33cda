/* SPDX-License-Identifier: MIT */
/*
 * The way back: from a path to its name, and getcwd(2). Names are written from the end of the
 * buffer towards its start.
 *
 * Locks: namespace_lock while the name is put together; never across anything that sleeps.
 */
#include "fs/fdtable.h"
#include "fs/internal.h"
#include "lib/string.h"

/* A text that grows towards the start of its buffer. */
struct backwards {
	char *start; /* of the buffer */
	char *at;    /* of the text */
	bool full;
};

static void prepend(struct backwards *out, const char *text, size_t length)
{
	if ((size_t)(out->at - out->start) < length) {
		out->full = true;
		return;
	}
	out->at -= length;
	memcpy(out->at, text, length);
}

static void prepend_text(struct backwards *out, const char *text)
{
	prepend(out, text, strlen(text));
}

static const struct path *task_root(void)
{
	return current->fs ? &current->fs->root : &namespace_root;
}

/* Puts down the components from a path up to the task's root; true when it got there.
 * namespace_lock is held. */
static bool prepend_components(struct backwards *out, struct path at)
{
	const struct path *root = task_root();
	bool any = false;

	while (at.dentry != root->dentry || at.mount != root->mount) {
		if (at.dentry == at.mount->root) {
			if (!at.mount->parent)
				break;
			at = (struct path){ at.mount->parent, at.mount->mountpoint };
			continue;
		}
		prepend(out, at.dentry->name, at.dentry->length);
		prepend(out, "/", 1);
		at.dentry = at.dentry->parent;
		any = true;
	}
	if (!any)
		prepend(out, "/", 1);
	return at.dentry == root->dentry && at.mount == root->mount;
}

static bool is_deleted(const struct dentry *dentry)
{
	return dentry->flags & DENTRY_UNHASHED;
}

char *path_name_reached(const struct path *path, char *buffer, size_t size, bool *reached)
{
	struct backwards out = { buffer, buffer + size, false };
	const struct dentry *dentry = path->dentry;

	prepend(&out, "", 1);
	spin_lock(&namespace_lock);
	if (dentry->flags & DENTRY_ANONYMOUS) {
		prepend(&out, dentry->name, dentry->length);
		*reached = true;
	} else {
		if (is_deleted(dentry))
			prepend_text(&out, " (deleted)");
		*reached = prepend_components(&out, *path);
	}
	spin_unlock(&namespace_lock);
	return out.full ? ERR_PTR(-ENAMETOOLONG) : out.at;
}

char *path_name(const struct path *path, char *buffer, size_t size)
{
	bool reached;

	return path_name_reached(path, buffer, size, &reached);
}

char *dentry_name(struct dentry *dentry, char *buffer, size_t size)
{
	struct backwards out = { buffer, buffer + size, false };

	prepend(&out, "", 1);
	if (dentry->parent == dentry)
		prepend(&out, "/", 1);
	spin_lock(&namespace_lock);
	for (; dentry->parent != dentry; dentry = dentry->parent) {
		prepend(&out, dentry->name, dentry->length);
		prepend(&out, "/", 1);
	}
	spin_unlock(&namespace_lock);
	return out.full ? ERR_PTR(-ENAMETOOLONG) : out.at;
}

char *cwd_name(char *buffer, size_t size)
{
	struct path cwd;
	bool reached;
	char *name;

	spin_lock(&namespace_lock);
	cwd = current->fs->cwd;
	path_get(&cwd);
	spin_unlock(&namespace_lock);
	name = ERR_PTR(-ENOENT);
	if (!is_deleted(cwd.dentry))
		name = path_name_reached(&cwd, buffer, size, &reached);
	if (!IS_ERR(name) && !reached) {
		struct backwards out = { buffer, name, false };

		prepend_text(&out, "(unreachable)");
		name = out.full ? ERR_PTR(-ENAMETOOLONG) : out.at;
	}
	path_put(&cwd);
	return name;
}
