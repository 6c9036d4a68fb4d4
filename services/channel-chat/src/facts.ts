import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact. Nothing that a visitor wrote enters a log. */
export function createFacts(telemetry: Pick<Telemetry, 'log' | 'meter'>) {
  const sockets = telemetry.meter.createUpDownCounter('throughline.chat.sockets.open');
  const messages = telemetry.meter.createCounter('throughline.chat.messages.accepted');
  const refused = telemetry.meter.createCounter('throughline.chat.frames.refused');
  return {
    socketOpened: () => sockets.add(1),
    socketClosed: () => sockets.add(-1),
    messageAccepted: () => messages.add(1),
    refused: (reason: string) => refused.add(1, { reason }),
    failed: (what: string, error: unknown) => telemetry.log.warn({ err: error, what }, 'a chat step failed'),
  };
}

export type Facts = ReturnType<typeof createFacts>;
