import { invalidField } from '@throughline/core';
import type { WorkView } from '../../use-cases/commands';
import { priorityOf } from '../../wire/enums';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking, idFor } from './deps';

const DAY_MS = 86_400_000;
const FARTHEST_MS = 31 * DAY_MS;

/** Calls the customer back instead of having them wait. */
export const requestCallback: Rpc<'requestCallback'> = (deps) => async (request, call) => {
  const by = asking('RequestCallback', request, call);
  const now = deps.clock.now();
  const { workItemId, phone, queueId, policyId, conversationId, subject, language, topic, attributes } = request;
  const notBefore = request.notBefore?.getTime() ?? now;
  const notAfter = request.notAfter?.getTime() ?? notBefore + DAY_MS;
  if (notAfter > now + FARTHEST_MS) throw invalidField('not_after', 'range', 'lies more than 31 days ahead');
  const callback = {
    phone,
    notBefore,
    notAfter,
    attempts: 0,
    maxAttempts: request.maxAttempts || 3,
    retrySeconds: request.retrySeconds || 600,
    nextAt: notBefore,
    from: '',
  };
  const origin = {
    id: idFor('work_items', by),
    conversationId,
    contactPoint: `phone:${phone}`,
    channel: 'callback',
    priority: priorityOf(request.priority),
    subject,
    language,
    topic,
    attributes,
    arrivedAt: now,
  };
  const view = await deps.execute({ do: 'callback', workItemId, callback, origin, policyId, queueId, ...by });
  return { workItem: showWork(view as WorkView) };
};
