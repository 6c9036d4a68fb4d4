import type { WorkView } from '../../use-cases/commands';
import { priorityOf } from '../../wire/enums';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking, idFor } from './deps';

/** Puts work into a queue. */
export const submitWorkItem: Rpc<'submitWorkItem'> = (deps) => async (request, call) => {
  const by = asking('SubmitWorkItem', request, call);
  const { conversationId, channel, subject, language, topic, attributes, policyId, queueId, preferredAgentId } =
    request;
  const origin = {
    id: request.workItemId || idFor('work_items', by),
    conversationId,
    contactPoint: '',
    channel,
    priority: priorityOf(request.priority),
    subject,
    language,
    topic,
    attributes,
    arrivedAt: request.arrivedAt?.getTime() ?? deps.clock.now(),
  };
  const view = await deps.execute({ do: 'submit', origin, policyId, queueId, preferredAgentId, ...by });
  return { workItem: showWork(view as WorkView) };
};
