"""PostgreSQL refuses to run as root. This is how it starts all the same, changing nothing else."""

import functools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from rkpd_portal.localstack.terminal import Problem


@functools.cache
def unprivileged() -> tuple[str, ...]:
    """The start of a command line that runs the rest without root; empty when we are not root.

    A user namespace first: files stay root's. Where those are refused (some containers) another
    uid, with the one capability that lets it pass folders which are closed to that uid.

    By itself the capability opens files but does not count for access(2), with which PostgreSQL's
    programs look for each other: the kernel drops it there for every uid but root's, unless
    no_setuid_fixup is set. A change of uid also makes the kernel forget what to do when the
    parent dies, unless setpriv keeps it.
    """
    if os.geteuid() != 0:
        return ()
    uid, gid = str(other_user().pw_uid), str(other_user().pw_gid)
    namespace = ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")
    user = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--pdeathsig=keep")
    capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    other_uid = ("setpriv", *user, *capability, "--securebits=+no_setuid_fixup")
    for prefix in (namespace, other_uid):
        if works(prefix):
            return prefix
    raise Problem(
        "PostgreSQL does not run as root, and this system allows root neither user namespaces nor "
        "a change of user: start as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours."
    )


def works(prefix: tuple[str, ...]) -> bool:
    if not shutil.which(prefix[0]):
        return False
    return subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0


def other_user() -> pwd.struct_passwd:
    """A user who exists (initdb asks for the name): nobody, or the first who is not root."""
    others = [user for user in pwd.getpwall() if user.pw_uid != 0]
    if not others:
        raise Problem("PostgreSQL does not run as root, and this system knows no other user.")
    return next((user for user in others if user.pw_name == "nobody"), others[0])


def give(folder: Path) -> None:
    """As root, make a folder of ours belong to the user as whom PostgreSQL will run."""
    if os.geteuid() != 0:
        return
    owner = folder.stat().st_uid
    if owner not in (0, other_user().pw_uid):
        raise Problem(f"{folder} belongs to another user (uid {owner}): start as that user.")
    uid, gid = (0, 0) if unprivileged()[0] == "unshare" else other_user()[2:4]
    if owner != uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)
