"""One phone can't hurt the room, nor can many: every attack of the table against the real binary, beside guests and an organizer at work.

Prints a line of figures for each; `quiet` is the answer of a server that nobody attacks, in the same moments on the same machine. Arguments
are names of attacks to run instead of all.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import time

import attacks
import rig
import witness

# Of a neighbour's answer, at the 99th percentile, beyond that of a quiet server: other work of the machine holds up both.
ANSWER_S = 0.25
# Where a quiet server is that slow itself, a busy one, which gets less of the machine, may take so many times as long.
LOADED = 4


def percentile(samples, share):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def assail(name, server, quiet, attack):
    """Plays one attack. Gives the figures."""
    # The same work at a server without an attack. Its answers wait for the same disk, and its commits are spaced by the write budget, too.
    beyond = witness.Witness(quiet, attack.newcomers)
    await beyond.enter(0)
    who = witness.Witness(server, attack.newcomers)
    await who.enter(attack.seats)
    for order in attack.orders:
        await who.order(**order)
    beside = asyncio.create_task(attack.during(who)) if attack.during else None
    command = [sys.executable, "attacker.py", name, str(server.port)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        told = asyncio.create_task(process.stdout.readline())
        async with asyncio.TaskGroup() as group:
            group.create_task(who.work(told))
            group.create_task(beyond.work(told))
        line = told.result()
        assert line, "the attacker broke"
        if beside:
            await beside
        if attack.check:
            await attack.check(who)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    await beyond.leave()
    await who.leave()
    return who, beyond, json.loads(line)


def waited(answers, samples):
    """How much longer than it may a neighbour waited, in seconds; below zero if it did not."""
    slow, quiet = percentile(answers, 0.99), percentile(samples, 0.99)
    return slow - max(quiet + ANSWER_S, quiet * LOADED)


def play(name, budget, quiet):
    """Plays one attack against a server of its own, and prints its line. Gives what `waited` says."""
    attack = attacks.ATTACKS[name]
    began = time.monotonic()
    server = rig.Server([*budget, *attack.settings])
    try:
        who, beyond, counts = asyncio.run(assail(name, server, quiet, attack))
        peak = server.peak_mb()
    finally:
        early = server.stop()
    assert early is None, f"the server ended with {early}"
    answers, samples = who.answers + who.visits, beyond.answers + beyond.visits
    figures = [statistics.median(answers), percentile(answers, 0.99), percentile(samples, 0.99), percentile(who.orders, 1)]
    print(
        f"{name:28}" + "".join(f"{figure * 1000:9.0f}" for figure in figures),
        f"{peak:9.0f}{counts['accepted']:10}{counts['refused']:10}{time.monotonic() - began:8.1f}",
        flush=True,
    )
    assert attack.most is None or counts["accepted"] <= attack.most, f"{counts['accepted']} were accepted, {attack.most} may be"
    assert not budget or peak < rig.RSS_MB, f"it took {peak:.0f} MB"
    return waited(answers, samples)


def main(names):
    budget = [rig.BUDGET] if rig.takes(rig.BUDGET) else []
    if not budget:
        print(f"This binary does not know {rig.BUDGET}: its memory is only shown.")
    print("milliseconds, MB, seconds\n")
    print(f"{'attack':28}{'p50':>9}{'p99':>9}{'quiet':>9}{'order':>9}{'RSS':>10}{'accepted':>10}{'refused':>10}{'took':>8}")
    failed = []
    # Its limits are off for one who looks often.
    quiet = rig.Server(["limits.rate=off"])
    for name in names or attacks.ATTACKS:
        try:
            # A machine with other work may hold up everybody for a moment: what is slow is tried once more.
            if play(name, budget, quiet) > 0 and (slow := play(name, budget, quiet)) > 0:
                raise AssertionError(f"a neighbour waited {slow * 1000:.0f} ms longer than it may")
        except Exception as error:
            failed.append(name)
            for part in getattr(error, "exceptions", [error]):
                print(f"{name:28} failed: {part!r}"[:400], flush=True)
    quiet.stop()
    if failed:
        print(f"\n{len(failed)} failed:", *failed)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(sys.argv[1:])
