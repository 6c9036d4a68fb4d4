import { httpProblem } from '@throughline/web';
import type { Request, RequestHandler } from 'express';
import type { Delivery } from '../../domain/delivery/delivery';
import type { OptOutRequest } from '../../use-cases/opt-out';
import type { DeliveryStore, Links } from '../../use-cases/ports';
import { page, pageHeaders } from './page';

export interface DoorDeps {
  links: Links;
  deliveries: DeliveryStore;
  optOut(request: OptOutRequest): Promise<void>;
}

const gone = () => httpProblem(404, 'LINK_UNKNOWN', 'This link is not one of ours.');

/** The delivery a link was sent with. */
export const deliveryOf = async (
  { links, deliveries }: Pick<DoorDeps, 'links' | 'deliveries'>,
  kind: 'u' | 'p' | 'c',
  request: Request,
): Promise<{ tenantId: string; delivery: Delivery }> => {
  const key = links.read(kind, String(request.params['token'] ?? ''));
  const [delivery] = key ? await deliveries.load(key.tenantId, [key.id]) : [];
  if (!key || !delivery) throw gone();
  return { tenantId: key.tenantId, delivery };
};

const bodyOf = (request: Request): string => (Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');

// RFC 8058 allows both forms of a body; what it must say is fixed.
const saysOneClick = (type: string, body: string): boolean =>
  type.startsWith('multipart/form-data')
    ? /name="?List-Unsubscribe"?\r?\n\r?\nOne-Click\r?\n/i.test(body)
    : new URLSearchParams(body).get('List-Unsubscribe') === 'One-Click';

/** POST /u/{token}: no login, no cookie, no question. A second time it is still done. */
export const unsubscribe =
  (deps: DoorDeps): RequestHandler =>
  async (request, response) => {
    const { tenantId, delivery } = await deliveryOf(deps, 'u', request);
    if (!saysOneClick(request.get('content-type') ?? '', bodyOf(request))) {
      throw httpProblem(400, 'NOT_ONE_CLICK', 'The body must read List-Unsubscribe=One-Click (RFC 8058).');
    }
    const { customerId, point, channel, content } = delivery;
    await deps.optOut({ tenantId, customerId, point, channel, topic: '', source: 'one_click' });
    const lines = ['You will get no more promotional messages at this address.'];
    response
      .status(200)
      .set(pageHeaders)
      .send(page(content.language, 'Unsubscribed', lines, []));
  };

/** GET /u/{token}: scanners of mail open every link, so looking at it changes nothing. */
export const askToUnsubscribe =
  (deps: DoorDeps): RequestHandler =>
  async (request, response) => {
    const { delivery } = await deliveryOf(deps, 'u', request);
    const choice = { name: 'List-Unsubscribe', value: 'One-Click', label: 'Unsubscribe' };
    const lines = ['Press the button to get no more promotional messages at this address.'];
    response
      .status(200)
      .set(pageHeaders)
      .send(page(delivery.content.language, 'Unsubscribe', lines, [choice]));
  };
