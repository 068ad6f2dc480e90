/*
 * Prints all that libkmod knows of the modules of one directory, for whole trees to be compared.
 * Arguments: the directory, a directory of configuration. Lines of the standard input are questions:
 * `module NAME` or `alias ALIAS`.
 */
#include <inttypes.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>

static const char *text(const char *value)
{
	return value ? value : "NULL";
}

static void modules(const char *label, struct kmod_list *list)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list) {
		struct kmod_module *m = kmod_module_get_module(entry);

		printf("  %s %s %s %d\n", label, kmod_module_get_name(m), text(kmod_module_get_path(m)),
		       kmod_module_get_initstate(m));
		kmod_module_unref(m);
	}
	kmod_module_unref_list(list);
}

static void tell_file(struct kmod_module *m)
{
	struct kmod_list *list, *entry;

	list = NULL;
	printf("  info %d\n", kmod_module_get_info(m, &list));
	kmod_list_foreach(entry, list)
		printf("  %s=%s\n", kmod_module_info_get_key(entry),
		       kmod_module_info_get_value(entry));
	kmod_module_info_free_list(list);

	list = NULL;
	printf("  versions %d\n", kmod_module_get_versions(m, &list));
	kmod_list_foreach(entry, list)
		printf("  %#" PRIx64 " %s\n", kmod_module_version_get_crc(entry),
		       kmod_module_version_get_symbol(entry));
	kmod_module_versions_free_list(list);

	list = NULL;
	printf("  symbols %d\n", kmod_module_get_symbols(m, &list));
	kmod_list_foreach(entry, list)
		printf("  %#" PRIx64 " %s\n", kmod_module_symbol_get_crc(entry),
		       kmod_module_symbol_get_symbol(entry));
	kmod_module_symbols_free_list(list);

	list = NULL;
	printf("  needs %d\n", kmod_module_get_dependency_symbols(m, &list));
	kmod_list_foreach(entry, list)
		printf("  %#" PRIx64 " %c %s\n", kmod_module_dependency_symbol_get_crc(entry),
		       kmod_module_dependency_symbol_get_bind(entry),
		       kmod_module_dependency_symbol_get_symbol(entry));
	kmod_module_dependency_symbols_free_list(list);
}

static void tell_module(struct kmod_ctx *context, const char *name)
{
	struct kmod_list *pre = NULL, *post = NULL, *weak = NULL;
	struct kmod_module *m = NULL;
	int error = kmod_module_new_from_name_lookup(context, name, &m);

	printf("module %s: %d\n", name, error);
	if (!m)
		return;
	printf("  %s %s %d\n", kmod_module_get_name(m), text(kmod_module_get_path(m)),
	       kmod_module_get_initstate(m));
	printf("  options %s\n", text(kmod_module_get_options(m)));
	printf("  install %s\n", text(kmod_module_get_install_commands(m)));
	printf("  remove %s\n", text(kmod_module_get_remove_commands(m)));
	modules("needs", kmod_module_get_dependencies(m));
	printf("  softdeps %d\n", kmod_module_get_softdeps(m, &pre, &post));
	modules("pre", pre);
	modules("post", post);
	printf("  weakdeps %d\n", kmod_module_get_weakdeps(m, &weak));
	modules("weak", weak);
	tell_file(m);
	kmod_module_unref(m);
}

static void tell_alias(struct kmod_ctx *context, const char *alias)
{
	struct kmod_list *list = NULL, *kept = NULL;

	printf("alias %s: %d\n", alias, kmod_module_new_from_lookup(context, alias, &list));
	kmod_module_apply_filter(context, KMOD_FILTER_BLACKLIST | KMOD_FILTER_BUILTIN, list, &kept);
	modules("is", list);
	modules("kept", kept);
}

int main(int argc, char **argv)
{
	static char line[1 << 16];
	const char *configuration[] = { argc > 2 ? argv[2] : NULL, NULL };
	struct kmod_ctx *context = kmod_new(argv[1], configuration);
	int type;

	if (argc < 2 || !context)
		return 2;
	printf("resources %d\n", kmod_load_resources(context));
	fflush(stdout);
	for (type = 0; type < 5; type++)
		printf("index %d: %d\n", type, kmod_dump_index(context, (enum kmod_index)type, 1));
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "module ", 7) == 0)
			tell_module(context, line + 7);
		else if (strncmp(line, "alias ", 6) == 0)
			tell_alias(context, line + 6);
	}
	kmod_unref(context);
	return 0;
}
