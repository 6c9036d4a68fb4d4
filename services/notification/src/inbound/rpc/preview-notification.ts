import { decide } from '../../domain/book/decide';
import { explain } from '../../domain/book/explain';
import { newDelivery } from '../../domain/delivery/delivery';
import { intentOf } from '../../use-cases/accept-notifications';
import { askOf } from '../../use-cases/decide-deliveries';
import { wireState } from '../../wire/delivery';
import { readNotification } from '../../wire/notification';
import type { Rpc } from './deps';

/** What would happen and why. */
export const previewNotification: Rpc<'previewNotification'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const at = request.at?.getTime() ?? deps.now();
  const intent = await intentOf(deps, tenantId, readNotification(request.notification!), deps.newId());
  const [policy, book, listed] = await Promise.all([
    deps.policies.of(tenantId),
    deps.books.load(tenantId, intent.customerId),
    deps.suppressions.of(tenantId, [intent.point]),
  ]);
  const ask = { ...askOf(newDelivery(intent), listed.get(intent.point)), createdAt: at };
  const { verdict } = decide(book, ask, policy, at);
  const state = verdict.kind === 'held' ? 'held' : verdict.kind === 'refused' ? 'refused' : 'queued';
  const { content } = intent;
  return {
    state: wireState(state),
    reason: 'reason' in verdict ? verdict.reason : '',
    detail: 'detail' in verdict ? verdict.detail : '',
    holdUntil: verdict.kind === 'held' ? new Date(verdict.until) : undefined,
    explanation: explain(book, ask, policy, at, verdict),
    channel: intent.channel,
    language: content.language,
    templateVersion: BigInt(content.templateVersion),
    subject: content.subject,
    text: content.text,
    html: content.html,
  };
};
