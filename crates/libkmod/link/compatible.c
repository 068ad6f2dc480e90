/* kmod 30 to 32 bound this function to another version than later ones do. Programs that were linked
   with those find it there. */
struct kmod_ctx;
struct kmod_module;

int kmod_module_new_from_name_lookup(struct kmod_ctx *context, const char *name,
				     struct kmod_module **module);

int kmodctl_new_from_name_lookup_5(struct kmod_ctx *context, const char *name,
				   struct kmod_module **module);

__asm__(".symver kmodctl_new_from_name_lookup_5, kmod_module_new_from_name_lookup@LIBKMOD_5");

int kmodctl_new_from_name_lookup_5(struct kmod_ctx *context, const char *name,
				   struct kmod_module **module)
{
	return kmod_module_new_from_name_lookup(context, name, module);
}
