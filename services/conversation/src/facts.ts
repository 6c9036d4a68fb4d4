import type { Telemetry } from '@throughline/telemetry';
import type { SetAside } from './use-cases/ports';

/** One function per business fact: counts it and, when it is rare, logs it. No names, addresses or words of people. */
export const createFacts = ({ log, meter }: Telemetry) => {
  const taken = meter.createCounter('throughline.conversation.events.taken');
  const changes = meter.createCounter('throughline.conversation.changes.appended');
  const setAside = meter.createCounter('throughline.conversation.events.set_aside');
  const acknowledged = meter.createCounter('throughline.conversation.acknowledgements.decided');
  const commands = meter.createCounter('throughline.conversation.commands.applied');
  const saved = meter.createCounter('throughline.conversation.snapshots.saved');
  return {
    taken(events: number, changed: number, aside: SetAside[]): void {
      if (events > 0) taken.add(events);
      if (changed > 0) changes.add(changed);
      for (const { reason } of aside) setAside.add(1, { reason });
    },
    acknowledged: (outcome: string): void => acknowledged.add(1, { outcome }),
    commanded: (command: string): void => commands.add(1, { command }),
    saved: (count: number): void => {
      if (count > 0) saved.add(count);
    },
    recovered: (count: number): void => {
      if (count > 0) log.warn({ conversations: count }, 'published and saved what another process left behind');
    },
    loopFailed: (loop: string, error: unknown): void =>
      log.warn({ err: error, loop }, 'a background loop failed; it will try again'),
  };
};

export type Facts = ReturnType<typeof createFacts>;
