import { newId } from '@throughline/core';
import type { journeyV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import { baseOf, isBlockedPoint } from '../../domain/contact';
import type { Customer } from '../../domain/customer';
import { findRoot, noCustomer } from '../../use-cases/find-customer';
import { identifyPoints } from '../../use-cases/identify-points';
import { wirePoint } from '../../wire/customer';
import type { Deps } from './deps';
import { actorOf, blockedPoint, pointText, present } from './present';

type Request = journeyV1.ResolveCustomerRequest;

const firstKnown = async ({ customers }: Deps, tenantId: string, points: string[]): Promise<Customer | undefined> => {
  for (const point of points) {
    const found = await findRoot(customers.load, tenantId, baseOf(tenantId, point));
    if (found) return found;
  }
  return undefined;
};

const identifyAll = async (deps: Deps, request: Request, call: Call, points: string[]) => {
  const { tenantId, subject } = call.caller;
  const decided = await identifyPoints(deps.customers, {
    tenantId,
    points,
    evidence: request.evidence || 'stated by the caller',
    actor: actorOf(undefined, subject),
    at: deps.clock.now(),
    id: request.requestId || call.requestId || newId(),
    displayName: request.displayName,
  });
  return decided.refused.map(({ point, reason }) => ({ contactPoint: wirePoint(point), reason }));
};

/** Finds whom contact points belong to; creates and links when the caller says so. */
export const resolveCustomer =
  (deps: Deps) =>
  async (request: Request, call: Call): Promise<journeyV1.ResolveCustomerResponse> => {
    const { tenantId } = call.caller;
    const points = request.contactPoints.map((point, i) => pointText(point, `contact_points[${i}]`));
    const usable = points.filter((point) => !isBlockedPoint(point));
    if (usable.length === 0) throw blockedPoint(points[0]!);
    const known = await firstKnown(deps, tenantId, usable);
    if (!known && !request.create) throw noCustomer(usable.join(', '));
    let refused: journeyV1.RefusedContactPoint[] = points
      .filter((point) => !usable.includes(point))
      .map((point) => ({ contactPoint: wirePoint(point), reason: 'BLOCKED_VALUE' }));
    if (request.verified) refused = await identifyAll(deps, request, call, points);
    else if (!known) {
      const [point] = usable;
      const at = new Date(deps.clock.now());
      await deps.customers.create([{ tenantId, base: baseOf(tenantId, point!), point: point!, at }]);
    }
    const customer = await answer(deps, tenantId, usable, refused);
    return { customer: await present(deps.customers, customer), created: !known, refused };
  };

/** The customer of the strongest point that was not refused. A shared address still has a customer of its own. */
const answer = async (
  deps: Deps,
  tenantId: string,
  usable: string[],
  refused: journeyV1.RefusedContactPoint[],
): Promise<Customer> => {
  const out = new Set(refused.map(({ contactPoint }) => contactPoint?.value));
  const accepted = usable.filter((point) => !out.has(point.slice(point.indexOf(':') + 1)));
  const found = await firstKnown(deps, tenantId, [...accepted, ...usable]);
  if (found) return found;
  const [point] = usable;
  const at = new Date(deps.clock.now());
  await deps.customers.create([{ tenantId, base: baseOf(tenantId, point!), point: point!, at }]);
  const created = await firstKnown(deps, tenantId, [point!]);
  if (!created) throw noCustomer(point!);
  return created;
};
