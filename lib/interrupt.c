#include "lib/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* nohup and shells have some of them ignored: they stay so. */
static void catch (int number, void (*stop)(int signal))
{
	struct sigaction action = { .sa_handler = stop }, before;

	sigemptyset(&action.sa_mask);
	if (!sigaction(number, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

void interrupt_catch(void (*stop)(int signal))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		catch (signals[i], stop);
}

void interrupt_catch_all(void (*stop)(int signal))
{
	/* SIGSTKFLT is left out: no program uses it. */
	static const int signals[] = { SIGQUIT, SIGPIPE,   SIGALRM, SIGUSR1, SIGUSR2,
		                       SIGXCPU, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR };

	interrupt_catch(stop);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		catch (signals[i], stop);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		catch (number, stop);
}
