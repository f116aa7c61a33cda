/* SPDX-License-Identifier: MIT */
/*
 * The line discipline, seen through a pseudo-terminal: what is typed, what stands on the screen and
 * what a read gets, for one change of the settings after another; and how long a read waits.
 */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { READS = 4 };

struct text {
	const char *bytes;
	size_t length;
};
#define TEXT(string)                                                                               \
	{                                                                                          \
		string, sizeof(string) - 1                                                         \
	}

struct scenario {
	const char *name;
	tcflag_t set_input, clear_input, set_output, clear_output, set_local, clear_local;
	bool sets_key;
	int key; /* of c_cc */
	cc_t value;
	const char *written; /* by a program, before */
	struct text typed;
	const char *shown;	  /* on the screen */
	size_t size;		  /* of the reads; 0: large */
	struct text reads[READS]; /* what they get; those without bytes: none */
};

static const struct scenario scenarios[] = {
	{ .name = "plain", .typed = TEXT("abc\r"), .shown = "abc\r\n", .reads = { TEXT("abc\n") } },
	{ .name = "erase",
	  .typed = TEXT("ab\177\177\177z\r"),
	  .shown = "ab\b \b\b \bz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "erase_noechoe",
	  .clear_local = ECHOE,
	  .typed = TEXT("ab\177\177\177z\r"),
	  .shown = "ab^?^?z\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "erase_prt",
	  .set_local = ECHOPRT,
	  .typed = TEXT("abc\177\177z\r"),
	  .shown = "abc\\cb/z\r\n",
	  .reads = { TEXT("az\n") } },
	{ .name = "erase_prt_all",
	  .set_local = ECHOPRT,
	  .typed = TEXT("abc\177\177\177\177z\r"),
	  .shown = "abc\\cba/z\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "werase_prt",
	  .set_local = ECHOPRT,
	  .typed = TEXT("abc de\027z\r"),
	  .shown = "abc de\\ed/z\r\n",
	  .reads = { TEXT("abc z\n") } },
	{ .name = "kill_prt",
	  .set_local = ECHOPRT,
	  .typed = TEXT("abc de\025z\r"),
	  .shown = "abc de\\ed cba/z\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "reprint_prt",
	  .set_local = ECHOPRT,
	  .typed = TEXT("abc\177\022z\r"),
	  .shown = "abc\\c/^R\r\nabz\r\n",
	  .reads = { TEXT("abz\n") } },
	{ .name = "erase_ctl",
	  .typed = TEXT("a\001\177\177z\r"),
	  .shown = "a^A\b \b\b \b\b \bz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "erase_noctl",
	  .clear_local = ECHOCTL,
	  .typed = TEXT("a\001\177\177z\r"),
	  .shown = "a\001\b \bz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "erase_tab",
	  .typed = TEXT("a\tb\177\177\177z\r"),
	  .shown = "a\tb\b \b\b\b\b\b\b\b\b\b \bz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "erase_tab2",
	  .written = "prompt$ ",
	  .typed = TEXT("a\001\t\177z\r"),
	  .shown = "prompt$ a^A\t\b\b\b\b\bz\r\n",
	  .reads = { TEXT("a\001z\n") } },
	{ .name = "erase_utf8",
	  .set_input = IUTF8,
	  .typed = TEXT("a\303\244\342\202\254\177\177\177\r"),
	  .shown = "a\303\244\342\202\254\b \b\b \b\b \b\r\n",
	  .reads = { TEXT("\n") } },
	{ .name = "erase_noutf8",
	  .typed = TEXT("a\303\244\177\r"),
	  .shown = "a\303\244\b \b\r\n",
	  .reads = { TEXT("a\303\n") } },
	{ .name = "werase",
	  .typed = TEXT("one  two_3 ;\027\r"),
	  .shown = "one  two_3 ;\b \b\b \b\b \b\b \b\b \b\b \b\b \b\r\n",
	  .reads = { TEXT("one  \n") } },
	{ .name = "werase2",
	  .typed = TEXT("foo/bar \027x\r"),
	  .shown = "foo/bar \b \b\b \b\b \b\b \bx\r\n",
	  .reads = { TEXT("foo/x\n") } },
	{ .name = "werase_ctl",
	  .typed = TEXT("foo \001\002\027x\r"),
	  .shown = "foo ^A^B\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bx\r\n",
	  .reads = { TEXT("x\n") } },
	{ .name = "werase_high",
	  .typed = TEXT("foo \344\344\027x\r"),
	  .shown = "foo \344\344\b \b\b \bx\r\n",
	  .reads = { TEXT("foo x\n") } },
	{ .name = "werase_empty",
	  .typed = TEXT("\027\025\177x\r"),
	  .shown = "x\r\n",
	  .reads = { TEXT("x\n") } },
	{ .name = "kill",
	  .typed = TEXT("abc\025z\r"),
	  .shown = "abc\b \b\b \b\b \bz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "kill_noke",
	  .clear_local = ECHOKE,
	  .typed = TEXT("abc\025z\r"),
	  .shown = "abc^U\r\nz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "kill_nok",
	  .clear_local = ECHOK,
	  .typed = TEXT("abc\025z\r"),
	  .shown = "abc^Uz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "kill_nok_noke",
	  .clear_local = ECHOK | ECHOKE,
	  .typed = TEXT("abc\025z\r"),
	  .shown = "abc^Uz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "kill_noe",
	  .clear_local = ECHOE,
	  .typed = TEXT("abc\025z\r"),
	  .shown = "abc^U\r\nz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "kill_noecho",
	  .clear_local = ECHO,
	  .typed = TEXT("abc\025z\r"),
	  .reads = { TEXT("z\n") } },
	{ .name = "reprint",
	  .typed = TEXT("ab\022z\r"),
	  .shown = "ab^R\r\nabz\r\n",
	  .reads = { TEXT("abz\n") } },
	{ .name = "reprint_ctl",
	  .typed = TEXT("a\001\t\022z\177\177\r"),
	  .shown = "a^A\t^R\r\na^A\tz\b \b\b\b\b\b\b\r\n",
	  .reads = { TEXT("a\001\n") } },
	{ .name = "reprint_noecho",
	  .clear_local = ECHO,
	  .typed = TEXT("ab\022z\r"),
	  .reads = { TEXT("ab\022z\n") } },
	{ .name = "lnext",
	  .typed = TEXT("a\026\003\026\177\r"),
	  .shown = "a^\b^C^\b^?\r\n",
	  .reads = { TEXT("a\003\177\n") } },
	{ .name = "lnext_noctl",
	  .clear_local = ECHOCTL,
	  .typed = TEXT("a\026\003\r"),
	  .shown = "a\003\r\n",
	  .reads = { TEXT("a\003\n") } },
	{ .name = "lnext_nl",
	  .typed = TEXT("a\026\nb\r"),
	  .shown = "a^\b^Jb\r\n",
	  .reads = { TEXT("a\nb\n") } },
	{ .name = "lnext_cr",
	  .typed = TEXT("a\026\rb\r"),
	  .shown = "a^\b^Mb\r\n",
	  .reads = { TEXT("a\rb\n") } },
	{ .name = "lnext_noiexten",
	  .clear_local = IEXTEN,
	  .typed = TEXT("a\026\027\022z\r"),
	  .shown = "a^V^W^Rz\r\n",
	  .reads = { TEXT("a\026\027\022z\n") } },
	{ .name = "lnext_signal_xon",
	  .typed = TEXT("\026\023\026\032z\r"),
	  .shown = "^\b^S^\b^Zz\r\n",
	  .reads = { TEXT("\023\032z\n") } },
	{ .name = "eof", .typed = TEXT("ab\004"), .shown = "ab", .reads = { TEXT("ab") } },
	{ .name = "eof_alone",
	  .typed = TEXT("\004\004z\r"),
	  .shown = "z\r\n",
	  .reads = { TEXT(""), TEXT(""), TEXT("z\n") } },
	{ .name = "eof_edge",
	  .typed = TEXT("ab\004cd\r"),
	  .shown = "abcd\r\n",
	  .size = 2,
	  .reads = { TEXT("ab"), TEXT("cd"), TEXT("\n") } },
	{ .name = "eof_noecho",
	  .clear_local = ECHO,
	  .typed = TEXT("ab\004z\r"),
	  .reads = { TEXT("ab"), TEXT("z\n") } },
	{ .name = "lines_small",
	  .typed = TEXT("one\rtwo\r"),
	  .shown = "one\r\ntwo\r\n",
	  .size = 2,
	  .reads = { TEXT("on"), TEXT("e\n"), TEXT("tw"), TEXT("o\n") } },
	{ .name = "eol",
	  .sets_key = true,
	  .key = VEOL,
	  .value = ';',
	  .typed = TEXT("ab;cd\177\r"),
	  .shown = "ab;cd\b \b\r\n",
	  .reads = { TEXT("ab;"), TEXT("c\n") } },
	{ .name = "eol_nul",
	  .typed = TEXT("a\0b\r"),
	  .shown = "a^@b\r\n",
	  .reads = { TEXT("a\0b\n") } },
	{ .name = "eol2",
	  .sets_key = true,
	  .key = VEOL2,
	  .value = ';',
	  .typed = TEXT("ab;cd\r"),
	  .shown = "ab;cd\r\n",
	  .reads = { TEXT("ab;"), TEXT("cd\n") } },
	{ .name = "eol2_noiexten",
	  .clear_local = IEXTEN,
	  .sets_key = true,
	  .key = VEOL2,
	  .value = ';',
	  .typed = TEXT("ab;cd\r"),
	  .shown = "ab;cd\r\n",
	  .reads = { TEXT("ab;cd\n") } },
	{ .name = "eol_ctl",
	  .sets_key = true,
	  .key = VEOL,
	  .value = 2,
	  .typed = TEXT("ab\002cd\r"),
	  .shown = "ab^Bcd\r\n",
	  .reads = { TEXT("ab\002"), TEXT("cd\n") } },
	{ .name = "istrip",
	  .set_input = ISTRIP,
	  .typed = TEXT("\341\342\215"),
	  .shown = "ab\r\n",
	  .reads = { TEXT("ab\n") } },
	{ .name = "iuclc",
	  .set_input = IUCLC,
	  .typed = TEXT("AbC\r"),
	  .shown = "abc\r\n",
	  .reads = { TEXT("abc\n") } },
	{ .name = "iuclc_noiexten",
	  .set_input = IUCLC,
	  .clear_local = IEXTEN,
	  .typed = TEXT("AbC\r"),
	  .shown = "AbC\r\n",
	  .reads = { TEXT("AbC\n") } },
	{ .name = "igncr",
	  .set_input = IGNCR,
	  .typed = TEXT("a\rb\n"),
	  .shown = "ab\r\n",
	  .reads = { TEXT("ab\n") } },
	{ .name = "inlcr",
	  .set_input = INLCR,
	  .clear_input = ICRNL,
	  .typed = TEXT("a\nb\004"),
	  .shown = "a^Mb",
	  .reads = { TEXT("a\rb") } },
	{ .name = "noicrnl",
	  .clear_input = ICRNL,
	  .typed = TEXT("a\rb\n"),
	  .shown = "a^Mb\r\n",
	  .reads = { TEXT("a\rb\n") } },
	{ .name = "parmrk",
	  .set_input = PARMRK,
	  .typed = TEXT("a\377b\r"),
	  .shown = "a\377b\r\n",
	  .reads = { TEXT("a\377\377b\n") } },
	{ .name = "parmrk_raw",
	  .set_input = PARMRK,
	  .clear_local = ICANON,
	  .typed = TEXT("a\377b"),
	  .shown = "a\377b",
	  .reads = { TEXT("a\377\377b") } },
	{ .name = "parmrk_istrip",
	  .set_input = PARMRK | ISTRIP,
	  .typed = TEXT("a\377b\r"),
	  .shown = "a\b \bb\r\n",
	  .reads = { TEXT("b\n") } },
	{ .name = "xany",
	  .set_input = IXANY,
	  .typed = TEXT("\023a\r"),
	  .shown = "a\r\n",
	  .reads = { TEXT("a\n") } },
	{ .name = "xon_off",
	  .clear_input = IXON,
	  .typed = TEXT("a\023\021\r"),
	  .shown = "a^S^Q\r\n",
	  .reads = { TEXT("a\023\021\n") } },
	{ .name = "intr_noisig",
	  .clear_local = ISIG,
	  .typed = TEXT("a\003z\r"),
	  .shown = "a^Cz\r\n",
	  .reads = { TEXT("a\003z\n") } },
	{ .name = "discard",
	  .typed = TEXT("a\017z\r"),
	  .shown = "a^Oz\r\n",
	  .reads = { TEXT("a\017z\n") } },
	{ .name = "echonl",
	  .set_local = ECHONL,
	  .clear_local = ECHO,
	  .typed = TEXT("pass\177\r"),
	  .shown = "\r\n",
	  .reads = { TEXT("pas\n") } },
	{ .name = "echonl_raw",
	  .set_local = ECHONL,
	  .clear_local = ECHO | ICANON,
	  .typed = TEXT("a\r"),
	  .reads = { TEXT("a\n") } },
	{ .name = "raw_echo",
	  .clear_local = ICANON,
	  .typed = TEXT("a\177\025\001\r\004\t"),
	  .shown = "a^?^U^A\r\n^D\t",
	  .reads = { TEXT("a\177\025\001\n\004\t") } },
	{ .name = "raw_echo_noiexten",
	  .clear_local = ICANON | IEXTEN,
	  .typed = TEXT("a\177\025\001\r\004"),
	  .shown = "a^?^U^A\r\n^D",
	  .reads = { TEXT("a\177\025\001\n\004") } },
	{ .name = "del_echo",
	  .sets_key = true,
	  .key = VERASE,
	  .value = 8,
	  .typed = TEXT("a\177\b\bz\r"),
	  .shown = "a^?\b \b\b \b\b \bz\r\n",
	  .reads = { TEXT("z\n") } },
	{ .name = "c1_echo",
	  .typed = TEXT("\201\237\377\r"),
	  .shown = "\201\237\377\r\n",
	  .reads = { TEXT("\201\237\377\n") } },
	{ .name = "extproc",
	  .set_local = EXTPROC,
	  .written = "x\ny",
	  .typed = TEXT("ab\177\003\r\004c"),
	  .shown = "x\r\ny",
	  .reads = { TEXT("ab\177\003\r\004c") } },
	{ .name = "disabled",
	  .sets_key = true,
	  .key = VINTR,
	  .value = 0,
	  .typed = TEXT("a\003\0b\r"),
	  .shown = "a^C^@b\r\n",
	  .reads = { TEXT("a\003\0b\n") } },
	{ .name = "out_onlcr", .written = "a\nb\rc\td\b\ne", .shown = "a\r\nb\rc\td\b\r\ne" },
	{ .name = "out_raw",
	  .clear_output = OPOST,
	  .written = "a\nb\rc\td\b\ne",
	  .typed = TEXT("a\r"),
	  .shown = "a\nb\rc\td\b\nea\n",
	  .reads = { TEXT("a\n") } },
	{ .name = "out_ocrnl",
	  .set_output = OCRNL,
	  .clear_output = ONLCR,
	  .written = "a\nb\rc\td",
	  .typed = TEXT("a\r"),
	  .shown = "a\nb\nc\tda\n",
	  .reads = { TEXT("a\n") } },
	{ .name = "out_ocrnl_onlcr",
	  .set_output = OCRNL,
	  .written = "a\nb\rc\td",
	  .typed = TEXT("a\r"),
	  .shown = "a\r\nb\nc\tda\r\n",
	  .reads = { TEXT("a\n") } },
	{ .name = "out_onocr",
	  .set_output = ONOCR,
	  .written = "\ra\r\rb\n\rc",
	  .shown = "a\rb\r\nc" },
	{ .name = "out_onocr_onlret",
	  .set_output = ONOCR | ONLRET,
	  .clear_output = ONLCR,
	  .written = "\ra\r\rb\n\rc",
	  .shown = "a\rb\nc" },
	{ .name = "out_onocr_ocrnl",
	  .set_output = ONOCR | OCRNL,
	  .clear_output = ONLCR,
	  .written = "\ra\r\rb\n\rc",
	  .shown = "a\n\nb\n\nc" },
	{ .name = "out_onlret_tab",
	  .set_output = ONLRET | XTABS,
	  .clear_output = ONLCR,
	  .written = "ab\n\tc",
	  .shown = "ab\n        c" },
	{ .name = "out_nl_tab",
	  .set_output = XTABS,
	  .clear_output = ONLCR,
	  .written = "ab\n\tc",
	  .shown = "ab\n      c" },
	{ .name = "out_xtabs",
	  .set_output = XTABS,
	  .written = "ab\tc\t\b\td\001\te\tf",
	  .typed = TEXT("\t\177\r"),
	  .shown = "ab      c       \b d\001       e       f       \b\b\b\b\b\b\b\r\n",
	  .reads = { TEXT("\n") } },
	{ .name = "out_olcuc",
	  .set_output = OLCUC,
	  .written = "aBc\344",
	  .typed = TEXT("aB\r"),
	  .shown = "ABC\304AB\r\n",
	  .reads = { TEXT("aB\n") } },
	{ .name = "out_utf8_tab",
	  .set_input = IUTF8,
	  .set_output = XTABS,
	  .written = "\303\244\tx",
	  .shown = "\303\244       x" },
	{ .name = "prompt_tab_erase",
	  .written = "$ ",
	  .typed = TEXT("a\t\177\r"),
	  .shown = "$ a\t\b\b\b\b\b\r\n",
	  .reads = { TEXT("a\n") } },
	{ .name = "prompt_kill",
	  .written = "$ ",
	  .typed = TEXT("a\tb\025\r"),
	  .shown = "$ a\tb\b \b\b\b\b\b\b\b \b\r\n",
	  .reads = { TEXT("\n") } },
};

static bool open_pair(int *master, int *slave)
{
	int unlock = 0;

	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (*master < 0 || ioctl(*master, TIOCSPTLCK, &unlock))
		return false;
	*slave = open(ptsname(*master), O_RDWR | O_NOCTTY);
	return *slave >= 0;
}

static void close_pair(int master, int slave)
{
	close(master);
	close(slave);
}

static bool change(int fd, const struct scenario *scenario)
{
	struct termios settings;

	if (tcgetattr(fd, &settings))
		return false;
	settings.c_iflag = (settings.c_iflag | scenario->set_input) & ~scenario->clear_input;
	settings.c_oflag = (settings.c_oflag | scenario->set_output) & ~scenario->clear_output;
	settings.c_lflag = (settings.c_lflag | scenario->set_local) & ~scenario->clear_local;
	if (scenario->sets_key)
		settings.c_cc[scenario->key] = scenario->value;
	return tcsetattr(fd, TCSANOW, &settings) == 0;
}

static bool is_readable(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int count;

	do
		count = poll(&poll_fd, 1, ms);
	while (count < 0 && errno == EINTR); /* a signal that was typed */
	return count == 1;
}

/* Reads until this has come, and no more. */
static bool shows(int fd, const char *expected)
{
	size_t length = strlen(expected), got = 0;
	char text[8192];

	while (got < length && is_readable(fd, 10000)) {
		ssize_t count = read(fd, text + got, sizeof(text) - got);

		if (count <= 0)
			break;
		got += (size_t)count;
	}
	if (got == length && !memcmp(text, expected, length))
		return true;
	printf("shown: %.*s\n", (int)got, text);
	return false;
}

/* One read gets this. */
static bool reads(int fd, const struct text *expected, size_t size)
{
	char text[8192];
	ssize_t count;

	if (!is_readable(fd, 10000))
		return false;
	count = read(fd, text, size ? size : sizeof(text));
	if (count == (ssize_t)expected->length && !memcmp(text, expected->bytes, (size_t)count))
		return true;
	printf("read: %.*s\n", (int)count, text);
	return false;
}

static bool plays(const struct scenario *scenario)
{
	int master, slave;
	bool well;

	if (!open_pair(&master, &slave) || !change(slave, scenario))
		return false;
	well = !scenario->written || write(slave, scenario->written, strlen(scenario->written)) > 0;
	if (scenario->typed.length)
		well = well && write(master, scenario->typed.bytes, scenario->typed.length) > 0;
	if (scenario->shown)
		well = well && shows(master, scenario->shown);
	for (int i = 0; well && i < READS && scenario->reads[i].bytes; i++)
		well = reads(slave, &scenario->reads[i], scenario->size);
	well = well && !is_readable(slave, 0) && !is_readable(master, 0);
	close_pair(master, slave);
	return well;
}

static void settings(void)
{
	bool all = true;

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (plays(&scenarios[i]))
			continue;
		printf("scenario %s\n", scenarios[i].name);
		all = false;
	}
	CHECK(all);
}

static volatile int signals;

static void on_signal(int signal)
{
	signals = signal;
}

/* Types a beginning, a key that means a signal, and a line. */
static void check_signal(int slave, int master, tcflag_t set, tcflag_t clear, const char *key,
			 int signal_, const char *shown, const char *line)
{
	struct scenario scenario = { .set_local = set, .clear_local = clear };
	struct text expected = { line, strlen(line) };

	signals = 0;
	CHILD_CHECK(signal(signal_, on_signal) != SIG_ERR && change(slave, &scenario));
	CHILD_CHECK(write(master, "abc", 3) == 3 && (!shown || shows(master, "abc")));
	CHILD_CHECK(write(master, key, 1) == 1 && write(master, "z\r", 2) == 2);
	CHILD_CHECK((!shown || shows(master, shown)) && reads(slave, &expected, 0));
	while (signals != signal_)
		sleep_ms(1);
	scenario = (struct scenario){ .set_local = clear, .clear_local = set };
	CHILD_CHECK(change(slave, &scenario));
}

static void signal_keys(void)
{
	int master, slave;
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid() && open_pair(&master, &slave));
		CHILD_CHECK(ioctl(slave, TIOCSCTTY, 0) == 0);
		check_signal(slave, master, 0, 0, "\003", SIGINT, "^Cz\r\n", "z\n");
		check_signal(slave, master, NOFLSH, 0, "\003", SIGINT, "^Cz\r\n", "abcz\n");
		check_signal(slave, master, 0, ECHO, "\034", SIGQUIT, NULL, "z\n");
		check_signal(slave, master, 0, ECHOCTL, "\032", SIGTSTP, "\032z\r\n", "z\n");
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* A line may have 4095 bytes and its end; what is more is lost, and shown all the same. */
static void long_line(void)
{
	enum { LINE = 4095, TYPED = 4200 };
	int master, slave, count;
	char text[TYPED], *got = malloc(2 * TYPED);

	CHECK(open_pair(&master, &slave));
	memset(text, 'x', sizeof(text));
	for (int done = 0; done < TYPED; done += 100) {
		CHECK(write(master, text, 100) == 100);
		for (int left = 100; left;) {
			ssize_t shown = read(master, got, (size_t)left);
			CHECK(shown > 0);
			left -= (int)shown;
		}
	}
	CHECK(ioctl(slave, FIONREAD, &count) == 0 && count == 0);
	CHECK(write(master, "\r", 1) == 1 && is_readable(slave, 10000));
	CHECK(ioctl(slave, FIONREAD, &count) == 0 && count == LINE + 1);
	CHECK(read(slave, got, 2 * TYPED) == LINE + 1);
	CHECK(got[LINE] == '\n' && !memcmp(got, text, LINE));
	close_pair(master, slave);
	free(got);
}

/* What is typed before the mode changes is not lost. */
static void change_of_mode(void)
{
	const struct scenario raw = { .clear_local = ICANON }, canonical = { .set_local = ICANON };
	const struct text line = TEXT("line\n"), part = TEXT("part"), rest = TEXT("ial\n");
	int master, slave, count;

	CHECK(open_pair(&master, &slave) && write(master, "line\rpart", 9) == 9);
	CHECK(shows(master, "line\r\npart") && change(slave, &raw));
	CHECK(ioctl(slave, FIONREAD, &count) == 0 && count == 9);
	CHECK(reads(slave, &line, 5) && change(slave, &canonical));
	CHECK(reads(slave, &part, 0) && write(master, "ial\r", 4) == 4 && reads(slave, &rest, 0));
	close_pair(master, slave);
}

/* --- VMIN and VTIME --- */

static void set_rule(int fd, cc_t minimum, cc_t time)
{
	struct termios settings;

	tcgetattr(fd, &settings);
	settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	settings.c_cc[VMIN] = minimum;
	settings.c_cc[VTIME] = time;
	tcsetattr(fd, TCSANOW, &settings);
}

/* Types texts, each after a time in ms. */
static pid_t typist(int master, const char *first, long wait, const char *second)
{
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(write(master, first, strlen(first)) == (ssize_t)strlen(first));
		sleep_ms(wait);
		CHILD_CHECK(write(master, second, strlen(second)) == (ssize_t)strlen(second));
		_exit(0);
	}
	return pid;
}

static void read_rules(void)
{
	int master, slave;
	char text[16];
	long begin;
	pid_t pid;

	CHECK(open_pair(&master, &slave));
	/* Neither: what is there. */
	set_rule(slave, 0, 0);
	CHECK(read(slave, text, sizeof(text)) == 0);
	CHECK(fcntl(slave, F_SETFL, O_NONBLOCK) == 0 && read(slave, text, sizeof(text)) == 0);
	/* A time alone: until the first byte or that time. */
	set_rule(slave, 0, 2);
	CHECK(read(slave, text, sizeof(text)) < 0 && errno == EAGAIN);
	CHECK(fcntl(slave, F_SETFL, 0) == 0);
	begin = now_ms();
	CHECK(read(slave, text, sizeof(text)) == 0 && now_ms() - begin >= 190);
	CHECK(write(master, "ab", 2) == 2 && read(slave, text, sizeof(text)) == 2);
	/* A number alone: until so many bytes, or as many as fit. */
	set_rule(slave, 3, 0);
	pid = typist(master, "ab", 100, "cd");
	CHECK(read(slave, text, sizeof(text)) == 4 && ended_well(pid));
	CHECK(write(master, "ab", 2) == 2 && read(slave, text, 2) == 2);
	CHECK(write(master, "ab", 2) == 2 && !is_readable(slave, 50));
	CHECK(write(master, "c", 1) == 1 && is_readable(slave, 10000));
	CHECK(read(slave, text, sizeof(text)) == 3);
	/* Both: the time begins anew with each byte, the first is waited for. */
	set_rule(slave, 10, 2);
	pid = typist(master, "", 300, "xy");
	CHECK(read(slave, text, sizeof(text)) == 2 && ended_well(pid));
	CHECK(write(master, "z", 1) == 1 && is_readable(slave, 10000));
	CHECK(read(slave, text, sizeof(text)) == 1);
	close_pair(master, slave);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* A signal ends a read that waits, or hands over what it has. */
static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int master, slave;
	char text[16];

	CHECK(open_pair(&master, &slave) && sigaction(SIGALRM, &action, NULL) == 0);
	alarm(1);
	CHECK(read(slave, text, sizeof(text)) < 0 && errno == EINTR);
	set_rule(slave, 5, 0);
	CHECK(write(master, "abc", 3) == 3);
	alarm(1);
	CHECK(read(slave, text, sizeof(text)) == 3);
	CHECK(ioctl(slave, TCXONC, TCOOFF) == 0);
	alarm(1);
	CHECK(write(slave, "held", 4) < 0 && errno == EINTR);
	close_pair(master, slave);
}

/* Settings with speeds of their own, and the oldest form. */
static void other_settings(void)
{
	struct {
		unsigned flags[4];
		unsigned char line, keys[19];
		unsigned in, out;
	} wide;
	struct termio old;
	struct termios settings;
	int master, slave;

	CHECK(open_pair(&master, &slave) && ioctl(slave, 0x802c542a, &wide) == 0);
	CHECK(wide.in == 38400 && wide.out == 38400);
	wide.flags[2] = (wide.flags[2] & ~010017u) | 010000; /* BOTHER */
	wide.out = 12345;
	CHECK(ioctl(slave, 0x402c542b, &wide) == 0 && ioctl(slave, 0x802c542a, &wide) == 0);
	CHECK(wide.out == 12345 && wide.in == 12345);
	CHECK(tcgetattr(slave, &settings) == 0 && cfsetspeed(&settings, B115200) == 0);
	CHECK(tcsetattr(slave, TCSADRAIN, &settings) == 0);
	CHECK(ioctl(slave, 0x802c542a, &wide) == 0 && wide.out == 115200 && wide.in == 115200);
	CHECK(ioctl(slave, TCGETA, &old) == 0 && old.c_lflag == (settings.c_lflag & 0xffff));
	old.c_lflag &= (unsigned short)~ECHO;
	CHECK(ioctl(slave, TCSETA, &old) == 0 && tcgetattr(slave, &settings) == 0);
	CHECK(!(settings.c_lflag & ECHO) && settings.c_cc[VSUSP] == 26);
	/* Bits that are fixed stay as they are. */
	memset(&wide, 0, sizeof(wide));
	wide.flags[3] = ECHO;
	wide.keys[VSUSP] = 1;
	CHECK(ioctl(slave, 0x5457, &wide) == 0);
	settings.c_lflag |= ECHO;
	settings.c_lflag &= ~(tcflag_t)ICANON;
	settings.c_cc[VSUSP] = 1;
	CHECK(tcsetattr(slave, TCSANOW, &settings) == 0 && tcgetattr(slave, &settings) == 0);
	CHECK(!(settings.c_lflag & (ECHO | ICANON)) && settings.c_cc[VSUSP] == 26);
	CHECK(ioctl(slave, 0x5456, &wide) == 0 && wide.flags[3] == ECHO && wide.keys[VSUSP] == 1);
	close_pair(master, slave);
}

int main(void)
{
	RUN(settings);
	RUN(signal_keys);
	RUN(long_line);
	RUN(change_of_mode);
	RUN(read_rules);
	RUN(interrupted);
	RUN(other_settings);
	return guest_result();
}
