/*
 * The types and numbers of libkmod.h, as its programs were compiled with. This file is compiled with
 * the header of either library, and means nothing but that it compiles.
 */
#include <libkmod.h>
#include <stddef.h>

#define TYPE(function, result, arguments)                                                       \
	_Static_assert(__builtin_types_compatible_p(__typeof__(function),                       \
						    __typeof__(result arguments)),              \
		       #function)
#define NUMBER(name, value) _Static_assert((name) == (value), #name)
#define WIDTH(type) _Static_assert(sizeof(type) == sizeof(int) && (type)-1 > 0, #type)

TYPE(kmod_config_get_aliases, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_get_blacklists, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_get_install_commands, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_get_options, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_get_remove_commands, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_get_softdeps, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_get_weakdeps, struct kmod_config_iter *, (const struct kmod_ctx *ctx));
TYPE(kmod_config_iter_free_iter, void, (struct kmod_config_iter *iter));
TYPE(kmod_config_iter_get_key, const char *, (const struct kmod_config_iter *iter));
TYPE(kmod_config_iter_get_value, const char *, (const struct kmod_config_iter *iter));
TYPE(kmod_config_iter_next, bool, (struct kmod_config_iter *iter));
TYPE(kmod_dump_index, int, (struct kmod_ctx *ctx, enum kmod_index type, int fd));
TYPE(kmod_get_dirname, const char *, (const struct kmod_ctx *ctx));
TYPE(kmod_get_log_priority, int, (const struct kmod_ctx *ctx));
TYPE(kmod_get_userdata, void *, (const struct kmod_ctx *ctx));
TYPE(kmod_list_last, struct kmod_list *, (const struct kmod_list *list));
TYPE(kmod_list_next, struct kmod_list *, (const struct kmod_list *list, const struct kmod_list
     *curr));
TYPE(kmod_list_prev, struct kmod_list *, (const struct kmod_list *list, const struct kmod_list
     *curr));
TYPE(kmod_load_resources, int, (struct kmod_ctx *ctx));
TYPE(kmod_module_apply_filter, int, (const struct kmod_ctx *ctx, enum kmod_filter filter_type,
     const struct kmod_list *input, struct kmod_list **output));
TYPE(kmod_module_dependency_symbol_get_bind, int, (const struct kmod_list *entry));
TYPE(kmod_module_dependency_symbol_get_crc, uint64_t, (const struct kmod_list *entry));
TYPE(kmod_module_dependency_symbol_get_symbol, const char *, (const struct kmod_list *entry));
TYPE(kmod_module_dependency_symbols_free_list, void, (struct kmod_list *list));
TYPE(kmod_module_get_dependencies, struct kmod_list *, (const struct kmod_module *mod));
TYPE(kmod_module_get_dependency_symbols, int, (const struct kmod_module *mod, struct kmod_list
     **list));
TYPE(kmod_module_get_filtered_blacklist, int, (const struct kmod_ctx *ctx, const struct
     kmod_list *input, struct kmod_list **output));
TYPE(kmod_module_get_holders, struct kmod_list *, (const struct kmod_module *mod));
TYPE(kmod_module_get_info, int, (const struct kmod_module *mod, struct kmod_list **list));
TYPE(kmod_module_get_initstate, int, (const struct kmod_module *mod));
TYPE(kmod_module_get_install_commands, const char *, (const struct kmod_module *mod));
TYPE(kmod_module_get_module, struct kmod_module *, (const struct kmod_list *entry));
TYPE(kmod_module_get_name, const char *, (const struct kmod_module *mod));
TYPE(kmod_module_get_options, const char *, (const struct kmod_module *mod));
TYPE(kmod_module_get_path, const char *, (const struct kmod_module *mod));
TYPE(kmod_module_get_refcnt, int, (const struct kmod_module *mod));
TYPE(kmod_module_get_remove_commands, const char *, (const struct kmod_module *mod));
TYPE(kmod_module_get_sections, struct kmod_list *, (const struct kmod_module *mod));
TYPE(kmod_module_get_size, long, (const struct kmod_module *mod));
TYPE(kmod_module_get_softdeps, int, (const struct kmod_module *mod, struct kmod_list **pre,
     struct kmod_list **post));
TYPE(kmod_module_get_symbols, int, (const struct kmod_module *mod, struct kmod_list **list));
TYPE(kmod_module_get_versions, int, (const struct kmod_module *mod, struct kmod_list **list));
TYPE(kmod_module_get_weakdeps, int, (const struct kmod_module *mod, struct kmod_list **weak));
TYPE(kmod_module_info_free_list, void, (struct kmod_list *list));
TYPE(kmod_module_info_get_key, const char *, (const struct kmod_list *entry));
TYPE(kmod_module_info_get_value, const char *, (const struct kmod_list *entry));
TYPE(kmod_module_initstate_str, const char *, (enum kmod_module_initstate state));
TYPE(kmod_module_insert_module, int, (struct kmod_module *mod, unsigned int flags, const char
     *options));
TYPE(kmod_module_new_from_loaded, int, (struct kmod_ctx *ctx, struct kmod_list **list));
TYPE(kmod_module_new_from_lookup, int, (struct kmod_ctx *ctx, const char *given_alias, struct
     kmod_list **list));
TYPE(kmod_module_new_from_name, int, (struct kmod_ctx *ctx, const char *name, struct kmod_module
     **mod));
TYPE(kmod_module_new_from_name_lookup, int, (struct kmod_ctx *ctx, const char *modname, struct
     kmod_module **mod));
TYPE(kmod_module_new_from_path, int, (struct kmod_ctx *ctx, const char *path, struct kmod_module
     **mod));
TYPE(kmod_module_probe_insert_module, int, (struct kmod_module *mod, unsigned int flags, const
     char *extra_options, int (*run_install)(struct kmod_module *m, const char *cmdline, void
     *data), const void *data, void (*print_action)(struct kmod_module *m, bool install, const
     char *options)));
TYPE(kmod_module_ref, struct kmod_module *, (struct kmod_module *mod));
TYPE(kmod_module_remove_module, int, (struct kmod_module *mod, unsigned int flags));
TYPE(kmod_module_section_free_list, void, (struct kmod_list *list));
TYPE(kmod_module_section_get_address, unsigned long, (const struct kmod_list *entry));
TYPE(kmod_module_section_get_name, const char *, (const struct kmod_list *entry));
TYPE(kmod_module_symbol_get_crc, uint64_t, (const struct kmod_list *entry));
TYPE(kmod_module_symbol_get_symbol, const char *, (const struct kmod_list *entry));
TYPE(kmod_module_symbols_free_list, void, (struct kmod_list *list));
TYPE(kmod_module_unref, struct kmod_module *, (struct kmod_module *mod));
TYPE(kmod_module_unref_list, int, (struct kmod_list *list));
TYPE(kmod_module_version_get_crc, uint64_t, (const struct kmod_list *entry));
TYPE(kmod_module_version_get_symbol, const char *, (const struct kmod_list *entry));
TYPE(kmod_module_versions_free_list, void, (struct kmod_list *list));
TYPE(kmod_new, struct kmod_ctx *, (const char *dirname, const char *const *config_paths));
TYPE(kmod_ref, struct kmod_ctx *, (struct kmod_ctx *ctx));
TYPE(kmod_set_log_fn, void, (struct kmod_ctx *ctx, void (*log_fn)(void *log_data, int priority,
     const char *file, int line, const char *fn, const char *format, va_list args), const void
     *data));
TYPE(kmod_set_log_priority, void, (struct kmod_ctx *ctx, int priority));
TYPE(kmod_set_userdata, void, (struct kmod_ctx *ctx, const void *userdata));
TYPE(kmod_unload_resources, void, (struct kmod_ctx *ctx));
TYPE(kmod_unref, struct kmod_ctx *, (struct kmod_ctx *ctx));
TYPE(kmod_validate_resources, int, (struct kmod_ctx *ctx));

WIDTH(enum kmod_resources);
NUMBER(KMOD_RESOURCES_OK, 0);
NUMBER(KMOD_RESOURCES_MUST_RELOAD, 1);
NUMBER(KMOD_RESOURCES_MUST_RECREATE, 2);

WIDTH(enum kmod_index);
NUMBER(KMOD_INDEX_MODULES_DEP, 0);
NUMBER(KMOD_INDEX_MODULES_ALIAS, 1);
NUMBER(KMOD_INDEX_MODULES_SYMBOL, 2);
NUMBER(KMOD_INDEX_MODULES_BUILTIN_ALIAS, 3);
NUMBER(KMOD_INDEX_MODULES_BUILTIN, 4);
NUMBER(_KMOD_INDEX_PAD, 1U << 31);

WIDTH(enum kmod_remove);
NUMBER(KMOD_REMOVE_FORCE, O_TRUNC);
NUMBER(KMOD_REMOVE_NOWAIT, O_NONBLOCK);
NUMBER(KMOD_REMOVE_NOLOG, 1);

WIDTH(enum kmod_insert);
NUMBER(KMOD_INSERT_FORCE_VERMAGIC, 0x1);
NUMBER(KMOD_INSERT_FORCE_MODVERSION, 0x2);

WIDTH(enum kmod_probe);
NUMBER(KMOD_PROBE_FORCE_VERMAGIC, 0x00001);
NUMBER(KMOD_PROBE_FORCE_MODVERSION, 0x00002);
NUMBER(KMOD_PROBE_IGNORE_COMMAND, 0x00004);
NUMBER(KMOD_PROBE_IGNORE_LOADED, 0x00008);
NUMBER(KMOD_PROBE_DRY_RUN, 0x00010);
NUMBER(KMOD_PROBE_FAIL_ON_LOADED, 0x00020);
NUMBER(KMOD_PROBE_APPLY_BLACKLIST_ALL, 0x10000);
NUMBER(KMOD_PROBE_APPLY_BLACKLIST, 0x20000);
NUMBER(KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, 0x40000);

WIDTH(enum kmod_filter);
NUMBER(KMOD_FILTER_BLACKLIST, 0x00001);
NUMBER(KMOD_FILTER_BUILTIN, 0x00002);

WIDTH(enum kmod_module_initstate);
NUMBER(KMOD_MODULE_BUILTIN, 0);
NUMBER(KMOD_MODULE_LIVE, 1);
NUMBER(KMOD_MODULE_COMING, 2);
NUMBER(KMOD_MODULE_GOING, 3);
NUMBER(_KMOD_MODULE_PAD, 1U << 31);

WIDTH(enum kmod_symbol_bind);
NUMBER(KMOD_SYMBOL_NONE, '\0');
NUMBER(KMOD_SYMBOL_LOCAL, 'L');
NUMBER(KMOD_SYMBOL_GLOBAL, 'G');
NUMBER(KMOD_SYMBOL_WEAK, 'W');
NUMBER(KMOD_SYMBOL_UNDEF, 'U');
