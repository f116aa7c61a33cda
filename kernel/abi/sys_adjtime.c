/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2) and clock_adjtime(2): what time daemons tell the clock and ask of it.
 *
 * Stepping the clock (ADJ_SETOFFSET) and the distance to atomic time (ADJ_TAI) take effect. Rates
 * and slow corrections (ADJ_FREQUENCY, ADJ_TICK, ADJ_OFFSET) are checked, kept and told again; the
 * clock goes on at the rate of the hardware's counter.
 *
 * ntp.lock is taken around all of it; setting the clock by other calls clears the state, too.
 */
#include "abi/clocks.h"
#include "ipc/timerfd.h"
#include "lib/errno.h"
#include "sched/mutex.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

struct timex { /* adjtimex(2) */
	u32 modes, pad1;
	s64 offset, freq, maxerror, esterror;
	s32 status, pad2;
	s64 constant, precision, tolerance;
	struct timeval time;
	s64 tick, ppsfreq, jitter;
	s32 shift, pad3;
	s64 stabil, jitcnt, calcnt, errcnt, stbcnt;
	s32 tai, pad4[11];
};

static_assert(sizeof(struct timex) == 208, "struct timex of the ABI");

enum {
	ADJ_OFFSET = 0x1,
	ADJ_FREQUENCY = 0x2,
	ADJ_MAXERROR = 0x4,
	ADJ_ESTERROR = 0x8,
	ADJ_STATUS = 0x10,
	ADJ_TIMECONST = 0x20,
	ADJ_TAI = 0x80,
	ADJ_SETOFFSET = 0x100,
	ADJ_MICRO = 0x1000,
	ADJ_NANO = 0x2000,
	ADJ_TICK = 0x4000,
	ADJ_ADJTIME = 0x8000,  /* with ADJ_OFFSET: as adjtime(3) */
	ADJ_READONLY = 0x2000, /* with ADJ_ADJTIME: only tell */
};

enum {
	STA_PLL = 0x1,
	STA_UNSYNC = 0x40,
	STA_CLOCKERR = 0x1000,
	STA_NANO = 0x2000,
	STA_READONLY = 0xff00,
	TIME_OK = 0,
	TIME_ERROR = 5,
};

enum {
	MAX_ERROR_USEC = 16000000,
	MAX_OFFSET_USEC = 500000,
	MAX_FREQUENCY = 500 << 16, /* parts per million, 16 bits of fraction */
	MAX_TIME_CONSTANT = 10,
	MAX_TAI = 100000,
	TICK_USEC = 10000,
};

static struct {
	struct mutex lock;		   /* MUTEX_LEAF */
	s64 offset;			   /* [lock] ns */
	s64 adjust;			   /* [lock] us, of adjtime(3) */
	s64 frequency, maxerror, esterror; /* [lock] */
	s64 constant, tick;		   /* [lock] */
	s32 status;			   /* [lock] */
} ntp = {
	.lock = MUTEX_INIT(ntp.lock, MUTEX_LEAF),
	.maxerror = MAX_ERROR_USEC,
	.esterror = MAX_ERROR_USEC,
	.constant = 2,
	.tick = TICK_USEC,
	.status = STA_UNSYNC,
};

static s64 clamp(s64 value, s64 low, s64 high)
{
	return MAX(low, MIN(value, high));
}

/* Lock held. */
static int step_clock(nsec_t now)
{
	if (now < clock_monotonic())
		return -EINVAL;
	clock_set_realtime(now);
	timerfd_clock_was_set();
	ntp.adjust = ntp.offset = 0;
	ntp.status |= STA_UNSYNC;
	ntp.maxerror = ntp.esterror = MAX_ERROR_USEC;
	return 0;
}

int clock_set(nsec_t now)
{
	int error;

	mutex_lock(&ntp.lock);
	error = step_clock(now);
	mutex_unlock(&ntp.lock);
	return error;
}

static int check_modes(const struct timex *timex)
{
	u32 modes = timex->modes;
	s64 limit = modes & ADJ_NANO ? NSEC_PER_SEC : 1000000;

	if (modes & ADJ_ADJTIME) {
		if (!(modes & ADJ_OFFSET))
			return -EINVAL;
		if (!(modes & ADJ_READONLY) && !capable(CAP_SYS_TIME))
			return -EPERM;
	} else {
		if (modes && !capable(CAP_SYS_TIME))
			return -EPERM;
		if (modes & ADJ_TICK &&
		    (timex->tick < TICK_USEC * 9 / 10 || timex->tick > TICK_USEC * 11 / 10))
			return -EINVAL;
	}
	if (!(modes & ADJ_SETOFFSET))
		return 0;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return timex->time.tv_usec < 0 || timex->time.tv_usec >= limit ? -EINVAL : 0;
}

static void set_status(s32 status)
{
	if (ntp.status & STA_PLL && !(status & STA_PLL))
		ntp.status = STA_UNSYNC;
	ntp.status = (ntp.status & STA_READONLY) | (status & ~STA_READONLY);
}

/* Only a clock that follows a source of time takes an offset. */
static void set_offset(s64 offset)
{
	if (!(ntp.status & STA_PLL))
		return;
	if (!(ntp.status & STA_NANO))
		offset = clamp(offset, -MAX_OFFSET_USEC, MAX_OFFSET_USEC) * NSEC_PER_USEC;
	ntp.offset =
		clamp(offset, -MAX_OFFSET_USEC * NSEC_PER_USEC, MAX_OFFSET_USEC * NSEC_PER_USEC);
}

static void set_constant(s64 constant)
{
	constant = clamp(constant, 0, MAX_TIME_CONSTANT);
	if (!(ntp.status & STA_NANO))
		constant += 4;
	ntp.constant = MIN(constant, (s64)MAX_TIME_CONSTANT);
}

static void apply_modes(const struct timex *timex)
{
	u32 modes = timex->modes;

	if (modes & ADJ_STATUS)
		set_status(timex->status);
	if (modes & ADJ_NANO)
		ntp.status |= STA_NANO;
	if (modes & ADJ_MICRO)
		ntp.status &= ~STA_NANO;
	if (modes & ADJ_FREQUENCY)
		ntp.frequency = clamp(timex->freq, -MAX_FREQUENCY, MAX_FREQUENCY);
	if (modes & ADJ_MAXERROR)
		ntp.maxerror = clamp(timex->maxerror, 0, MAX_ERROR_USEC);
	if (modes & ADJ_ESTERROR)
		ntp.esterror = clamp(timex->esterror, 0, MAX_ERROR_USEC);
	if (modes & ADJ_TIMECONST)
		set_constant(timex->constant);
	if (modes & ADJ_TAI && timex->constant >= 0 && timex->constant <= MAX_TAI)
		clock_set_tai_offset((s32)timex->constant);
	if (modes & ADJ_OFFSET)
		set_offset(timex->offset);
	if (modes & ADJ_TICK)
		ntp.tick = timex->tick;
}

static void report(struct timex *timex)
{
	struct timespec now = ns_to_timespec(clock_realtime());
	bool fine = ntp.status & STA_NANO;

	timex->freq = ntp.frequency;
	timex->maxerror = ntp.maxerror;
	timex->esterror = ntp.esterror;
	timex->status = ntp.status;
	timex->constant = ntp.constant;
	timex->precision = 1;
	timex->tolerance = MAX_FREQUENCY;
	timex->tick = ntp.tick;
	timex->tai = clock_tai_offset();
	timex->time.tv_sec = now.tv_sec;
	timex->time.tv_usec = fine ? now.tv_nsec : now.tv_nsec / NSEC_PER_USEC;
	timex->ppsfreq = timex->jitter = timex->stabil = 0;
	timex->jitcnt = timex->calcnt = timex->errcnt = timex->stbcnt = 0;
	timex->shift = 0;
}

/* The clock's state, or -errno. Lock held. */
static int adjust(struct timex *timex)
{
	s64 scale = timex->modes & ADJ_NANO ? 1 : NSEC_PER_USEC;
	int error = 0;

	if (timex->modes & ADJ_SETOFFSET)
		error = step_clock(clock_realtime() + timex->time.tv_sec * NSEC_PER_SEC +
				   timex->time.tv_usec * scale);
	if (error)
		return error;
	if (timex->modes & ADJ_ADJTIME) {
		s64 before = ntp.adjust;

		if (!(timex->modes & ADJ_READONLY))
			ntp.adjust = timex->offset;
		timex->offset = before;
	} else {
		apply_modes(timex);
		timex->offset = ntp.offset;
		if (!(ntp.status & STA_NANO))
			timex->offset /= NSEC_PER_USEC;
	}
	report(timex);
	return ntp.status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
}

static long adjtime_from_user(uaddr_t address, int error)
{
	struct timex timex;
	long state;

	if (copy_from_user(&timex, address, sizeof(timex)))
		return -EFAULT;
	if (!error)
		error = check_modes(&timex);
	if (error)
		return error;
	mutex_lock(&ntp.lock);
	state = adjust(&timex);
	mutex_unlock(&ntp.lock);
	if (state < 0)
		return state;
	return copy_to_user(address, &timex, sizeof(timex)) ? -EFAULT : state;
}

/* adjtimex(2). */
long sys_adjtimex(uaddr_t address)
{
	return adjtime_from_user(address, 0);
}

/* clock_adjtime(2). */
long sys_clock_adjtime(long clock, uaddr_t address)
{
	bool exists = (int)clock <= CLOCK_BOOTTIME_ALARM || (int)clock == CLOCK_TAI;

	if ((int)clock == CLOCK_REALTIME)
		return adjtime_from_user(address, 0);
	return adjtime_from_user(address, exists ? -EOPNOTSUPP : -EINVAL);
}
