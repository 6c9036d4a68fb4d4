import { newId, Refusal, uuidFromHash } from '@throughline/core';
import { journeyV1 } from '@throughline/proto';
import type { Call, Encoded } from '@throughline/rpc';
import { encoded } from '@throughline/rpc';
import type { Link } from '../../domain/customer';
import { findRoot, noCustomer } from '../../use-cases/find-customer';
import { linkCustomers as link } from '../../use-cases/link-customers';
import { wireLink } from '../../wire/customer';
import type { Deps } from './deps';
import { requestOf } from './deps';
import { actorOf } from './present';

/** What a person states ranks below an exact verified identifier. */
const STATED = 90;

const responseOf = (made: Link): Buffer =>
  Buffer.from(journeyV1.LinkCustomersResponse.encode({ link: wireLink(made) }).finish());

/** Links two customers as one person, with evidence; reversible. */
export const linkCustomers =
  ({ customers, clock }: Deps) =>
  async (request: journeyV1.LinkCustomersRequest, call: Call): Promise<Encoded> => {
    const { tenantId, subject } = call.caller;
    const asked = requestOf('LinkCustomers', request, call);
    const surviving = await findRoot(customers.load, tenantId, request.survivingCustomerId);
    if (!surviving) throw noCustomer(request.survivingCustomerId);
    const earlier = asked && (await customers.answered(tenantId, surviving.id, asked));
    if (earlier) return encoded(earlier);
    const linked = await findRoot(customers.load, tenantId, request.linkedCustomerId);
    if (!linked) throw noCustomer(request.linkedCustomerId);
    if (linked.id === surviving.id) {
      throw new Refusal('already_exists', 'ALREADY_LINKED', 'the two customers are one already');
    }
    const made: Link = {
      id: uuidFromHash('link', tenantId, surviving.id, linked.id, asked?.id ?? newId()),
      a: surviving.id,
      b: linked.id,
      surviving: surviving.id,
      linked: linked.id,
      evidence: request.evidence,
      confidence: STATED,
      actor: actorOf(request.actor, subject),
      at: clock.now(),
    };
    const outcome = await link(customers, tenantId, made, asked && { ...asked, result: responseOf(made) });
    return encoded(outcome.repeated ?? responseOf(made));
  };
