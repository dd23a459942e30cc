#include "report/value.h"

#include "lib/kernel.h"
#include "lib/util.h"

void json_string(const char *text)
{
	putchar('"');
	while (*text) {
		unsigned char c = (unsigned char)*text;
		size_t length = util_utf8(text);

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c == 0x7f)
			printf("\\u%04x", c);
		else if (length == 0)
			printf("\\udc%02x", c);
		else
			printf("%.*s", (int)length, text);
		text += length ? length : 1;
	}
	putchar('"');
}

void value_label(const char *text)
{
	while (*text) {
		size_t length;
		bool is_plain = util_is_plain(text, &length);

		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (*text == '\n')
			printf("\\n");
		else if (!is_plain)
			printf("\xef\xbf\xbd");
		else
			printf("%.*s", (int)length, text);
		text += length;
	}
}

void json_set(const struct idset *set)
{
	char list[IDSET_TEXT];

	printf("\"%s\"", idset_text(set, list));
}

void json_number(long long number, bool known)
{
	if (known)
		printf("%lld", number);
	else
		printf("null");
}

void json_strings(char *const *strings)
{
	putchar('[');
	for (size_t i = 0; strings[i]; i++) {
		printf("%s", i ? ", " : "");
		json_string(strings[i]);
	}
	putchar(']');
}

static const struct {
	int flag;
	const char *name;
} flag_names[] = { { MPOL_F_NUMA_BALANCING, "balancing" },
	           { MPOL_F_STATIC_NODES, "static-nodes" },
	           { MPOL_F_RELATIVE_NODES, "relative-nodes" } };

#define FLAG_NAMES (sizeof(flag_names) / sizeof(flag_names[0]))

const char *value_mode(int mode)
{
	const struct kernel_mode *known = kernel_mode(mode);

	return known ? known->name : "unknown";
}

void value_flags(int flags, const char *before)
{
	for (size_t i = 0; i < FLAG_NAMES; i++)
		if (flags & flag_names[i].flag)
			printf("%s%s", before, flag_names[i].name);
}

void json_policy(int mode, int flags, const struct idset *nodes)
{
	const struct kernel_mode *known = kernel_mode(mode);
	const char *separator = "";

	printf("\"mode\": ");
	if (known)
		json_string(known->name);
	else
		printf("null");
	printf(", \"nodes\": ");
	json_set(nodes);
	printf(", \"flags\": [");
	for (size_t i = 0; i < FLAG_NAMES; i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		printf("%s\"%s\"", separator, flag_names[i].name);
		separator = ", ";
	}
	putchar(']');
}

void value_ids(const char *heading, const struct idset *set)
{
	printf("%s: ", heading);
	for (idset_each(id, set))
		printf("%d ", id);
	putchar('\n');
}

void value_text(FILE *stream, const char *text)
{
	size_t length;

	for (; *text; text += length) {
		/* A mark for each byte, so that columns are as wide as strlen() says. */
		const char *shown = util_is_plain(text, &length) ? text : "????";

		fprintf(stream, "%.*s", (int)length, shown);
	}
}

void value_number(int width, long long number)
{
	if (number < 0)
		printf(" %*s", width, "-");
	else
		printf(" %*lld", width, number);
}
