import type { Entry } from './print';
import type { Product } from './product';
import { call } from './rest';

/** The customer that a contact point belongs to; undefined before its first event has arrived. */
export async function customerOf(product: Product, type: 'EMAIL' | 'PHONE' | 'CHAT', value: string) {
  const body = { contactPoints: [{ type: `CONTACT_POINT_TYPE_${type}`, value }] };
  try {
    const answer = await call(product, 'POST', '/v1/customers:resolve', body);
    return answer.customer as { id: string; contactPoints: { contactPoint: { type: string; value: string } }[] };
  } catch (error) {
    if ((error as Error).message.includes(': 404 ')) return undefined;
    throw error;
  }
}

/** The whole timeline over REST, oldest first, page by page. */
export async function readTimeline(product: Product, customerId: string, filter = ''): Promise<Entry[]> {
  const entries: Entry[] = [];
  let token = '';
  do {
    const query = `oldestFirst=true&pageSize=50${filter}${token ? `&pageToken=${encodeURIComponent(token)}` : ''}`;
    const page = await call(product, 'GET', `/v1/customers/${customerId}/timeline?${query}`);
    entries.push(...((page.entries ?? []) as Entry[]));
    token = (page.nextPageToken ?? '') as string;
  } while (token);
  return entries;
}
