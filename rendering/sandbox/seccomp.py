"""The few system calls that decoding needs; every other one fails as not permitted (seccomp(2))."""

import errno
import mmap

try:  # looks for the C library at import, and raises when there is none
    import pyseccomp
except (ImportError, RuntimeError, OSError):
    pyseccomp = None

_ALWAYS = (
    "read",
    "write",
    "close",
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "futex",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "exit",
    "exit_group",
    "getrandom",
    "clock_gettime",
    "clock_nanosleep",
    "sched_yield",
    "sched_getaffinity",
    "getpid",
    "gettid",
    "restart_syscall",
)


def restrict() -> str:
    """Apply the list to all threads, for good; what was reached, in words."""
    if pyseccomp is None:
        return "no seccomp: libseccomp is missing"
    rules = pyseccomp.SyscallFilter(defaction=pyseccomp.ERRNO(errno.EPERM))
    for name in _ALWAYS:
        rules.add_rule(pyseccomp.ALLOW, name)
    for name in ("mmap", "mprotect"):  # never memory that can be executed
        rules.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(2, pyseccomp.MASKED_EQ, mmap.PROT_EXEC, 0))
    try:
        rules.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
        rules.load()
    except OSError:
        return "no seccomp: the kernel refuses it"
    return "seccomp"
