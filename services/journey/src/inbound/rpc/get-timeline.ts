import type { journeyV1 } from '@throughline/proto';
import type { Call, Encoded } from '@throughline/rpc';
import { encoded } from '@throughline/rpc';
import { readTimeline } from '../../use-cases/read-timeline';
import { timelineResponse } from '../../wire/entry';
import type { Deps } from './deps';

/** A page of a customer's timeline, made of stored bytes. */
export const getTimeline =
  ({ timeline, basesOf }: Deps) =>
  async (request: journeyV1.GetTimelineRequest, call: Call): Promise<Encoded> => {
    const { tenantId } = call.caller;
    const bases = await basesOf(tenantId, request.customerId);
    const page = await readTimeline(timeline, bases, {
      tenantId,
      customerId: request.customerId,
      pageSize: request.pageSize,
      pageToken: request.pageToken,
      oldestFirst: request.oldestFirst,
      filter: request,
      from: request.from,
      until: request.until,
    });
    return encoded(timelineResponse(page.rows, page.next, page.previous));
  };
