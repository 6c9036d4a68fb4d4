import { instantOf, invalidField, isZone, Refusal } from '@throughline/core';
import type { slaV1 } from '@throughline/proto';
import { parseLocal } from '../../domain/calendar/times';
import type { Terms } from '../../domain/promise/promise';
import { decide, leadTimes } from '../../domain/promise/promise';
import { pointText, promiserOf } from '../../wire/words';
import type { Deps, Rpc } from './deps';
import { askedOf, idOf, promised } from './deps';

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

/** The due instant, as an instant or as the customer's clock shows it. */
const dueOf = ({ dueAt, dueLocal }: slaV1.MakePromiseRequest, zone: string): number => {
  if (dueAt && dueLocal) throw invalidField('due_local', 'one_of', 'give an instant or a local time, not both');
  if (dueAt) return dueAt.getTime();
  const wall = parseLocal(dueLocal);
  if (wall === undefined || wall > Date.UTC(2199, 11, 31)) {
    throw refuse('LOCAL_TIME_INVALID', 'due_local', 'expected YYYY-MM-DDTHH:MM of the years 1970 to 2199, or due_at');
  }
  return instantOf(zone, wall);
};

const termsOf = async (deps: Deps, request: slaV1.MakePromiseRequest, tenantId: string, id: string): Promise<Terms> => {
  const zone = request.timeZone || 'Etc/UTC';
  if (!isZone(zone)) {
    throw refuse('TIME_ZONE_UNKNOWN', 'time_zone', 'expected a zone of the IANA database, for example Europe/Berlin');
  }
  const { conversationId } = request;
  const given = pointText(request.contactPoint);
  const docket = conversationId && !given ? await deps.dockets.load({ tenantId, id: conversationId }) : undefined;
  const contactPoint = given || (docket?.contactPoint ?? '');
  if (!contactPoint && !conversationId) {
    throw invalidField('contact_point', 'required', 'say to whom: a contact point or a conversation');
  }
  const dueAt = dueOf(request, zone);
  const { remindBeforeSeconds } = request;
  const remindMs =
    remindBeforeSeconds === undefined ? leadTimes(dueAt, deps.now()).remindMs : remindBeforeSeconds * 1000;
  const { noticeBeforeSeconds } = request;
  return {
    id,
    conversationId,
    customerId: request.customerId,
    contactPoint,
    what: request.what,
    quote: request.quote,
    messageId: request.messageId,
    promiser: { kind: promiserOf(request.promiserKind), id: request.promiserId },
    teamId: request.teamId,
    ownerId: request.ownerId || request.promiserId,
    dueAt,
    zone,
    remindMs,
    noticeMs: noticeBeforeSeconds === undefined ? Math.floor(remindMs / 2) : noticeBeforeSeconds * 1000,
  };
};

/** Records a promise to a customer. */
export const makePromise: Rpc<'makePromise'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const asked = askedOf('MakePromise', request, call);
  const id = idOf(deps, request.promiseId, asked);
  const terms = await termsOf(deps, request, tenantId, id);
  const at = deps.now();
  return promised(
    await deps.promises.change(tenantId, id, (current) => decide(current, { type: 'make', at, terms }), at, asked),
  );
};
