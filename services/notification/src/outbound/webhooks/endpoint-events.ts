import { notificationV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Endpoint, EndpointEvent } from '../../domain/webhooks/endpoint';

const messageOf = (endpoint: Endpoint, event: EndpointEvent): [string, Uint8Array] | undefined => {
  const { id, url } = endpoint;
  const facts = (summary: string) => ({ endpoint: { webhookEndpointId: id, url, summary } });
  switch (event.type) {
    case 'created':
      return ['WebhookEndpointCreated', v1.WebhookEndpointCreated.encode(facts('facts are sent here')).finish()];
    case 'replaced':
      return ['WebhookEndpointReplaced', v1.WebhookEndpointReplaced.encode(facts('changed')).finish()];
    case 'noticed': {
      const until = new Date(event.disableAt).toISOString();
      const message = {
        ...facts(`nothing can be delivered (${event.failure}); unless that changes it is disabled at ${until}`),
        failingSince: new Date(event.since),
        disableAt: new Date(event.disableAt),
        lastFailure: event.failure,
      };
      return ['WebhookEndpointFailing', v1.WebhookEndpointFailing.encode(message).finish()];
    }
    case 'recovered': {
      if (!event.afterNotice) return undefined;
      return [
        'WebhookEndpointRecovered',
        v1.WebhookEndpointRecovered.encode(facts('deliveries succeed again')).finish(),
      ];
    }
    case 'disabled': {
      const { automatic, reason } = event;
      const message = { ...facts(`disabled: ${reason}`), automatic, reason };
      return ['WebhookEndpointDisabled', v1.WebhookEndpointDisabled.encode(message).finish()];
    }
    case 'enabled':
      return ['WebhookEndpointEnabled', v1.WebhookEndpointEnabled.encode(facts('deliveries go on')).finish()];
    case 'rotated': {
      const message = { ...facts('another secret signs'), oldExpiresAt: new Date(event.oldExpiresAt) };
      return ['WebhookSecretRotated', v1.WebhookSecretRotated.encode(message).finish()];
    }
    case 'deleted':
      return ['WebhookEndpointDeleted', v1.WebhookEndpointDeleted.encode(facts('deleted')).finish()];
    case 'failureBegan':
      return undefined;
  }
};

/** A fact about an endpoint as the world is told it; some are nobody's business. */
export const endpointEvent = (endpoint: Endpoint, event: EndpointEvent): NewEvent[] => {
  const message = messageOf(endpoint, event);
  if (!message) return [];
  const time = new Date(event.at);
  const [name, data] = message;
  return [{ type: `throughline.notification.v1.${name}`, subject: endpoint.id, time, recordedAt: time, data }];
};
