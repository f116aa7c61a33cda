/* SPDX-License-Identifier: MIT */
/* Parsing of mount options (fs/options.h). */
#include "fs/options.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

bool option_number(const char *value, u64 *number, unsigned int base)
{
	const char *end;

	if (!value)
		return false;
	*number = base ? parse_number(value, &end, base) : parse_size(value, &end);
	return end != value && !*end;
}

int options_parse(const char *text, option_fn use, void *data)
{
	size_t size = strlen(text) + 1;
	char *copy = kmalloc(size);
	char *next, *value;
	bool valid = true;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, size);
	for (char *at = copy; valid && at; at = next) {
		next = strchr(at, ',');
		if (next)
			*next++ = '\0';
		value = strchr(at, '=');
		if (value)
			*value++ = '\0';
		valid = !*at || use(data, at, value);
	}
	kfree(copy);
	return valid ? 0 : -EINVAL;
}
