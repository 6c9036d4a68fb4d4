import { createPublicKey } from 'node:crypto';
import type { Telemetry } from '@throughline/telemetry';
import type { NextStep } from './domain/send';
import type { SigningKey } from './domain/signing';
import type { DeliveryNews, ReceivedMail } from './use-cases/ports';

/** One function per business fact: counts and logs it. No address, subject or text enters a log. */
export function createFacts(telemetry: Pick<Telemetry, 'log' | 'meter'>) {
  const accepted = telemetry.meter.createCounter('throughline.email.mails.accepted', {
    description: 'Mails taken, by kind',
  });
  const refused = telemetry.meter.createCounter('throughline.email.mails.refused', {
    description: 'Mails refused or put off, by SMTP code',
  });
  const settled = telemetry.meter.createCounter('throughline.email.sends.settled', {
    description: 'Attempts to send, by what followed',
  });
  return {
    /** Said once per domain at the start: whether its mails are signed, and what must stand in DNS for it. */
    signing(domain: string, key: SigningKey | undefined) {
      if (!key) {
        const setting = 'EMAIL_DKIM_KEYS';
        telemetry.log.warn({ domain, setting }, 'mails of this domain go out unsigned: it has no DKIM key');
        return;
      }
      const { selector } = key;
      const publicKey = createPublicKey(key.privateKey).export({ format: 'der', type: 'spki' }).toString('base64');
      const name = `${selector}._domainkey.${key.domain}`;
      telemetry.log.info(
        { domain, txt: { name, value: `v=DKIM1; k=rsa; p=${publicKey}` } },
        'mails of this domain are signed',
      );
    },
    mailAccepted(event: ReceivedMail | DeliveryNews) {
      const kind = event.kind === 'message' ? event.facts.marks.messageClass : event.state;
      accepted.add(1, { kind });
      telemetry.log.debug({ kind }, 'mail accepted');
    },
    mailRefused(code: number, reason: string) {
      refused.add(1, { code });
      telemetry.log.info({ code, reason }, 'mail refused');
    },
    sendSettled(id: string, next: NextStep) {
      settled.add(1, { state: next.state });
      if (next.state === 'sent') telemetry.log.debug({ send: id }, 'mail sent');
      else
        telemetry.log.warn(
          { send: id, ...next },
          next.state === 'failed' ? 'mail not sent' : 'mail waits for another attempt',
        );
    },
    roundFailed(what: string, error: unknown) {
      telemetry.log.warn({ err: error, what }, 'will be tried again');
    },
  };
}

export type Facts = ReturnType<typeof createFacts>;
