import { usedAt } from '../../domain/clock/decide';
import { replay } from '../../domain/clock/replay';
import { wireSeconds, wireTime } from '../../wire/words';
import type { Rpc } from './deps';
import { findClock, ruled, shown } from './deps';

const momentOf = (at: number | undefined): string => (at === undefined ? 'never' : new Date(at).toISOString());

/** Works a ledger out again from its inputs and says what differs. */
export const replayClock: Rpc<'replayClock'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const found = await findClock(deps, tenantId, request.clockId);
  const { clock } = found;
  return ruled(deps, tenantId, (rules) => {
    const now = Math.max(deps.now(), clock.runningSince ?? 0);
    const again = replay(clock, now, rules);
    const used = usedAt(clock, now, rules);
    // A breach of this very moment may not be written yet: the timer says so within a second or two.
    const breachedAt =
      clock.breachedAt ?? (again.breachedAt && again.breachedAt > now - 5_000 ? again.breachedAt : undefined);
    const compared: [string, string | number, string | number][] = [
      ['used', used, again.usedMs],
      ['due', momentOf(clock.dueAt), momentOf(again.dueAt)],
      ['breached', momentOf(breachedAt), momentOf(again.breachedAt)],
      ['started', momentOf(clock.startedAt), momentOf(again.startedAt)],
    ];
    const differences = compared
      .filter(([, kept, replayed]) => kept !== replayed)
      .map(([name, kept, replayed]) => `${name}: kept ${kept}, replayed ${replayed}`);
    return {
      clock: shown(deps, found, rules),
      same: differences.length === 0,
      differences,
      replayedUsedSeconds: wireSeconds(again.usedMs),
      replayedDueAt: wireTime(again.dueAt),
      replayedBreachedAt: wireTime(again.breachedAt),
    };
  });
};
