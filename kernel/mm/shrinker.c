/* SPDX-License-Identifier: MIT */
/*
 * Shrinkers: who keeps memory that it could do without, and is asked when there is none left.
 *
 * The list changes at boot only, while one hart runs, and is read without a lock after. Several
 * harts may run the shrinkers at once; one hart never runs them inside themselves.
 */
#include "base/perhart.h"
#include "mm/page.h"
#include "mm/shrinker.h"

static LIST_HEAD(shrinkers);
static DEFINE_PERHART(bool, shrinking); /* by the hart */

void shrinker_register(struct shrinker *shrinker)
{
	list_add_tail(&shrinker->link, &shrinkers);
}

unsigned long shrink_all(void)
{
	bool *busy = this_hart_ptr(shrinking);
	struct shrinker *shrinker;
	unsigned long freed = 0;

	if (*busy)
		return 0;
	*busy = true;
	list_for_each_entry (shrinker, &shrinkers, link)
		freed += shrinker->shrink();
	*busy = false;
	return freed;
}
