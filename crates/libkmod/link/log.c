/* Calls a log function of kmod's type. Rust cannot make a va_list, so this does. */
#include <stdarg.h>

typedef void (*log_function)(void *data, int priority, const char *file, int line,
			     const char *function, const char *format, va_list arguments);

static void call(log_function log, void *data, int priority, const char *function,
		 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log(data, priority, "", 0, function, format, arguments);
	va_end(arguments);
}

void kmodctl_log(void (*log)(void), void *data, int priority, const char *function,
		 const char *text)
{
	call((log_function)log, data, priority, function, "%s", text);
}
