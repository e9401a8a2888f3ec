"""All that a worker gives up, in the order in which each step still permits the next."""

from rendering.sandbox import landlock, limits, seccomp


def lock_down(memory_bytes: int, cpu_seconds: int) -> str:
    """Give up files, network, processes and growth, for good; the level reached, in words.

    Everything that will be needed must have been imported and used before.
    """
    limits.limit(memory_bytes, cpu_seconds)
    limits.forbid_inspection()
    limits.forbid_new_privileges()
    files = landlock.restrict(write=(), read=(), network=False)
    return f"{files}; {seccomp.restrict()}; resource limits"
