import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact. No number of a person enters a log. */
export function createFacts(telemetry: Pick<Telemetry, 'log' | 'meter'>) {
  const webhooks = telemetry.meter.createCounter('throughline.voice.webhooks.accepted');
  const refused = telemetry.meter.createCounter('throughline.voice.webhooks.refused');
  const commands = telemetry.meter.createCounter('throughline.voice.commands.settled');
  return {
    webhookAccepted: (step: string) => webhooks.add(1, { step }),
    webhookRefused(reason: string) {
      refused.add(1, { reason });
      telemetry.log.warn({ reason }, 'webhook refused');
    },
    commandSettled(id: string, outcome: string) {
      commands.add(1, { outcome });
      telemetry.log.debug({ command: id, outcome }, 'call command settled');
    },
  };
}

export type Facts = ReturnType<typeof createFacts>;
