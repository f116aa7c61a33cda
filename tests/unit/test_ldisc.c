/* SPDX-License-Identifier: MIT */
/* sources: kernel/ipc/ldisc.c kernel/ipc/ldisc_edit.c kernel/ipc/ldisc_output.c */
/*
 * The line discipline: what is typed, what a read gets, and what stands on the screen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ipc/ldisc.h"
#include "uapi/signal.h"

static struct ldisc ldisc;

static int setup(void **state)
{
	ldisc_init(&ldisc);
	return 0;
}

/* Types a text; the last signal that it meant. */
static int type(const char *text)
{
	int last = 0;

	for (; *text; text++) {
		int signal = ldisc_receive(&ldisc, (u8)*text);

		last = signal ? signal : last;
	}
	return last;
}

static void change(u32 set_local, u32 clear_local, u32 set_input, u32 clear_input)
{
	struct termios2 termios = ldisc.termios;

	termios.c_lflag = (termios.c_lflag | set_local) & ~clear_local;
	termios.c_iflag = (termios.c_iflag | set_input) & ~clear_input;
	ldisc_set_termios(&ldisc, &termios);
}

/* One read of up to size bytes gets this. */
static void reads(size_t size, const char *expected, bool expected_end)
{
	u8 buffer[LDISC_SIZE + 1];
	bool end;
	size_t count = ldisc_read(&ldisc, buffer, size, &end);

	assert_int_equal(count, strlen(expected));
	assert_memory_equal(buffer, expected, count);
	assert_int_equal(end, expected_end);
}

static void echoes(const char *expected)
{
	u8 buffer[LDISC_ECHO_SIZE];
	size_t count = ldisc_take_echo(&ldisc, buffer, sizeof(buffer));

	assert_int_equal(count, strlen(expected));
	assert_memory_equal(buffer, expected, count);
}

static void test_line(void **state)
{
	type("ab");
	assert_false(ldisc_readable(&ldisc, 1));
	assert_int_equal(ldisc_available(&ldisc), 0);
	type("c\r");
	assert_true(ldisc_readable(&ldisc, 1));
	assert_int_equal(ldisc_available(&ldisc), 4);
	echoes("abc\r\n");
	reads(100, "abc\n", true);
	assert_false(ldisc_readable(&ldisc, 1));
}

static void test_lines_are_read_one_by_one(void **state)
{
	type("one\rtwo\r");
	reads(2, "on", false);
	reads(100, "e\n", true);
	reads(100, "two\n", true);
}

static void test_erase(void **state)
{
	type("xy\x7f\x7f\x7fz\r");
	reads(100, "z\n", true);
	echoes("xy\b \b\b \bz\r\n");
}

static void test_erase_control_and_tab(void **state)
{
	type("\x01");
	echoes("^A");
	type("\x7f");
	echoes("\b \b\b \b");
	type("a\t");
	echoes("a\t");
	type("\x7f");
	echoes("\b\b\b\b\b\b\b");
	assert_int_equal(ldisc.column, 1);
}

static void test_erase_utf8(void **state)
{
	change(0, 0, IUTF8, 0);
	type("a\xc3\xa4");
	assert_int_equal(ldisc.column, 2);
	echoes("a\xc3\xa4");
	type("\x7f");
	echoes("\b \b");
	type("\r");
	reads(100, "a\n", true);
}

static void test_erase_word(void **state)
{
	type("one  two_3 ;\x17");
	type("\r");
	reads(100, "one  \n", true);
}

static void test_kill(void **state)
{
	type("abc\x15");
	echoes("abc\b \b\b \b\b \b");
	type("d\r");
	reads(100, "d\n", true);
	change(0, ECHOKE, 0, 0);
	echoes("d\r\n");
	type("abc\x15");
	echoes("abc^U\r\n");
}

/* On paper: what is erased is printed once more, between \ and /. */
static void test_erase_on_paper(void **state)
{
	change(ECHOPRT, 0, 0, 0);
	type("abc\x7f\x7fz\r");
	echoes("abc\\cb/z\r\n");
	reads(100, "az\n", true);
}

/* The other end edits: all is data, and nothing is shown. */
static void test_extproc(void **state)
{
	change(EXTPROC, 0, 0, 0);
	assert_int_equal(type("a\x7f\x03\r"), 0);
	assert_int_equal(ldisc_available(&ldisc), 4);
	reads(100, "a\x7f\x03\r", false);
	echoes("");
}

static void test_case_and_marks(void **state)
{
	change(0, 0, IUCLC | PARMRK, 0);
	type("aB\xc4\xd7\xff\r");
	reads(100, "ab\xe4\xd7\xff\xff\n", true);
	change(0, 0, 0, IUCLC | PARMRK);
	type("B\xff\r");
	reads(100, "B\xff\n", true);
}

/* Raw mode keeps one byte less than its buffer has, and says when it is full. */
static void test_full_raw(void **state)
{
	change(0, ICANON | ECHO, 0, 0);
	for (int i = 0; i < LDISC_SIZE - 1; i++) {
		assert_true(ldisc_accepts(&ldisc));
		ldisc_receive(&ldisc, 'x');
	}
	assert_false(ldisc_accepts(&ldisc));
	change(ICANON, 0, 0, 0);
	assert_false(ldisc_accepts(&ldisc));
	ldisc_flush_input(&ldisc);
	assert_true(ldisc_accepts(&ldisc));
}

/* START does not undo TCOOFF. */
static void test_held(void **state)
{
	ldisc.held = ldisc.stopped = true;
	type("\x11");
	assert_true(ldisc.stopped);
	ldisc.held = false;
	type("\x11");
	assert_false(ldisc.stopped);
}

/* Editing never goes back over a finished line. */
static void test_edit_stops_at_line(void **state)
{
	type("one\r\x7f\x15\x17two\r");
	reads(100, "one\n", true);
	reads(100, "two\n", true);
}

static void test_reprint(void **state)
{
	type("ab\x12");
	echoes("ab^R\r\nab");
}

static void test_literal(void **state)
{
	assert_int_equal(type("\x16\x03\r"), 0);
	echoes("^\b^C\r\n");
	reads(100, "\x03\n", true);
}

static void test_end_of_file(void **state)
{
	type("\x04");
	assert_true(ldisc_readable(&ldisc, 1));
	reads(100, "", true);
	assert_false(ldisc_readable(&ldisc, 1));
	type("ab\x04");
	reads(100, "ab", true);
	assert_false(ldisc_readable(&ldisc, 1));
	echoes("ab");
}

/* A read that ends just before an EOF mark takes it along. */
static void test_end_of_file_at_the_buffer(void **state)
{
	type("ab\x04");
	reads(2, "ab", true);
	assert_false(ldisc_readable(&ldisc, 1));
}

static void test_signals(void **state)
{
	type("abc");
	echoes("abc");
	assert_int_equal(type("abc\x03"), SIGINT);
	echoes("^C"); /* what waited to be echoed went with the input */
	type("d\r");
	reads(100, "d\n", true);
	assert_int_equal(type("\x1c"), SIGQUIT);
	assert_int_equal(type("\x1a"), SIGTSTP);
	change(NOFLSH, 0, 0, 0);
	type("kept");
	assert_int_equal(type("\x03"), SIGINT);
	type("\r");
	reads(100, "kept\n", true);
	change(0, ISIG, 0, 0);
	assert_int_equal(type("\x03"), 0);
}

static void test_disabled_key(void **state)
{
	struct termios2 termios = ldisc.termios;

	termios.c_cc[VINTR] = 0;
	ldisc_set_termios(&ldisc, &termios);
	assert_int_equal(ldisc_receive(&ldisc, 0), 0);
	assert_int_equal(type("\x03\r"), 0);
	assert_int_equal(ldisc_available(&ldisc), 3);
}

static void test_flow_control(void **state)
{
	type("\x13");
	assert_true(ldisc.stopped);
	type("\x11");
	assert_false(ldisc.stopped);
	type("\x13x");
	assert_true(ldisc.stopped);
	change(0, 0, IXANY, 0);
	type("x");
	assert_false(ldisc.stopped);
	type("\x13");
	change(0, 0, 0, IXON);
	assert_false(ldisc.stopped);
	type("\x13\r");
	reads(100, "xx\x13\n", true);
}

static void test_carriage_returns(void **state)
{
	change(0, 0, INLCR, ICRNL);
	type("a\nb\r\x04");
	reads(100, "a\rb\r", true);
	change(0, 0, IGNCR, INLCR);
	type("a\rb\n");
	reads(100, "ab\n", true);
}

static void test_no_echo(void **state)
{
	change(ECHONL, ECHO, 0, 0);
	type("secret\x7f\r");
	echoes("\r\n");
	reads(100, "secre\n", true);
}

static void test_raw(void **state)
{
	change(0, ICANON | ECHO | ISIG | IEXTEN, 0, ICRNL | IXON);
	type("a\x7f\x03\r\x16\x13");
	assert_int_equal(ldisc_available(&ldisc), 6);
	assert_true(ldisc_readable(&ldisc, 6));
	assert_false(ldisc_readable(&ldisc, 7));
	reads(3, "a\x7f\x03", false);
	reads(100, "\r\x16\x13", false);
	echoes("");
}

/* What is typed before a change of mode is not lost. */
static void test_change_of_mode(void **state)
{
	type("line\rpart");
	change(0, ICANON, 0, 0);
	assert_int_equal(ldisc_available(&ldisc), 9);
	reads(5, "line\n", false);
	change(ICANON, 0, 0, 0);
	assert_true(ldisc_readable(&ldisc, 1));
	reads(100, "part", true);
}

/* A line that is too long loses its rest, but can be ended. */
static void test_full_line(void **state)
{
	static char line[LDISC_SIZE + 1];

	change(0, ECHO, 0, 0);
	for (int i = 0; i < 2 * LDISC_SIZE; i++)
		ldisc_receive(&ldisc, 'a' + i % 26);
	type("\r");
	for (int i = 0; i < LDISC_SIZE - 1; i++)
		line[i] = (char)('a' + i % 26);
	line[LDISC_SIZE - 1] = '\n';
	reads(LDISC_SIZE, line, true);
	type("next\r");
	reads(100, "next\n", true);
}

/* The counters wrap around the buffer many times. */
static void test_wrap(void **state)
{
	char text[] = "line 000\r", expected[] = "line 000\n";

	for (int i = 0; i < 2000; i++) {
		text[5] = expected[5] = (char)('0' + i / 100 % 10);
		text[6] = expected[6] = (char)('0' + i / 10 % 10);
		text[7] = expected[7] = (char)('0' + i % 10);
		type(text);
		reads(100, expected, true);
		ldisc.echo_count = 0;
	}
	ldisc.tail = ldisc.lines = ldisc.head = UINT32_MAX - 3;
	type("across\r");
	assert_int_equal(ldisc_available(&ldisc), 7);
	reads(100, "across\n", true);
}

static void test_flush(void **state)
{
	type("line\rpart");
	ldisc_flush_input(&ldisc);
	assert_int_equal(ldisc_available(&ldisc), 0);
	type("x\r");
	reads(100, "x\n", true);
}

/* --- output --- */

static void writes(const char *text, const char *expected)
{
	u8 out[256];
	size_t count = 0;

	for (; *text; text++)
		count += ldisc_output(&ldisc, (u8)*text, out + count);
	assert_int_equal(count, strlen(expected));
	assert_memory_equal(out, expected, count);
}

static void test_output(void **state)
{
	writes("a\nb", "a\r\nb");
	assert_int_equal(ldisc.column, 1);
	ldisc.termios.c_oflag |= XTABS;
	writes("\tc", "       c");
	ldisc.termios.c_oflag = OPOST | OCRNL;
	writes("x\ry", "x\ny");
	ldisc.termios.c_oflag = OPOST | ONOCR | OLCUC;
	ldisc.column = 0;
	writes("\rx\r", "X\r");
	ldisc.termios.c_oflag = 0;
	writes("a\n\r\t", "a\n\r\t");
}

/* More echo than anybody takes away is dropped, not written elsewhere. */
static void test_echo_overflow(void **state)
{
	for (int i = 0; i < 3 * LDISC_ECHO_SIZE; i++)
		ldisc_receive(&ldisc, 'x');
	assert_int_equal(ldisc.echo_count, LDISC_ECHO_SIZE);
	type("\x15");
	assert_int_equal(ldisc.echo_count, LDISC_ECHO_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_line, setup),
		cmocka_unit_test_setup(test_lines_are_read_one_by_one, setup),
		cmocka_unit_test_setup(test_erase, setup),
		cmocka_unit_test_setup(test_erase_control_and_tab, setup),
		cmocka_unit_test_setup(test_erase_utf8, setup),
		cmocka_unit_test_setup(test_erase_word, setup),
		cmocka_unit_test_setup(test_kill, setup),
		cmocka_unit_test_setup(test_erase_on_paper, setup),
		cmocka_unit_test_setup(test_extproc, setup),
		cmocka_unit_test_setup(test_case_and_marks, setup),
		cmocka_unit_test_setup(test_full_raw, setup),
		cmocka_unit_test_setup(test_held, setup),
		cmocka_unit_test_setup(test_edit_stops_at_line, setup),
		cmocka_unit_test_setup(test_reprint, setup),
		cmocka_unit_test_setup(test_literal, setup),
		cmocka_unit_test_setup(test_end_of_file, setup),
		cmocka_unit_test_setup(test_end_of_file_at_the_buffer, setup),
		cmocka_unit_test_setup(test_signals, setup),
		cmocka_unit_test_setup(test_disabled_key, setup),
		cmocka_unit_test_setup(test_flow_control, setup),
		cmocka_unit_test_setup(test_carriage_returns, setup),
		cmocka_unit_test_setup(test_no_echo, setup),
		cmocka_unit_test_setup(test_raw, setup),
		cmocka_unit_test_setup(test_change_of_mode, setup),
		cmocka_unit_test_setup(test_full_line, setup),
		cmocka_unit_test_setup(test_wrap, setup),
		cmocka_unit_test_setup(test_flush, setup),
		cmocka_unit_test_setup(test_output, setup),
		cmocka_unit_test_setup(test_echo_overflow, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
