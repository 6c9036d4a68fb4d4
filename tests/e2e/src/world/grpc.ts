import { journeyV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import type { Product } from './product';

/** The timeline through the gRPC front door, oldest first. */
export async function readTimelineOverGrpc(product: Product, customerId: string): Promise<journeyV1.TimelineEntry[]> {
  const client = createClient(journeyV1.JourneyServiceService, product.grpcAddress, {
    metadata: { authorization: `Bearer ${product.apiKey}` },
  });
  try {
    const request = journeyV1.GetTimelineRequest.create({ customerId, oldestFirst: true, pageSize: 200 });
    return (await client.getTimeline(request)).entries;
  } finally {
    client.close();
  }
}
