/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * libkmod.so.2: kernel modules, found, described, loaded and removed.
 *
 * A program that was written for kmod's library builds with this header and runs with either.
 *
 * What a function returns:
 *   - a number is 0 or a count, or a negative error number;
 *   - a string belongs to the object it is of, and lives as long;
 *   - a list is the caller's, and is ended by the function named with it; an empty one is NULL;
 *   - a context or module is a reference, given back with kmod_unref or kmod_module_unref.
 * NULL in the place of an object is answered with NULL or an error number.
 *
 * A context, with its modules and lists, is for one thread at a time. Several contexts know nothing
 * of each other.
 */
#ifndef LIBKMOD_H
#define LIBKMOD_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Contexts */

struct kmod_ctx;

/* What kmod_validate_resources finds. */
enum kmod_resources {
	KMOD_RESOURCES_OK = 0,
	KMOD_RESOURCES_MUST_RELOAD = 1,
	KMOD_RESOURCES_MUST_RECREATE = 2,
};

/* Which index kmod_dump_index writes out. */
enum kmod_index {
	KMOD_INDEX_MODULES_DEP = 0,
	KMOD_INDEX_MODULES_ALIAS = 1,
	KMOD_INDEX_MODULES_SYMBOL = 2,
	KMOD_INDEX_MODULES_BUILTIN_ALIAS = 3,
	KMOD_INDEX_MODULES_BUILTIN = 4,
	/* Makes the type as wide as an int. */
	_KMOD_INDEX_PAD = 1U << 31,
};

/* dirname: the directory of modules; NULL is that of the running kernel.
   config_paths: directories and files of configuration, ended by NULL; NULL is the usual ones. */
struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths);
struct kmod_ctx *kmod_ref(struct kmod_ctx *ctx);
/* NULL when that was the last reference. */
struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx);

/* Opens all indexes once, for a program that asks often. */
int kmod_load_resources(struct kmod_ctx *ctx);
void kmod_unload_resources(struct kmod_ctx *ctx);
/* One of enum kmod_resources. */
int kmod_validate_resources(struct kmod_ctx *ctx);
int kmod_dump_index(struct kmod_ctx *ctx, enum kmod_index type, int fd);

void kmod_set_log_priority(struct kmod_ctx *ctx, int priority);
int kmod_get_log_priority(const struct kmod_ctx *ctx);
void kmod_set_log_fn(struct kmod_ctx *ctx,
		     void (*log_fn)(void *log_data, int priority, const char *file, int line,
				    const char *fn, const char *format, va_list args),
		     const void *data);

void kmod_set_userdata(struct kmod_ctx *ctx, const void *userdata);
void *kmod_get_userdata(const struct kmod_ctx *ctx);
const char *kmod_get_dirname(const struct kmod_ctx *ctx);

/* Lists */

struct kmod_list;

struct kmod_list *kmod_list_last(const struct kmod_list *list);
struct kmod_list *kmod_list_next(const struct kmod_list *list, const struct kmod_list *curr);
struct kmod_list *kmod_list_prev(const struct kmod_list *list, const struct kmod_list *curr);

#define kmod_list_foreach(list_entry, first_entry)                 \
	for (list_entry = first_entry; list_entry != NULL;         \
	     list_entry = kmod_list_next(first_entry, list_entry))

#define kmod_list_foreach_reverse(list_entry, first_entry)                   \
	for (list_entry = kmod_list_last(first_entry); list_entry != NULL;   \
	     list_entry = kmod_list_prev(first_entry, list_entry))

/* The lines of the configuration. A new iterator stands before the first. */

struct kmod_config_iter;

struct kmod_config_iter *kmod_config_get_blacklists(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_install_commands(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_remove_commands(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_aliases(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_options(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_softdeps(const struct kmod_ctx *ctx);
struct kmod_config_iter *kmod_config_get_weakdeps(const struct kmod_ctx *ctx);
const char *kmod_config_iter_get_key(const struct kmod_config_iter *iter);
const char *kmod_config_iter_get_value(const struct kmod_config_iter *iter);
bool kmod_config_iter_next(struct kmod_config_iter *iter);
void kmod_config_iter_free_iter(struct kmod_config_iter *iter);

/* Modules */

struct kmod_module;

/* Flags of kmod_module_remove_module. */
enum kmod_remove {
	KMOD_REMOVE_FORCE = O_TRUNC,
	KMOD_REMOVE_NOWAIT = O_NONBLOCK,
	KMOD_REMOVE_NOLOG = 1,
};

/* Flags of kmod_module_insert_module. The kernel's own have other values. */
enum kmod_insert {
	KMOD_INSERT_FORCE_VERMAGIC = 0x1,
	KMOD_INSERT_FORCE_MODVERSION = 0x2,
};

/* Flags of kmod_module_probe_insert_module. The last three are also what it returns when a blacklist
   line keeps the module out. */
enum kmod_probe {
	KMOD_PROBE_FORCE_VERMAGIC = 0x00001,
	KMOD_PROBE_FORCE_MODVERSION = 0x00002,
	KMOD_PROBE_IGNORE_COMMAND = 0x00004,
	KMOD_PROBE_IGNORE_LOADED = 0x00008,
	KMOD_PROBE_DRY_RUN = 0x00010,
	KMOD_PROBE_FAIL_ON_LOADED = 0x00020,
	KMOD_PROBE_APPLY_BLACKLIST_ALL = 0x10000,
	KMOD_PROBE_APPLY_BLACKLIST = 0x20000,
	KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY = 0x40000,
};

/* What kmod_module_apply_filter takes out of a list. */
enum kmod_filter {
	KMOD_FILTER_BLACKLIST = 0x00001,
	KMOD_FILTER_BUILTIN = 0x00002,
};

int kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name, struct kmod_module **mod);
int kmod_module_new_from_path(struct kmod_ctx *ctx, const char *path, struct kmod_module **mod);
/* Ended with kmod_module_unref_list. */
int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
				struct kmod_list **list);
int kmod_module_new_from_name_lookup(struct kmod_ctx *ctx, const char *modname,
				     struct kmod_module **mod);
/* Ended with kmod_module_unref_list. */
int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list);

struct kmod_module *kmod_module_ref(struct kmod_module *mod);
/* NULL when that was the last reference. */
struct kmod_module *kmod_module_unref(struct kmod_module *mod);
int kmod_module_unref_list(struct kmod_list *list);
/* A new reference to the module of an entry. */
struct kmod_module *kmod_module_get_module(const struct kmod_list *entry);

const char *kmod_module_get_name(const struct kmod_module *mod);
const char *kmod_module_get_path(const struct kmod_module *mod);
const char *kmod_module_get_options(const struct kmod_module *mod);
const char *kmod_module_get_install_commands(const struct kmod_module *mod);
const char *kmod_module_get_remove_commands(const struct kmod_module *mod);

/* Ended with kmod_module_unref_list; the places for lists are to hold NULL. */
struct kmod_list *kmod_module_get_dependencies(const struct kmod_module *mod);
int kmod_module_get_softdeps(const struct kmod_module *mod, struct kmod_list **pre,
			     struct kmod_list **post);
int kmod_module_get_weakdeps(const struct kmod_module *mod, struct kmod_list **weak);
int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
			     const struct kmod_list *input, struct kmod_list **output);
int kmod_module_get_filtered_blacklist(const struct kmod_ctx *ctx, const struct kmod_list *input,
				       struct kmod_list **output) __attribute__((deprecated));

/* One module alone, by its file. */
int kmod_module_insert_module(struct kmod_module *mod, unsigned int flags, const char *options);
/* A module with all it needs. run_install runs its install command in the shell's stead and returns
   0; print_action is shown each action. */
int kmod_module_probe_insert_module(
	struct kmod_module *mod, unsigned int flags, const char *extra_options,
	int (*run_install)(struct kmod_module *m, const char *cmdline, void *data),
	const void *data,
	void (*print_action)(struct kmod_module *m, bool install, const char *options));
int kmod_module_remove_module(struct kmod_module *mod, unsigned int flags);

/* Modules in the kernel */

enum kmod_module_initstate {
	KMOD_MODULE_BUILTIN = 0,
	KMOD_MODULE_LIVE = 1,
	KMOD_MODULE_COMING = 2,
	KMOD_MODULE_GOING = 3,
	/* Makes the type as wide as an int. */
	_KMOD_MODULE_PAD = 1U << 31,
};

const char *kmod_module_initstate_str(enum kmod_module_initstate state);
int kmod_module_get_initstate(const struct kmod_module *mod);
int kmod_module_get_refcnt(const struct kmod_module *mod);
long kmod_module_get_size(const struct kmod_module *mod);
/* Ended with kmod_module_unref_list. */
struct kmod_list *kmod_module_get_holders(const struct kmod_module *mod);
/* Ended with kmod_module_section_free_list. */
struct kmod_list *kmod_module_get_sections(const struct kmod_module *mod);
const char *kmod_module_section_get_name(const struct kmod_list *entry);
unsigned long kmod_module_section_get_address(const struct kmod_list *entry);
void kmod_module_section_free_list(struct kmod_list *list);

/* What a module's file tells; the places for lists are to hold NULL */

int kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_info_get_key(const struct kmod_list *entry);
const char *kmod_module_info_get_value(const struct kmod_list *entry);
void kmod_module_info_free_list(struct kmod_list *list);

int kmod_module_get_versions(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_version_get_symbol(const struct kmod_list *entry);
uint64_t kmod_module_version_get_crc(const struct kmod_list *entry);
void kmod_module_versions_free_list(struct kmod_list *list);

int kmod_module_get_symbols(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_symbol_get_symbol(const struct kmod_list *entry);
uint64_t kmod_module_symbol_get_crc(const struct kmod_list *entry);
void kmod_module_symbols_free_list(struct kmod_list *list);

enum kmod_symbol_bind {
	KMOD_SYMBOL_NONE = '\0',
	KMOD_SYMBOL_LOCAL = 'L',
	KMOD_SYMBOL_GLOBAL = 'G',
	KMOD_SYMBOL_WEAK = 'W',
	KMOD_SYMBOL_UNDEF = 'U',
};

int kmod_module_get_dependency_symbols(const struct kmod_module *mod, struct kmod_list **list);
const char *kmod_module_dependency_symbol_get_symbol(const struct kmod_list *entry);
int kmod_module_dependency_symbol_get_bind(const struct kmod_list *entry);
uint64_t kmod_module_dependency_symbol_get_crc(const struct kmod_list *entry);
void kmod_module_dependency_symbols_free_list(struct kmod_list *list);

#ifdef __cplusplus
}
#endif

#endif
