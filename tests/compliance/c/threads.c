/*
 * Contexts in several threads, one in each: each prints what it found, and all are to find the same.
 * Arguments: a directory of modules, names of modules.
 */
#include <libkmod.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 20

static char **arguments;
static char found[THREADS][1 << 16];

static void tell(char *text, size_t size, struct kmod_list *list)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list) {
		struct kmod_module *m = kmod_module_get_module(entry);
		struct kmod_list *info = NULL;
		int count = kmod_module_get_info(m, &info);
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s %s %d\n", kmod_module_get_name(m),
			 kmod_module_get_path(m), count);
		kmod_module_info_free_list(info);
		kmod_module_unref(m);
	}
	kmod_module_unref_list(list);
}

static void *work(void *text)
{
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		struct kmod_ctx *context = kmod_new(arguments[1], NULL);

		((char *)text)[0] = '\0';
		kmod_load_resources(context);
		for (i = 2; arguments[i]; i++) {
			struct kmod_list *list = NULL;
			struct kmod_module *m = NULL;

			kmod_module_new_from_lookup(context, arguments[i], &list);
			tell(text, sizeof(found[0]), list);
			kmod_module_new_from_name(context, arguments[i], &m);
			tell(text, sizeof(found[0]), kmod_module_get_dependencies(m));
			kmod_module_unref(m);
		}
		kmod_unref(context);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int i;

	if (argc < 3)
		return 2;
	arguments = argv;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, found[i]) != 0)
			return 2;
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (i = 1; i < THREADS; i++)
		if (strcmp(found[i], found[0]) != 0)
			return 1;
	printf("%s", found[0]);
	return 0;
}
