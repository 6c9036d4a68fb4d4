import type { DeadDelivery, Handle, IncomingEvent } from '@throughline/bus';
import { feedbackV1, slaV1 } from '@throughline/proto';
import type { PersonCommand } from '../../domain/ask/person';
import type { PersonFact } from '../../use-cases/follow-conversations';
import type { People } from '../../use-cases/ports';
import { pointText } from '../../wire/words';
import { personOf } from './read-conversation';

const DAY = 86_400_000;
const LOW_SCORE_MS = 14 * DAY;
const RECOVERY_MS = 90 * DAY;

interface Read {
  contactPoint: string;
  command: PersonCommand;
}

type Reader = (event: IncomingEvent) => Read | undefined;

const promise =
  (
    decode: (data: Uint8Array) => { promise?: slaV1.CustomerPromise | undefined },
    make: (id: string, at: number) => PersonCommand,
  ): Reader =>
  (event) => {
    const { promise: told } = decode(event.data);
    const contactPoint = event.contactPoint || pointText(told?.contactPoint);
    return told && contactPoint ? { contactPoint, command: make(told.id, event.time.getTime()) } : undefined;
  };

const opened = (id: string): PersonCommand => ({ type: 'promiseOpened', id });
const closed = (id: string): PersonCommand => ({ type: 'promiseClosed', id });

const answered =
  (decode: (data: Uint8Array) => { invitation?: feedbackV1.SurveyInvitation | undefined; low: boolean }): Reader =>
  (event) => {
    const { invitation, low } = decode(event.data);
    if (!invitation || !event.contactPoint) return undefined;
    const ref = `invitation/${invitation.id}`;
    const risk = { reason: 'LOW_SCORE', ref, until: event.time.getTime() + LOW_SCORE_MS };
    return { contactPoint: event.contactPoint, command: low ? { type: 'risk', risk } : { type: 'riskGone', ref } };
  };

const recovery =
  (
    decode: (data: Uint8Array) => { case?: feedbackV1.RecoveryCase | undefined },
    make: (ref: string, at: number) => PersonCommand,
  ): Reader =>
  (event) => {
    const { case: told } = decode(event.data);
    if (!told || !event.contactPoint) return undefined;
    return { contactPoint: event.contactPoint, command: make(`case/${told.id}`, event.time.getTime()) };
  };

const readers: Record<string, Reader> = {
  'throughline.sla.v1.PromiseMade': promise(slaV1.PromiseMade.decode, opened),
  'throughline.sla.v1.PromiseKept': promise(slaV1.PromiseKept.decode, closed),
  'throughline.sla.v1.PromiseWithdrawn': promise(slaV1.PromiseWithdrawn.decode, closed),
  'throughline.sla.v1.PromiseBroken': promise(slaV1.PromiseBroken.decode, (id, at) => ({
    type: 'promiseBroken',
    id,
    at,
  })),
  'throughline.feedback.v1.SurveyAnswered': answered(feedbackV1.SurveyAnswered.decode),
  'throughline.feedback.v1.SurveyAnswerChanged': answered(feedbackV1.SurveyAnswerChanged.decode),
  'throughline.feedback.v1.RecoveryCaseOpened': recovery(feedbackV1.RecoveryCaseOpened.decode, (ref, at) => ({
    type: 'risk',
    risk: { reason: 'RECOVERY_OPEN', ref, until: at + RECOVERY_MS },
  })),
  'throughline.feedback.v1.RecoveryCaseClosed': recovery(feedbackV1.RecoveryCaseClosed.decode, (ref) => ({
    type: 'riskGone',
    ref,
  })),
  // A question is a contact as well.
  'throughline.feedback.v1.SurveyInvitationSent': (event) =>
    event.contactPoint
      ? { contactPoint: event.contactPoint, command: { type: 'contacted', id: event.id, at: event.time.getTime() } }
      : undefined,
};

/** Keeps what protects customers from being asked: open and broken promises, low answers, how often they were contacted. */
export const protectOnFact =
  (people: People, now: () => number): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    const facts: PersonFact[] = [];
    for (const delivery of deliveries) {
      const { event } = delivery;
      try {
        const read = readers[event.type]?.(event);
        if (!read) continue;
        const id = personOf(event.tenantId, read.contactPoint);
        facts.push({ tenantId: event.tenantId, id, command: read.command, at: event.time.getTime() });
      } catch (error) {
        dead.push({ delivery, reason: 'MALFORMED_DATA', detail: (error as Error).message });
      }
    }
    await people.apply(facts, now());
    return { dead };
  };
