import type { Handle, IncomingEvent } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { feedbackV1, notificationV1, slaV1 } from '@throughline/proto';
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
    const at = event.time.getTime();
    const command: PersonCommand = low
      ? { type: 'risk', risk, at }
      : { type: 'riskGone', ref, reason: risk.reason, at };
    return { contactPoint: event.contactPoint, command };
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

const contacted = ({ contactPoint, time }: IncomingEvent, id: string): Read | undefined =>
  contactPoint ? { contactPoint, command: { type: 'contacted', id, at: time.getTime() } } : undefined;

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
    at,
  })),
  'throughline.feedback.v1.RecoveryCaseClosed': recovery(feedbackV1.RecoveryCaseClosed.decode, (ref, at) => ({
    type: 'riskGone',
    ref,
    reason: 'RECOVERY_OPEN',
    at,
  })),
  // A question is a contact as well: by a link it is told here, by a message it is one of all those that notification sends.
  'throughline.feedback.v1.SurveyInvitationSent': (event) => {
    const { invitation } = feedbackV1.SurveyInvitationSent.decode(event.data);
    return invitation?.message ? undefined : contacted(event, event.id);
  },
  'throughline.notification.v1.DeliveryQueued': (event) => {
    const { delivery } = notificationV1.DeliveryQueued.decode(event.data);
    return delivery ? contacted(event, `delivery/${delivery.deliveryId}`) : undefined;
  },
};

/** Keeps what protects customers from being asked: open and broken promises, low answers, and how often anybody contacted them. */
export const protectOnFact =
  (people: People, now: () => number): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }): PersonFact | undefined => {
      const read = readers[event.type]?.(event);
      if (!read) return undefined;
      const { command, contactPoint } = read;
      const id = personOf(event.tenantId, contactPoint);
      return { tenantId: event.tenantId, id, command, at: event.time.getTime(), contactPoint };
    });
    await people.apply(said, now());
    return { dead };
  };
