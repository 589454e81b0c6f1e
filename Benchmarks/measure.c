// Runs a command and appends one line to a file: label, wall milliseconds, CPU milliseconds (user and system, with the
// children it waited for), peak resident kilobytes, exit code. The shell's `time` knows no memory and GNU time counts
// CPU in steps of 10 ms, which is more than Decant takes to start.
//
//   measure FILE LABEL COMMAND [ARGUMENT…]
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double milliseconds(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: measure FILE LABEL COMMAND [ARGUMENT...]\n");
    return 125;
  }
  struct timespec started, ended;
  pid_t child;
  clock_gettime(CLOCK_MONOTONIC, &started);
  // posix_spawn shares no memory with the child, so the peak is the child's own.
  if (posix_spawnp(&child, argv[3], NULL, NULL, argv + 3, environ) != 0) {
    perror(argv[3]);
    return 127;
  }
  int status;
  struct rusage used;
  if (wait4(child, &status, 0, &used) != child) {
    perror("wait4");
    return 125;
  }
  clock_gettime(CLOCK_MONOTONIC, &ended);
  double wall = (ended.tv_sec - started.tv_sec) * 1e3 + (ended.tv_nsec - started.tv_nsec) / 1e6;
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  FILE *file = fopen(argv[1], "a");
  if (file == NULL) {
    perror(argv[1]);
    return 125;
  }
  fprintf(file, "%s\t%.3f\t%.3f\t%ld\t%d\n", argv[2], wall, milliseconds(used.ru_utime) + milliseconds(used.ru_stime),
          used.ru_maxrss, code);
  return fclose(file) == 0 ? code : 125;
}
