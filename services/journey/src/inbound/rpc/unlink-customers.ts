import { journeyV1 } from '@throughline/proto';
import type { Call, Encoded } from '@throughline/rpc';
import { encoded } from '@throughline/rpc';
import type { Link } from '../../domain/customer';
import { unlinkCustomers as unlink } from '../../use-cases/link-customers';
import { wireLink } from '../../wire/customer';
import type { Deps } from './deps';
import { requestOf } from './deps';

const responseOf = (undone: Link): Buffer =>
  Buffer.from(journeyV1.UnlinkCustomersResponse.encode({ link: wireLink(undone) }).finish());

/** Undoes a link; both customers are what they were before, with what happened since. */
export const unlinkCustomers =
  ({ customers, clock }: Deps) =>
  async (request: journeyV1.UnlinkCustomersRequest, call: Call): Promise<Encoded> => {
    const undo = { linkId: request.linkId, at: clock.now(), reason: request.reason };
    const asked = requestOf('UnlinkCustomers', request, call);
    const { link, repeated } = await unlink(customers, call.caller.tenantId, undo, asked);
    return encoded(repeated && repeated.length > 0 ? repeated : responseOf(link));
  };
