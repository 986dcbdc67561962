/* Preloaded into the server: writes down what it does to the files of one directory, in order, and injects faults.
 *
 *   CRASH_DIR      the directory, absolute; only files in it are watched
 *   CRASH_LOG      the log, see below; absolute, and not in CRASH_DIR
 *   CRASH_NO_SYNC  if set, nothing is ever flushed: what a disk does that lies
 *   CRASH_FAULTS   a directory; while it has a file of this name, calls fail or wait:
 *                  full (ENOSPC where a file would grow), readonly (EROFS), broken (EIO from a flush), slow (a flush waits for its end),
 *                  clock1970 and clock2099 (what the box's clock says)
 *
 * A record of the log is one append: kind, path length, offset, data length (little endian), path, data. The wal-index of
 * SQLite ("-shm") is left out: it does not outlive the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC, CREATE, UNLINK, RENAME, DIRSYNC };
enum { FDS = 4096 };

static char *paths[FDS];
static char is_dir[FDS];
static const char *dir;
static size_t dir_len;
static int log_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *log = getenv("CRASH_LOG");
  dir = getenv("CRASH_DIR");
  if (!dir || !log) return;
  dir_len = strlen(dir);
  log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int fault(const char *name) {
  const char *faults = getenv("CRASH_FAULTS");
  char path[PATH_MAX];
  if (!faults) return 0;
  snprintf(path, sizeof path, "%s/%s", faults, name);
  return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

/* The path below the directory; none if it is elsewhere. */
static const char *inside(const char *path) {
  size_t len = strlen(path);
  if (log_fd < 0 || len < dir_len || strncmp(path, dir, dir_len)) return NULL;
  if (path[dir_len] != '/' && path[dir_len] != 0) return NULL;
  if (len > 4 && !strcmp(path + len - 4, "-shm")) return NULL;
  return path[dir_len] ? path + dir_len + 1 : path + dir_len;
}

static void note(uint32_t kind, const char *path, uint64_t offset, const void *data, uint32_t len) {
  struct { uint32_t kind, path_len; uint64_t offset; uint32_t len, pad; } head = {kind, strlen(path), offset, len, 0};
  struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path_len}, {(void *)data, len}};
  if (syscall(SYS_writev, log_fd, parts, 3) != (long)(sizeof head + head.path_len + len)) abort();
}

static const char *of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

static int opened(int at, const char *path, int flags, mode_t mode) {
  char full[PATH_MAX];
  const char *name = NULL;
  if (path[0] == '/') name = inside(path);
  else if (at == AT_FDCWD && getcwd(full, sizeof full) && strlen(full) + strlen(path) + 2 < sizeof full) {
    strcat(strcat(full, "/"), path);
    name = inside(full);
  }
  if (!name) return syscall(SYS_openat, at, path, flags, mode);
  pthread_mutex_lock(&lock);
  if (fault("readonly") && (flags & O_ACCMODE) != O_RDONLY) {
    pthread_mutex_unlock(&lock);
    errno = EROFS;
    return -1;
  }
  int fresh = (flags & O_CREAT) && syscall(SYS_faccessat, at, path, F_OK) != 0;
  int fd = syscall(SYS_openat, at, path, flags, mode);
  int error = errno;
  if (fd >= 0 && fd < FDS) {
    struct stat stat;
    fstat(fd, &stat);
    free(paths[fd]);
    paths[fd] = strdup(name);
    is_dir[fd] = S_ISDIR(stat.st_mode);
    if (fresh) note(CREATE, name, 0, "", 0);
    else if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY) note(TRUNCATE, name, 0, "", 0);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

#define OPEN(name)                                      \
  int name(const char *path, int flags, ...) {          \
    va_list rest;                                       \
    va_start(rest, flags);                              \
    mode_t mode = mode_of(flags, rest);                 \
    va_end(rest);                                       \
    return opened(AT_FDCWD, path, flags, mode);         \
  }
#define OPENAT(name)                                    \
  int name(int at, const char *path, int flags, ...) {  \
    va_list rest;                                       \
    va_start(rest, flags);                              \
    mode_t mode = mode_of(flags, rest);                 \
    va_end(rest);                                       \
    return opened(at, path, flags, mode);               \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  if (of(fd)) {
    pthread_mutex_lock(&lock);
    free(paths[fd]);
    paths[fd] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return syscall(SYS_close, fd);
}

static ssize_t written(int fd, const struct iovec *parts, int count, int64_t offset) {
  struct stat stat;
  size_t len = 0;
  for (int i = 0; i < count; i++) len += parts[i].iov_len;
  pthread_mutex_lock(&lock);
  fstat(fd, &stat);
  int64_t at = offset;
  if (at < 0) at = fcntl(fd, F_GETFL) & O_APPEND ? stat.st_size : lseek(fd, 0, SEEK_CUR);
  ssize_t done = -1;
  int error = fault("readonly") ? EROFS : at + (int64_t)len > stat.st_size && fault("full") ? ENOSPC : 0;
  if (!error) {
    done = offset < 0 ? syscall(SYS_writev, fd, parts, count)
                      : syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
    error = errno;
  }
  if (done > 0) {
    char *data = malloc(len), *end = data;
    for (int i = 0; i < count; i++) end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
    note(WRITE, of(fd), at, data, done);
    free(data);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

ssize_t write(int fd, const void *data, size_t len) {
  struct iovec part = {(void *)data, len};
  return of(fd) ? written(fd, &part, 1, -1) : syscall(SYS_write, fd, data, len);
}
ssize_t pwrite(int fd, const void *data, size_t len, off_t offset) {
  struct iovec part = {(void *)data, len};
  return of(fd) ? written(fd, &part, 1, offset) : syscall(SYS_pwrite64, fd, data, len, offset);
}
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) { return pwrite(fd, data, len, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  return of(fd) ? written(fd, parts, count, -1) : syscall(SYS_writev, fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return of(fd) ? written(fd, parts, count, offset) : syscall(SYS_pwritev, fd, parts, count, offset, 0L);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  return pwritev(fd, parts, count, offset);
}

int ftruncate(int fd, off_t size) {
  if (!of(fd)) return syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&lock);
  int done = syscall(SYS_ftruncate, fd, size), error = errno;
  if (!done) note(TRUNCATE, of(fd), size, "", 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

/* Not offered, so that growth is a write or a truncation: SQLite and the standard library then do without. */
int fallocate(int fd, int mode, off_t offset, off_t len) {
  if (!of(fd)) return syscall(SYS_fallocate, fd, mode, offset, len);
  errno = EOPNOTSUPP;
  return -1;
}
int fallocate64(int fd, int mode, off64_t offset, off64_t len) { return fallocate(fd, mode, offset, len); }
int posix_fallocate(int fd, off_t offset, off_t len) {
  if (!of(fd)) return syscall(SYS_fallocate, fd, 0, offset, len) ? errno : 0;
  return EOPNOTSUPP;
}
int posix_fallocate64(int fd, off64_t offset, off64_t len) { return posix_fallocate(fd, offset, len); }

static int synced(int fd, long call) {
  const char *path = of(fd);
  if (!path) return syscall(call, fd);
  while (fault("slow")) nanosleep(&(struct timespec){0, 10000000}, NULL);
  if (fault("broken")) {
    errno = EIO;
    return -1;
  }
  pthread_mutex_lock(&lock);
  if (!getenv("CRASH_NO_SYNC")) note(is_dir[fd] ? DIRSYNC : SYNC, path, 0, "", 0);
  pthread_mutex_unlock(&lock);
  return 0;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int removed(int at, const char *path, int flags) {
  const char *name = path[0] == '/' ? inside(path) : NULL;
  if (!name) return syscall(SYS_unlinkat, at, path, flags);
  pthread_mutex_lock(&lock);
  int done = syscall(SYS_unlinkat, at, path, flags), error = errno;
  if (!done) note(UNLINK, name, 0, "", 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return removed(at, path, flags); }
int remove(const char *path) { return removed(AT_FDCWD, path, 0); }

int rename(const char *from, const char *to) {
  const char *old = from[0] == '/' ? inside(from) : NULL, *fresh = to[0] == '/' ? inside(to) : NULL;
  if (!old || !fresh) return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  pthread_mutex_lock(&lock);
  int done = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), error = errno;
  if (!done) note(RENAME, old, 0, fresh, strlen(fresh));
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = syscall(SYS_clock_gettime, clock, now);
  if (!done && clock == CLOCK_REALTIME && dir) {
    if (fault("clock1970")) now->tv_sec %= 1000;
    else if (fault("clock2099")) now->tv_sec += 73L * 365 * 24 * 3600;
  }
  return done;
}
