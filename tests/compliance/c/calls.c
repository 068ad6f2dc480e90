/*
 * Calls functions of libkmod as the lines of a file say, and prints what they return.
 *
 * A line is the name of a function without `kmod_` or `kmod_module_`, and its arguments: objects by
 * the names they were given, numbers, texts; 'texts with blanks'; NULL. An argument that takes a
 * result is the name it is to have. `#` begins a comment. The same file on two libraries is to print
 * the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The calls */
static FILE *file;

/* Objects by name, and how each that is left is given back in the end */

typedef void (*give_back)(void *object);

static struct object {
	char name[32];
	void *pointer;
	/* References that are ours. */
	int references;
	give_back give_back;
} objects[512];

static struct object *named(const char *name)
{
	struct object *o;

	for (o = objects; o->name[0] != '\0'; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	snprintf(o->name, sizeof(o->name), "%s", name);
	return o;
}

static void **slot(const char *name)
{
	return strcmp(name, "NULL") == 0 ? NULL : &named(name)->pointer;
}

static void *object(const char *name)
{
	void **place = slot(name);

	return place ? *place : NULL;
}

static void release(struct object *o)
{
	for (; o->references > 0; o->references--)
		o->give_back(o->pointer);
}

static void release_context(void *object)
{
	kmod_unref(object);
}

static void release_module(void *object)
{
	kmod_module_unref(object);
}

static void release_modules(void *object)
{
	kmod_module_unref_list(object);
}

static void release_info(void *object)
{
	kmod_module_info_free_list(object);
}

static void release_versions(void *object)
{
	kmod_module_versions_free_list(object);
}

static void release_symbols(void *object)
{
	kmod_module_symbols_free_list(object);
}

static void release_dependency_symbols(void *object)
{
	kmod_module_dependency_symbols_free_list(object);
}

static void release_sections(void *object)
{
	kmod_module_section_free_list(object);
}

static void release_iterator(void *object)
{
	kmod_config_iter_free_iter(object);
}

/* Contexts go last. */
static void release_all(void)
{
	struct object *o;

	for (o = objects; o->name[0] != '\0'; o++)
		if (o->give_back != release_context)
			release(o);
	for (o = objects; o->name[0] != '\0'; o++)
		release(o);
	fclose(file);
}

/* The words of the line */

static char *words[64];
static int count;

static const char *word(int i)
{
	return i < count ? words[i] : "NULL";
}

static const char *text(int i)
{
	return strcmp(word(i), "NULL") == 0 ? NULL : word(i);
}

static long number(int i)
{
	return strtol(word(i), NULL, 0);
}

#define CTX(i) ((struct kmod_ctx *)object(word(i)))
#define MOD(i) ((struct kmod_module *)object(word(i)))
#define LIST(i) ((struct kmod_list *)object(word(i)))
#define ITER(i) ((struct kmod_config_iter *)object(word(i)))
#define MOD_PLACE(i) ((struct kmod_module **)module_place(i))
#define LIST_PLACE(i) ((struct kmod_list **)slot(word(i)))

static void print_text(const char *label, const char *value)
{
	if (value)
		printf("  %s '%s'\n", label, value);
	else
		printf("  %s NULL\n", label);
}

static void print_number(long value)
{
	printf("  = %ld\n", value);
}

static void print_pointer(const void *value)
{
	printf("  = %s\n", value ? "an object" : "NULL");
}

/* Gives what was returned a name; what had it is given back if it was ours. */
static void keep(int i, const void *value, give_back give_back)
{
	struct object *o;

	print_pointer(value);
	if (strcmp(word(i), "NULL") == 0)
		return;
	o = named(word(i));
	release(o);
	o->pointer = (void *)value;
	o->references = value && give_back;
	o->give_back = give_back;
}

/* The same for a function that puts what it found at a place. */
static void print_found(long result, int i, give_back give_back)
{
	print_number(result);
	if (result >= 0 && object(word(i))) {
		named(word(i))->references++;
		named(word(i))->give_back = give_back;
	}
}

/* Where a function puts a module; none of ours is lost. */
static void **module_place(int i)
{
	if (slot(word(i)))
		release(named(word(i)));
	return slot(word(i));
}

/* Callbacks */

/* Addresses are of no interest. */
static void without_addresses(char *message)
{
	char *end, *at;

	for (at = strstr(message, "0x"); at; at = strstr(at + 2, "0x")) {
		end = at + 2 + strspn(at + 2, "0123456789abcdef");
		if (end - at > 7)
			memmove(at + 2, end, strlen(end) + 1);
	}
}

static void log_line(void *data, int priority, const char *file, int line, const char *function,
		     const char *format, va_list arguments)
{
	char message[8192];

	(void)line;
	vsnprintf(message, sizeof(message), format, arguments);
	without_addresses(message);
	printf("  log %s%d %s %s: %s|\n", data ? (const char *)data : "", priority,
	       file ? "a file" : "NULL", function ? function : "NULL", message);
}

static int run_result;

static int run_install(struct kmod_module *m, const char *command, void *data)
{
	printf("  runs '%s' for %s with %s\n", command, kmod_module_get_name(m),
	       data ? (const char *)data : "NULL");
	return run_result;
}

static void print_action(struct kmod_module *m, bool install, const char *options)
{
	const char *path = kmod_module_get_path(m);

	printf("  action %s %s %s %s%s%s\n", kmod_module_get_name(m), install ? "install" : "insert",
	       path ? path : "NULL", options ? "'" : "", options ? options : "NULL",
	       options ? "'" : "");
}

/* Lists, shown whole */

static void show_module(struct kmod_list *entry)
{
	struct kmod_module *m = kmod_module_get_module(entry);

	if (m)
		printf("  - %s %s\n", kmod_module_get_name(m),
		       kmod_module_get_path(m) ? kmod_module_get_path(m) : "NULL");
	else
		printf("  - NULL\n");
	kmod_module_unref(m);
}

static void show_info(struct kmod_list *entry)
{
	const char *key = kmod_module_info_get_key(entry);
	const char *value = kmod_module_info_get_value(entry);

	printf("  - %s = %s\n", key ? key : "NULL", value ? value : "NULL");
}

static void show_version(struct kmod_list *entry)
{
	const char *name = kmod_module_version_get_symbol(entry);

	printf("  - %s %#" PRIx64 "\n", name ? name : "NULL", kmod_module_version_get_crc(entry));
}

static void show_symbol(struct kmod_list *entry)
{
	const char *name = kmod_module_symbol_get_symbol(entry);

	printf("  - %s %#" PRIx64 "\n", name ? name : "NULL", kmod_module_symbol_get_crc(entry));
}

static void show_dependency_symbol(struct kmod_list *entry)
{
	const char *name = kmod_module_dependency_symbol_get_symbol(entry);

	printf("  - %s %#" PRIx64 " %d\n", name ? name : "NULL",
	       kmod_module_dependency_symbol_get_crc(entry),
	       kmod_module_dependency_symbol_get_bind(entry));
}

static void show_section(struct kmod_list *entry)
{
	const char *name = kmod_module_section_get_name(entry);

	printf("  - %s %#lx\n", name ? name : "NULL", kmod_module_section_get_address(entry));
}

static void show(void (*each)(struct kmod_list *), struct kmod_list *list)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list)
		each(entry);
}

static void show_config(struct kmod_config_iter *iter)
{
	while (kmod_config_iter_next(iter)) {
		const char *key = kmod_config_iter_get_key(iter);
		const char *value = kmod_config_iter_get_value(iter);

		printf("  - %s = %s\n", key ? key : "NULL", value ? value : "NULL");
	}
}

/* Calls that need more than a line */

/* What the log function is given, which outlives the line. */
static const char *label(const char *text)
{
	static char label[32];

	if (!text)
		return NULL;
	snprintf(label, sizeof(label), "%s", text);
	return label;
}

static void call_softdeps(void)
{
	int result = kmod_module_get_softdeps(MOD(1), LIST_PLACE(2), LIST_PLACE(3));

	print_found(result, 2, release_modules);
	if (result >= 0 && object(word(3))) {
		named(word(3))->references++;
		named(word(3))->give_back = release_modules;
	}
}

static void call_new(void)
{
	const char *configuration[64] = { NULL };
	int i;

	for (i = 3; i < count && strcmp(word(i), "NONE") != 0; i++)
		configuration[i - 3] = word(i);
	keep(1, kmod_new(text(2), count > 3 ? configuration : NULL), release_context);
}

static void call_probe(void)
{
	run_result = number(4);
	print_number(kmod_module_probe_insert_module(
		MOD(1), number(2), text(3), text(4) ? run_install : NULL, "the data",
		text(5) ? print_action : NULL));
}

static void forget(int i, void *kept)
{
	print_pointer(kept);
	if (slot(word(i))) {
		named(word(i))->references--;
		if (!kept)
			*slot(word(i)) = NULL;
	}
}

static void count_reference(int i, const void *same)
{
	printf("  = %s\n", same == object(word(i)) ? "itself" : "another");
	if (slot(word(i)))
		named(word(i))->references++;
}

/* Ends a list or an iterator by its own name. */
static void *ended(int i)
{
	if (slot(word(i)))
		named(word(i))->references = 0;
	return object(word(i));
}

/* Another name for an object, which is not ours by that name. */
static void call_set(void)
{
	void *value = object(word(2));

	named(word(1))->references = 0;
	named(word(1))->pointer = value;
}

static void call_write(void)
{
	FILE *new = fopen(word(1), "w");

	if (!new)
		exit(3);
	fprintf(new, "%s\n", word(2));
	fclose(new);
}

static void call_touch(void)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { number(2), 0 } };

	if (utimensat(AT_FDCWD, word(1), times, 0) != 0)
		exit(3);
}

/* The rest of the file is for a child. */
static void call_fork(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		return;
	waitpid(child, &status, 0);
	printf("  the child ended with %d\n", status);
	release_all();
	exit(0);
}

static bool call_context(const char *f)
{
	if (strcmp(f, "new") == 0)
		call_new();
	else if (strcmp(f, "ref") == 0)
		count_reference(1, kmod_ref(CTX(1)));
	else if (strcmp(f, "unref") == 0)
		forget(1, kmod_unref(CTX(1)));
	else if (strcmp(f, "load_resources") == 0)
		print_number(kmod_load_resources(CTX(1)));
	else if (strcmp(f, "unload_resources") == 0)
		kmod_unload_resources(CTX(1));
	else if (strcmp(f, "validate_resources") == 0)
		print_number(kmod_validate_resources(CTX(1)));
	else if (strcmp(f, "dump_index") == 0)
		print_number(kmod_dump_index(CTX(1), number(2), number(3)));
	else if (strcmp(f, "get_dirname") == 0)
		print_text("=", kmod_get_dirname(CTX(1)));
	else if (strcmp(f, "get_log_priority") == 0)
		print_number(kmod_get_log_priority(CTX(1)));
	else if (strcmp(f, "set_log_priority") == 0)
		kmod_set_log_priority(CTX(1), number(2));
	else if (strcmp(f, "set_log_fn") == 0)
		kmod_set_log_fn(CTX(1), text(2) ? log_line : NULL, label(text(3)));
	else if (strcmp(f, "set_userdata") == 0)
		kmod_set_userdata(CTX(1), text(2) ? object(word(2)) : NULL);
	else if (strcmp(f, "get_userdata") == 0)
		keep(2, kmod_get_userdata(CTX(1)), NULL);
	else
		return false;
	return true;
}

static bool call_list(const char *f)
{
	struct kmod_list *entry;

	if (strcmp(f, "list_next") == 0)
		keep(3, kmod_list_next(LIST(1), LIST(2)), NULL);
	else if (strcmp(f, "list_prev") == 0)
		keep(3, kmod_list_prev(LIST(1), LIST(2)), NULL);
	else if (strcmp(f, "list_last") == 0)
		keep(2, kmod_list_last(LIST(1)), NULL);
	else if (strcmp(f, "show") == 0)
		show(show_module, LIST(1));
	else if (strcmp(f, "show_reverse") == 0)
		kmod_list_foreach_reverse(entry, LIST(1)) show_module(entry);
	else if (strcmp(f, "show_info") == 0)
		show(show_info, LIST(1));
	else if (strcmp(f, "show_versions") == 0)
		show(show_version, LIST(1));
	else if (strcmp(f, "show_symbols") == 0)
		show(show_symbol, LIST(1));
	else if (strcmp(f, "show_dependency_symbols") == 0)
		show(show_dependency_symbol, LIST(1));
	else if (strcmp(f, "show_sections") == 0)
		show(show_section, LIST(1));
	else if (strcmp(f, "unref_list") == 0)
		print_number(kmod_module_unref_list(ended(1)));
	else if (strcmp(f, "info_free_list") == 0)
		kmod_module_info_free_list(ended(1));
	else if (strcmp(f, "versions_free_list") == 0)
		kmod_module_versions_free_list(ended(1));
	else if (strcmp(f, "symbols_free_list") == 0)
		kmod_module_symbols_free_list(ended(1));
	else if (strcmp(f, "dependency_symbols_free_list") == 0)
		kmod_module_dependency_symbols_free_list(ended(1));
	else if (strcmp(f, "section_free_list") == 0)
		kmod_module_section_free_list(ended(1));
	else
		return false;
	return true;
}

/* Fields of entries, each by itself. */
static bool call_entry(const char *f)
{
	if (strcmp(f, "info_get_key") == 0)
		print_text("=", kmod_module_info_get_key(LIST(1)));
	else if (strcmp(f, "info_get_value") == 0)
		print_text("=", kmod_module_info_get_value(LIST(1)));
	else if (strcmp(f, "version_get_symbol") == 0)
		print_text("=", kmod_module_version_get_symbol(LIST(1)));
	else if (strcmp(f, "version_get_crc") == 0)
		print_number(kmod_module_version_get_crc(LIST(1)));
	else if (strcmp(f, "symbol_get_symbol") == 0)
		print_text("=", kmod_module_symbol_get_symbol(LIST(1)));
	else if (strcmp(f, "symbol_get_crc") == 0)
		print_number(kmod_module_symbol_get_crc(LIST(1)));
	else if (strcmp(f, "dependency_symbol_get_symbol") == 0)
		print_text("=", kmod_module_dependency_symbol_get_symbol(LIST(1)));
	else if (strcmp(f, "dependency_symbol_get_crc") == 0)
		print_number(kmod_module_dependency_symbol_get_crc(LIST(1)));
	else if (strcmp(f, "dependency_symbol_get_bind") == 0)
		print_number(kmod_module_dependency_symbol_get_bind(LIST(1)));
	else if (strcmp(f, "section_get_name") == 0)
		print_text("=", kmod_module_section_get_name(LIST(1)));
	else if (strcmp(f, "section_get_address") == 0)
		print_number(kmod_module_section_get_address(LIST(1)));
	else
		return false;
	return true;
}

static bool call_config(const char *f)
{
	if (strcmp(f, "config_get_aliases") == 0)
		keep(2, kmod_config_get_aliases(CTX(1)), release_iterator);
	else if (strcmp(f, "config_get_blacklists") == 0)
		keep(2, kmod_config_get_blacklists(CTX(1)), release_iterator);
	else if (strcmp(f, "config_get_install_commands") == 0)
		keep(2, kmod_config_get_install_commands(CTX(1)), release_iterator);
	else if (strcmp(f, "config_get_options") == 0)
		keep(2, kmod_config_get_options(CTX(1)), release_iterator);
	else if (strcmp(f, "config_get_remove_commands") == 0)
		keep(2, kmod_config_get_remove_commands(CTX(1)), release_iterator);
	else if (strcmp(f, "config_get_softdeps") == 0)
		keep(2, kmod_config_get_softdeps(CTX(1)), release_iterator);
	else if (strcmp(f, "config_get_weakdeps") == 0)
		keep(2, kmod_config_get_weakdeps(CTX(1)), release_iterator);
	else if (strcmp(f, "config_iter_next") == 0)
		print_number(kmod_config_iter_next(ITER(1)));
	else if (strcmp(f, "config_iter_get_key") == 0)
		print_text("=", kmod_config_iter_get_key(ITER(1)));
	else if (strcmp(f, "config_iter_get_value") == 0)
		print_text("=", kmod_config_iter_get_value(ITER(1)));
	else if (strcmp(f, "config_iter_free_iter") == 0)
		kmod_config_iter_free_iter(ended(1));
	else if (strcmp(f, "show_config") == 0)
		show_config(ITER(1));
	else
		return false;
	return true;
}

static bool call_module(const char *f)
{
	if (strcmp(f, "new_from_name") == 0)
		print_found(kmod_module_new_from_name(CTX(1), text(2), MOD_PLACE(3)), 3,
			    release_module);
	else if (strcmp(f, "new_from_path") == 0)
		print_found(kmod_module_new_from_path(CTX(1), text(2), MOD_PLACE(3)), 3,
			    release_module);
	else if (strcmp(f, "new_from_name_lookup") == 0)
		print_found(kmod_module_new_from_name_lookup(CTX(1), text(2), MOD_PLACE(3)), 3,
			    release_module);
	else if (strcmp(f, "new_from_lookup") == 0)
		print_found(kmod_module_new_from_lookup(CTX(1), text(2), LIST_PLACE(3)), 3,
			    release_modules);
	else if (strcmp(f, "new_from_loaded") == 0)
		print_found(kmod_module_new_from_loaded(CTX(1), LIST_PLACE(2)), 2,
			    release_modules);
	else if (strcmp(f, "module_ref") == 0)
		count_reference(1, kmod_module_ref(MOD(1)));
	else if (strcmp(f, "module_unref") == 0)
		forget(1, kmod_module_unref(MOD(1)));
	else if (strcmp(f, "get_module") == 0)
		keep(2, kmod_module_get_module(LIST(1)), release_module);
	else if (strcmp(f, "get_name") == 0)
		print_text("=", kmod_module_get_name(MOD(1)));
	else if (strcmp(f, "get_path") == 0)
		print_text("=", kmod_module_get_path(MOD(1)));
	else if (strcmp(f, "get_options") == 0)
		print_text("=", kmod_module_get_options(MOD(1)));
	else if (strcmp(f, "get_install_commands") == 0)
		print_text("=", kmod_module_get_install_commands(MOD(1)));
	else if (strcmp(f, "get_remove_commands") == 0)
		print_text("=", kmod_module_get_remove_commands(MOD(1)));
	else if (strcmp(f, "get_dependencies") == 0)
		keep(2, kmod_module_get_dependencies(MOD(1)), release_modules);
	else if (strcmp(f, "get_softdeps") == 0)
		call_softdeps();
	else if (strcmp(f, "get_weakdeps") == 0)
		print_found(kmod_module_get_weakdeps(MOD(1), LIST_PLACE(2)), 2,
			    release_modules);
	else if (strcmp(f, "apply_filter") == 0)
		print_found(kmod_module_apply_filter(CTX(1), number(2), LIST(3), LIST_PLACE(4)), 4,
			    release_modules);
	else if (strcmp(f, "get_filtered_blacklist") == 0)
		print_found(kmod_module_get_filtered_blacklist(CTX(1), LIST(2), LIST_PLACE(3)), 3,
			    release_modules);
	else if (strcmp(f, "get_info") == 0)
		print_found(kmod_module_get_info(MOD(1), LIST_PLACE(2)), 2,
			    release_info);
	else if (strcmp(f, "get_versions") == 0)
		print_found(kmod_module_get_versions(MOD(1), LIST_PLACE(2)), 2,
			    release_versions);
	else if (strcmp(f, "get_symbols") == 0)
		print_found(kmod_module_get_symbols(MOD(1), LIST_PLACE(2)), 2,
			    release_symbols);
	else if (strcmp(f, "get_dependency_symbols") == 0)
		print_found(kmod_module_get_dependency_symbols(MOD(1), LIST_PLACE(2)), 2,
			    release_dependency_symbols);
	else
		return false;
	return true;
}

static bool call_kernel(const char *f)
{
	if (strcmp(f, "insert_module") == 0)
		print_number(kmod_module_insert_module(MOD(1), number(2), text(3)));
	else if (strcmp(f, "probe_insert_module") == 0)
		call_probe();
	else if (strcmp(f, "remove_module") == 0)
		print_number(kmod_module_remove_module(MOD(1), number(2)));
	else if (strcmp(f, "get_initstate") == 0)
		print_number(kmod_module_get_initstate(MOD(1)));
	else if (strcmp(f, "initstate_str") == 0)
		print_text("=", kmod_module_initstate_str(number(1)));
	else if (strcmp(f, "get_refcnt") == 0)
		print_number(kmod_module_get_refcnt(MOD(1)));
	else if (strcmp(f, "get_size") == 0)
		print_number(kmod_module_get_size(MOD(1)));
	else if (strcmp(f, "get_holders") == 0)
		keep(2, kmod_module_get_holders(MOD(1)), release_modules);
	else if (strcmp(f, "get_sections") == 0)
		keep(2, kmod_module_get_sections(MOD(1)), release_sections);
	else
		return false;
	return true;
}

/* What is no function of the library. */
static bool other(const char *f)
{
	if (strcmp(f, "write") == 0)
		call_write();
	else if (strcmp(f, "touch") == 0)
		call_touch();
	else if (strcmp(f, "mkdir") == 0)
		mkdir(word(1), 0755);
	else if (strcmp(f, "unlink") == 0)
		remove(word(1));
	else if (strcmp(f, "chdir") == 0)
		print_number(chdir(word(1)));
	else if (strcmp(f, "setenv") == 0)
		setenv(word(1), word(2), 1);
	else if (strcmp(f, "same") == 0)
		printf("  %s\n", object(word(1)) == object(word(2)) ? "the same" : "different");
	else if (strcmp(f, "isnull") == 0)
		print_pointer(object(word(1)));
	else if (strcmp(f, "set") == 0)
		call_set();
	else if (strcmp(f, "fork") == 0)
		call_fork();
	else
		return false;
	return true;
}

static void split(char *line)
{
	count = 0;
	while (count < 64) {
		char end = ' ';

		while (*line == ' ')
			line++;
		if (*line == '\0' || *line == '\n')
			return;
		if (*line == '\'')
			end = *line++;
		words[count++] = line;
		while (*line != '\0' && *line != '\n' && *line != end)
			line++;
		if (*line == '\0')
			return;
		*line++ = '\0';
	}
}

int main(int argc, char **argv)
{
	static char line[1 << 16];

	file = fopen(argc > 1 ? argv[1] : "/calls", "r");
	if (!file)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 1 << 16);
	while (fgets(line, sizeof(line), file)) {
		const char *f;

		printf("%s", line[0] == '#' ? "" : line);
		split(line);
		f = word(0);
		if (count == 0 || f[0] == '#')
			continue;
		if (!call_context(f) && !call_list(f) && !call_entry(f) && !call_config(f) &&
		    !call_module(f) && !call_kernel(f) && !other(f)) {
			printf("  no such call\n");
			return 3;
		}
		fflush(stdout);
	}
	release_all();
	return 0;
}
