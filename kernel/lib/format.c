/* SPDX-License-Identifier: MIT */
/*
 * printf of the kernel's own (C11, 7.21.6.1, without floating point, %n and wide characters), and
 * number parsing. No state, no locks; any context.
 *
 * An unknown conversion prints itself, so that a mistake is seen in the log.
 */
#include "lib/format.h"
#include "lib/string.h"

/* Where the text goes: what does not fit is counted only. */
struct sink {
	char *at;     /* next byte */
	char *end;    /* where the terminator must go at the latest */
	size_t total; /* length of the whole text */
};

/* A conversion specification. */
struct spec {
	bool left;	 /* '-': pad on the right */
	bool zero;	 /* '0': pad with zeros */
	bool alternate;	 /* '#': 0x, leading 0 */
	char sign;	 /* '+' or ' ': shown for numbers that are not negative; 0: nothing */
	int width;	 /* least number of characters */
	int precision;	 /* least digits, or most characters of a string; -1: not given */
	int size;	 /* bytes of the argument: 1, 2, 4, 8 */
	char conversion; /* the letter */
};

enum { DIGITS_MAX = 24 }; /* 64 bits in octal have 22 digits */

static inline void put(struct sink *sink, char character)
{
	if (sink->at < sink->end)
		*sink->at++ = character;
	sink->total++;
}

static void put_repeated(struct sink *sink, char character, int count)
{
	for (; count > 0; count--)
		put(sink, character);
}

static void put_run(struct sink *sink, const char *text, size_t length)
{
	size_t room = sink->end - sink->at;
	size_t part = MIN(length, room);

	memcpy(sink->at, text, part);
	sink->at += part;
	sink->total += length;
}

static void put_text(struct sink *sink, const struct spec *spec, const char *text, size_t length)
{
	int padding = spec->width - (int)length;

	if (!spec->left)
		put_repeated(sink, ' ', padding);
	put_run(sink, text, length);
	if (spec->left)
		put_repeated(sink, ' ', padding);
}

/* Writes the digits of value backwards, before end; returns where they start. No digit for 0. */
static inline char *digits_before(char *end, u64 value, unsigned int base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = digits[value % base];
	return end;
}

/* prefix: sign or base, at most two characters. */
static void put_number(struct sink *sink, const struct spec *spec, u64 value, unsigned int base,
		       const char *prefix)
{
	char buffer[DIGITS_MAX];
	char *end = buffer + sizeof(buffer);
	char *start = digits_before(end, value, base, spec->conversion == 'X');
	int digits = (int)(end - start);
	int zeros = (spec->precision < 0 ? 1 : spec->precision) - digits;
	int padding;

	if (spec->alternate && base == 8 && zeros <= 0)
		zeros = 1;
	zeros = MAX(zeros, 0);
	padding = spec->width - (int)strlen(prefix) - zeros - digits;
	if (spec->zero && !spec->left && spec->precision < 0 && padding > 0) {
		zeros += padding;
		padding = 0;
	}
	if (!spec->left)
		put_repeated(sink, ' ', padding);
	put_run(sink, prefix, strlen(prefix));
	put_repeated(sink, '0', zeros);
	put_run(sink, start, digits);
	if (spec->left)
		put_repeated(sink, ' ', padding);
}

static void put_signed(struct sink *sink, const struct spec *spec, s64 value)
{
	char prefix[2] = { 0 };

	switch (spec->size) {
	case 1: value = (s8)value; break;
	case 2: value = (s16)value; break;
	case 4: value = (s32)value; break;
	}
	prefix[0] = value < 0 ? '-' : spec->sign;
	put_number(sink, spec, value < 0 ? -(u64)value : (u64)value, 10, prefix);
}

static void put_unsigned(struct sink *sink, const struct spec *spec, u64 value)
{
	const char *prefix = "";
	unsigned int base = 10;

	if (spec->size < 8)
		value &= ((u64)1 << spec->size * 8) - 1;
	if (spec->conversion == 'o') {
		base = 8;
	} else if (spec->conversion != 'u') {
		base = 16;
		if (spec->alternate && value)
			prefix = spec->conversion == 'X' ? "0X" : "0x";
	}
	put_number(sink, spec, value, base, prefix);
}

static void put_string(struct sink *sink, const struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	put_text(sink, spec, text,
		 spec->precision < 0 ? strlen(text) : strnlen(text, spec->precision));
}

static void put_pointer(struct sink *sink, struct spec *spec, const void *pointer)
{
	spec->conversion = 'x';
	spec->alternate = true;
	spec->size = 8;
	put_unsigned(sink, spec, (u64)pointer);
}

static const char *parse_flags(const char *at, struct spec *spec)
{
	for (;; at++) {
		switch (*at) {
		case '-': spec->left = true; break;
		case '0': spec->zero = true; break;
		case '#': spec->alternate = true; break;
		case '+': spec->sign = '+'; break;
		case ' ':
			if (!spec->sign)
				spec->sign = ' ';
			break;
		default: return at;
		}
	}
}

/* A number of digits; without any it is 0. */
static const char *parse_digits(const char *at, int *value)
{
	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++)
		*value = *value * 10 + (*at - '0');
	return at;
}

static const char *parse_length(const char *at, struct spec *spec)
{
	spec->size = 4;
	for (;; at++) {
		switch (*at) {
		case 'h': spec->size /= 2; break;
		case 'l':
		case 'z':
		case 't':
		case 'j': spec->size = 8; break;
		default: return at;
		}
	}
}

/* Prints one conversion. Arguments of 4 bytes or fewer arrive as int, others as 64 bits. */
static void put_conversion(struct sink *sink, struct spec *spec, va_list *arguments)
{
	char character;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(sink, spec,
			   spec->size == 8 ? va_arg(*arguments, s64) : va_arg(*arguments, int));
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(sink, spec,
			     spec->size == 8 ? va_arg(*arguments, u64)
					     : va_arg(*arguments, unsigned int));
		break;
	case 'c':
		character = (char)va_arg(*arguments, int);
		put_text(sink, spec, &character, 1);
		break;
	case 's': put_string(sink, spec, va_arg(*arguments, const char *)); break;
	case 'p': put_pointer(sink, spec, va_arg(*arguments, const void *)); break;
	case '%': put(sink, '%'); break;
	default: put(sink, '%'); put(sink, spec->conversion);
	}
}

/* %d, %u, %ld and %lu, which most are. at stands behind the '%'; NULL: something else. */
static const char *convert_plain(struct sink *sink, const char *at, va_list *arguments)
{
	char buffer[DIGITS_MAX];
	char *end = buffer + sizeof(buffer), *start;
	bool large = *at == 'l';
	s64 value;

	at += large;
	if (*at == 'd')
		value = large ? va_arg(*arguments, s64) : va_arg(*arguments, int);
	else if (*at == 'u')
		value = large ? va_arg(*arguments, s64) : va_arg(*arguments, unsigned int);
	else
		return NULL;
	if (value < 0 && *at == 'd') {
		put(sink, '-');
		value = (s64)(-(u64)value);
	}
	start = digits_before(end, (u64)value, 10, false);
	if (start == end)
		*--start = '0';
	put_run(sink, start, (size_t)(end - start));
	return at + 1;
}

/* at stands behind the '%'. Returns what follows the specification. */
static const char *convert(struct sink *sink, const char *at, va_list *arguments)
{
	struct spec spec = { .precision = -1 };
	const char *after = convert_plain(sink, at, arguments);

	if (after)
		return after;
	at = parse_flags(at, &spec);
	if (*at == '*') {
		at++;
		spec.width = va_arg(*arguments, int);
		if (spec.width < 0) {
			spec.left = true;
			spec.width = -spec.width;
		}
	} else {
		at = parse_digits(at, &spec.width);
	}
	if (*at == '.') {
		at++;
		if (*at == '*') {
			at++;
			spec.precision = va_arg(*arguments, int);
		} else {
			at = parse_digits(at, &spec.precision);
		}
	}
	at = parse_length(at, &spec);
	spec.conversion = *at;
	if (!spec.conversion)
		return at;
	put_conversion(sink, &spec, arguments);
	return at + 1;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct sink sink = { .at = buffer, .end = size ? buffer + size - 1 : buffer };
	va_list copy;

	va_copy(copy, arguments);
	while (*format) {
		if (*format == '%')
			format = convert(&sink, format + 1, &copy);
		else
			put(&sink, *format++);
	}
	va_end(copy);
	if (size)
		*sink.at = '\0';
	return (int)sink.total;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

int scnprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	if (!size)
		return 0;
	return MIN(length, (int)size - 1);
}

/* The value of a digit, or a number that is too large for any base. */
static unsigned int digit_value(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	character |= 0x20; /* ASCII: to lower case */
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 10;
	return ~0u;
}

u64 parse_number(const char *text, const char **end, unsigned int base)
{
	u64 value = 0;

	if ((base == 0 || base == 16) && text[0] == '0' && (text[1] | 0x20) == 'x' &&
	    digit_value(text[2]) < 16) {
		text += 2;
		base = 16;
	}
	if (base == 0)
		base = text[0] == '0' ? 8 : 10;
	for (; digit_value(*text) < base; text++) {
		unsigned int digit = digit_value(*text);

		value = value > (~(u64)0 - digit) / base ? ~(u64)0 : value * base + digit;
	}
	if (end)
		*end = text;
	return value;
}

u64 parse_size(const char *text, const char **end)
{
	const char *at;
	u64 value = parse_number(text, &at, 0);
	unsigned int shift = 0;

	if (at != text) {
		switch (*at) {
		case 'k':
		case 'K': shift = 10; break;
		case 'm':
		case 'M': shift = 20; break;
		case 'g':
		case 'G': shift = 30; break;
		}
	}
	if (shift)
		at++;
	if (end)
		*end = at;
	return value << shift;
}
