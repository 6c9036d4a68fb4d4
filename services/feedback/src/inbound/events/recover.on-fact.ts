import type { Handle, IncomingEvent } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { conversationV1, feedbackV1, slaV1 } from '@throughline/proto';
import { decideCase } from '../../domain/recovery/case';
import type { AfterRecoveryDeps } from '../../use-cases/ask-after-recovery';
import { askAfterRecovery } from '../../use-cases/ask-after-recovery';
import { policyOf } from '../../use-cases/empower';
import type { Opening, RecoverDeps } from '../../use-cases/recover';
import { caseIdFor, openCase } from '../../use-cases/recover';
import { pointText } from '../../wire/words';

/** The promise in the SLA service that is the clock of a case is called by it. */
const CLOCK = 'case-';
const COMPLAINT = 'complaint';

type Work = (deps: RecoverDeps & AfterRecoveryDeps) => Promise<void>;
/** What an event asks for; nothing for most. */
type Reaction = (event: IncomingEvent) => Work | undefined;

const whatOf = ({ answer }: feedbackV1.SurveyInvitation): string =>
  answer?.comment ||
  (answer?.values ?? []).map(({ questionId, value }) => `${questionId} ${value?.value ?? ''}`).join(', ');

const lowScore =
  (decode: (data: Uint8Array) => { invitation?: feedbackV1.SurveyInvitation | undefined; low: boolean }): Reaction =>
  ({ tenantId, contactPoint = '', data, time }) => {
    const { invitation, low } = decode(data);
    if (!invitation || !low) return undefined;
    const opening: Opening = {
      id: caseIdFor(tenantId, 'invitation', invitation.id),
      kind: 'low_score',
      contactPoint,
      conversationId: invitation.conversationId,
      invitationId: invitation.id,
      what: whatOf(invitation),
      mayContact: invitation.answer?.mayContact ?? false,
      at: time.getTime(),
    };
    return async (deps) => {
      if (!(await policyOf(deps, tenantId)).ignoreLowScores) await openCase(deps, tenantId, opening);
    };
  };

const promiseBroken: Reaction = ({ tenantId, contactPoint, data, time }) => {
  const { promise } = slaV1.PromiseBroken.decode(data);
  if (!promise) return undefined;
  const at = time.getTime();
  if (promise.id.startsWith(CLOCK)) {
    const id = promise.id.slice(CLOCK.length);
    return async ({ cases }) => {
      if (!(await cases.load(tenantId, id))) return;
      await cases.change(tenantId, id, (current) => decideCase(current, { type: 'overdue', at }), at);
    };
  }
  const opening: Opening = {
    id: caseIdFor(tenantId, 'promise', promise.id),
    kind: 'broken_promise',
    contactPoint: contactPoint || pointText(promise.contactPoint),
    conversationId: promise.conversationId,
    promiseId: promise.id,
    what: `promised and not done: ${promise.what}`,
    at,
  };
  return async (deps) => {
    if (!(await policyOf(deps, tenantId)).ignoreBrokenPromises) await openCase(deps, tenantId, opening);
  };
};

const tagged: Reaction = ({ tenantId, contactPoint = '', data, time }) => {
  const told = conversationV1.ConversationDetailsChanged.decode(data);
  if (!told.changedFields.includes('tags') || !told.tags.includes(COMPLAINT)) return undefined;
  const opening: Opening = {
    id: caseIdFor(tenantId, 'complaint', told.conversationId),
    kind: 'complaint',
    contactPoint,
    conversationId: told.conversationId,
    what: 'the conversation was marked as a complaint',
    at: time.getTime(),
  };
  return async (deps) => void (await openCase(deps, tenantId, opening));
};

const closed: Reaction = ({ tenantId, data, time }) => {
  const { case: told } = feedbackV1.RecoveryCaseClosed.decode(data);
  if (!told) return undefined;
  return async (deps) => {
    const one = await deps.cases.load(tenantId, told.id);
    if (one) await askAfterRecovery(deps, tenantId, one, time.getTime());
  };
};

const reactions: Record<string, Reaction> = {
  'throughline.feedback.v1.SurveyAnswered': lowScore(feedbackV1.SurveyAnswered.decode),
  'throughline.feedback.v1.SurveyAnswerChanged': lowScore(feedbackV1.SurveyAnswerChanged.decode),
  'throughline.sla.v1.PromiseBroken': promiseBroken,
  'throughline.feedback.v1.RecoveryCaseClosed': closed,
  'throughline.conversation.v1.ConversationDetailsChanged': tagged,
};

/** Opens cases where customers were let down: a low answer, a broken promise, a complaint; each once. */
export const recoverOnFact =
  (deps: RecoverDeps & AfterRecoveryDeps): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => reactions[event.type]?.(event));
    for (const work of said) await work(deps);
    return { dead };
  };
