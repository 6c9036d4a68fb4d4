import { notificationV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { BookFact } from '../use-cases/ports';
import { wireConsent } from '../wire/preferences';

const dateText = (at: number): string => new Date(at).toISOString().slice(0, 10);

const messageOf = (fact: BookFact): [string, Uint8Array] => {
  const { customerId } = fact;
  switch (fact.type) {
    case 'preferencesChanged': {
      const message = { customerId, summary: fact.summary, source: fact.source };
      return ['PreferencesChanged', v1.PreferencesChanged.encode(message).finish()];
    }
    case 'consentGiven': {
      const { consent } = fact;
      const summary = `to ${consent.topic || 'promotional messages'} by ${consent.channel}, ${consent.source}`;
      return ['ConsentGiven', v1.ConsentGiven.encode({ customerId, summary, consent: wireConsent(consent) }).finish()];
    }
    case 'consentWithdrawn': {
      const { consent, source } = fact;
      const summary = `to ${consent.topic || 'promotional messages'} by ${consent.channel}`;
      const message = { customerId, summary, consent: wireConsent(consent), source };
      return ['ConsentWithdrawn', v1.ConsentWithdrawn.encode(message).finish()];
    }
    case 'riskMarked': {
      const { reason, until, source } = fact.risk;
      const risk = { reason, until: new Date(until), source };
      const summary = `no promotions until ${dateText(until)}: ${reason}`;
      return ['CustomerRiskMarked', v1.CustomerRiskMarked.encode({ customerId, summary, risk }).finish()];
    }
    case 'riskReleased': {
      const message = { customerId, summary: `over: ${fact.reason}`, source: fact.source };
      return ['CustomerRiskReleased', v1.CustomerRiskReleased.encode(message).finish()];
    }
  }
};

/** A fact about what a customer wishes, as the world is told it. */
export const bookEvent = (fact: BookFact, recordedAt: number): NewEvent => {
  const [name, data] = messageOf(fact);
  return {
    type: `throughline.notification.v1.${name}`,
    subject: fact.customerId,
    time: new Date(fact.at),
    recordedAt: new Date(recordedAt),
    ...(fact.point ? { contactPoint: fact.point } : {}),
    data,
  };
};
