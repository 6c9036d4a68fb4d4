import { slaV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import { durationText } from '../domain/calendar/times';
import { momentText } from '../domain/clock/explain';
import type { Commitment, PromiseEvent } from '../domain/promise/promise';
import { wirePromise } from '../wire/promise';

const messageOf = (promise: Commitment, event: PromiseEvent): [string, Uint8Array] => {
  const wire = wirePromise(promise);
  const { what, zone } = promise;
  const due = momentText(promise.dueAt, zone);
  const say = (summary: string) => ({ promise: wire, summary });
  switch (event.type) {
    case 'proposed':
      return ['PromiseProposed', v1.PromiseProposed.encode(say(`is this a promise, by ${due}? ${what}`)).finish()];
    case 'dismissed': {
      const message = { ...say(`no promise: ${what}`), reason: event.reason };
      return ['PromiseDismissed', v1.PromiseDismissed.encode(message).finish()];
    }
    case 'made':
      return ['PromiseMade', v1.PromiseMade.encode(say(`${what}, by ${due}`)).finish()];
    case 'dueSoon': {
      const left = durationText(event.dueAt - event.at);
      const message = say(`${promise.ownerId}: ${what}, due in ${left}, ${due}`);
      return ['PromiseDueSoon', v1.PromiseDueSoon.encode(message).finish()];
    }
    case 'noticeRequested': {
      const message = say(`tell the customer that "${what}" may be late; it is due ${due}`);
      return ['PromiseNoticeRequested', v1.PromiseNoticeRequested.encode(message).finish()];
    }
    case 'kept': {
      const message = { ...say(event.late ? `${what}, but after ${due}` : what), late: event.late };
      return ['PromiseKept', v1.PromiseKept.encode(message).finish()];
    }
    case 'broken':
      return ['PromiseBroken', v1.PromiseBroken.encode(say(`${what}, was due ${due}`)).finish()];
    case 'renegotiated': {
      const summary = `${what}, now by ${momentText(event.to, zone)}: ${event.reason}`;
      const message = { ...say(summary), fromDueAt: new Date(event.from), reason: event.reason };
      return ['PromiseRenegotiated', v1.PromiseRenegotiated.encode(message).finish()];
    }
    case 'withdrawn': {
      const message = { ...say(`${what}: ${event.reason}`), reason: event.reason };
      return ['PromiseWithdrawn', v1.PromiseWithdrawn.encode(message).finish()];
    }
  }
};

/** A fact about a promise as the world is told it. */
export const promiseEvent = (promise: Commitment, event: PromiseEvent, recordedAt: number): NewEvent => {
  const [name, data] = messageOf(promise, event);
  return {
    type: `throughline.sla.v1.${name}`,
    subject: promise.id,
    time: new Date(event.at),
    recordedAt: new Date(recordedAt),
    ...(promise.conversationId ? { conversationId: promise.conversationId } : {}),
    ...(promise.contactPoint ? { contactPoint: promise.contactPoint } : {}),
    data,
  };
};
