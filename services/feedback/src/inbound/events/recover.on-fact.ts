import type { DeadDelivery, Handle, IncomingEvent } from '@throughline/bus';
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

type Reaction = (deps: RecoverDeps & AfterRecoveryDeps, event: IncomingEvent) => Promise<void>;

const whatOf = ({ answer }: feedbackV1.SurveyInvitation): string =>
  answer?.comment ||
  (answer?.values ?? []).map(({ questionId, value }) => `${questionId} ${value?.value ?? ''}`).join(', ');

const lowScore =
  (decode: (data: Uint8Array) => { invitation?: feedbackV1.SurveyInvitation | undefined; low: boolean }): Reaction =>
  async (deps, event) => {
    const { tenantId, contactPoint = '' } = event;
    const { invitation, low } = decode(event.data);
    if (!invitation || !low || (await policyOf(deps, tenantId)).ignoreLowScores) return;
    const opening: Opening = {
      id: caseIdFor(tenantId, 'invitation', invitation.id),
      kind: 'low_score',
      contactPoint,
      conversationId: invitation.conversationId,
      invitationId: invitation.id,
      what: whatOf(invitation),
      mayContact: invitation.answer?.mayContact ?? false,
      at: event.time.getTime(),
    };
    await openCase(deps, tenantId, opening);
  };

const promiseBroken: Reaction = async (deps, event) => {
  const { tenantId } = event;
  const { promise } = slaV1.PromiseBroken.decode(event.data);
  if (!promise) return;
  const at = event.time.getTime();
  if (promise.id.startsWith(CLOCK)) {
    const id = promise.id.slice(CLOCK.length);
    if (!(await deps.cases.load(tenantId, id))) return;
    await deps.cases.change(tenantId, id, (current) => decideCase(current, { type: 'overdue', at }), at);
    return;
  }
  if ((await policyOf(deps, tenantId)).ignoreBrokenPromises) return;
  const opening: Opening = {
    id: caseIdFor(tenantId, 'promise', promise.id),
    kind: 'broken_promise',
    contactPoint: event.contactPoint || pointText(promise.contactPoint),
    conversationId: promise.conversationId,
    promiseId: promise.id,
    what: `promised and not done: ${promise.what}`,
    at,
  };
  await openCase(deps, tenantId, opening);
};

const tagged: Reaction = async (deps, event) => {
  const told = conversationV1.ConversationDetailsChanged.decode(event.data);
  if (!told.changedFields.includes('tags') || !told.tags.includes(COMPLAINT)) return;
  const { tenantId, contactPoint = '' } = event;
  const opening: Opening = {
    id: caseIdFor(tenantId, 'complaint', told.conversationId),
    kind: 'complaint',
    contactPoint,
    conversationId: told.conversationId,
    what: 'the conversation was marked as a complaint',
    at: event.time.getTime(),
  };
  await openCase(deps, tenantId, opening);
};

const closed: Reaction = async (deps, event) => {
  const { case: told } = feedbackV1.RecoveryCaseClosed.decode(event.data);
  const one = told && (await deps.cases.load(event.tenantId, told.id));
  if (one) await askAfterRecovery(deps, event.tenantId, one, event.time.getTime());
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
    const dead: DeadDelivery[] = [];
    for (const delivery of deliveries) {
      try {
        await reactions[delivery.event.type]?.(deps, delivery.event);
      } catch (error) {
        // What the database or a neighbour could not do is tried again; bytes that nobody can read are not.
        if (!(error instanceof RangeError) && !/invalid wire type|premature EOF/.test((error as Error).message))
          throw error;
        dead.push({ delivery, reason: 'MALFORMED_DATA', detail: (error as Error).message });
      }
    }
    return { dead };
  };
