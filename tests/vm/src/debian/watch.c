/* Loads libkmod.so.2 again and again, each time in a process of its own, as a program that is
   just being started would; until it is told to stop. Says how often that was, how often it
   failed, and which files were found. */
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

int main(void)
{
	enum { FILES = 16, LENGTH = 256 };
	static char found[FILES][LENGTH];
	char *path = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long tried = 0, failed = 0;
	int files = 0;

	if (path == MAP_FAILED)
		return 2;
	signal(SIGTERM, on_signal);
	while (!stop) {
		int status = -1, known = 0;
		pid_t child = fork();
		if (child == 0) {
			struct link_map *map;
			void *library = dlopen("libkmod.so.2", RTLD_NOW);
			if (library == NULL || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0)
				_exit(1);
			strncpy(path, map->l_name, LENGTH - 1);
			_exit(dlsym(library, "kmod_new") == NULL);
		}
		while (waitpid(child, &status, 0) < 0)
			;
		tried++;
		/* Others want the processor too. */
		usleep(1000);
		if (status != 0) {
			failed++;
			continue;
		}
		for (int file = 0; file < files; file++)
			known |= strcmp(found[file], path) == 0;
		if (!known && files < FILES)
			strcpy(found[files++], path);
	}
	printf("tried %ld\nfailed %ld\n", tried, failed);
	for (int file = 0; file < files; file++)
		printf("found %s\n", found[file]);
	return failed != 0;
}
