import type { DeadDelivery, Handle, IncomingEvent } from '@throughline/bus';
import { isRefusal } from '@throughline/core';
import type { commonV1 } from '@throughline/proto';
import { feedbackV1 } from '@throughline/proto';
import type { PromiseCommand } from '../../domain/promise/promise';
import { decide } from '../../domain/promise/promise';
import type { PromiseStore } from '../../use-cases/ports';
import { pointText } from '../../wire/words';

/** The clock of a recovery case: a promise to answer the customer, called by the case. */
const promiseIdOf = (caseId: string): string => `case-${caseId}`;

const made = (told: feedbackV1.RecoveryCase, at: number): PromiseCommand => {
  const dueAt = told.dueAt?.getTime() ?? at;
  const left = Math.max(dueAt - at, 0);
  return {
    type: 'make',
    at,
    terms: {
      id: promiseIdOf(told.id),
      conversationId: told.conversationId,
      customerId: told.customerId,
      contactPoint: pointText(told.contactPoint as commonV1.ContactPoint | undefined),
      what: `answer the customer: ${told.what}`.slice(0, 500),
      quote: '',
      messageId: '',
      promiser: { kind: 'team', id: told.teamId || 'feedback' },
      teamId: told.teamId,
      ownerId: told.ownerId,
      dueAt,
      zone: 'Etc/UTC',
      // A quarter of the time is left to whoever forgot it.
      remindMs: Math.floor(left / 4),
      noticeMs: 0,
    },
  };
};

const kept = (note: string, at: number): PromiseCommand => ({ type: 'keep', at, note });

/** What a fact about a case means for its clock; nothing for most. */
const commandOf = (event: IncomingEvent): { caseId: string; command: PromiseCommand } | undefined => {
  const at = event.time.getTime();
  switch (event.type) {
    case 'throughline.feedback.v1.RecoveryCaseOpened': {
      const { case: told } = feedbackV1.RecoveryCaseOpened.decode(event.data);
      return told && { caseId: told.id, command: made(told, at) };
    }
    case 'throughline.feedback.v1.RecoveryCaseAdvanced': {
      const { case: told } = feedbackV1.RecoveryCaseAdvanced.decode(event.data);
      if (!told?.respondedAt) return undefined;
      return { caseId: told.id, command: kept('the customer has the answer', at) };
    }
    case 'throughline.feedback.v1.RecoveryCaseClosed': {
      const { case: told } = feedbackV1.RecoveryCaseClosed.decode(event.data);
      return told && { caseId: told.id, command: kept('the case is closed', at) };
    }
    default:
      return undefined;
  }
};

/** Keeps the clocks of recovery cases as promises: made when a case is opened, kept when the customer has the answer. */
export const keepOnRecoveryCase =
  (promises: PromiseStore): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    for (const delivery of deliveries) {
      const { event } = delivery;
      try {
        const read = commandOf(event);
        if (!read) continue;
        const { caseId, command } = read;
        await promises.change(event.tenantId, promiseIdOf(caseId), (current) => decide(current, command), command.at);
      } catch (error) {
        // Made before, settled before: the same fact again.
        if (isRefusal(error)) continue;
        if (!(error instanceof RangeError)) throw error;
        dead.push({ delivery, reason: 'MALFORMED_DATA', detail: error.message });
      }
    }
    return { dead };
  };
