/* Opens a socket and keeps it: hold FAMILY TYPE PROTOCOL, each a number. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
	if (count != 4)
		return 2;
	if (socket(atoi(words[1]), atoi(words[2]), atoi(words[3])) < 0) {
		perror("socket");
		return 1;
	}
	pause();
	return 0;
}
