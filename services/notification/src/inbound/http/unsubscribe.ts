import { httpProblem } from '@throughline/web';
import type { Request, RequestHandler } from 'express';
import type { Delivery } from '../../domain/delivery/delivery';
import type { OptOutRequest } from '../../use-cases/opt-out';
import type { DeliveryStore, Links } from '../../use-cases/ports';
import { page, pageHeaders } from './page';
import { doorWords } from './words';

export interface DoorDeps {
  links: Links;
  deliveries: DeliveryStore;
  optOut(request: OptOutRequest): Promise<void>;
}

export const linkUnknown = () => httpProblem(404, 'LINK_UNKNOWN', 'This link is not one of ours.');

/** The delivery a link was sent with. */
export const deliveryOf = async (
  { links, deliveries }: Pick<DoorDeps, 'links' | 'deliveries'>,
  kind: 'u' | 'p',
  request: Request,
): Promise<{ tenantId: string; delivery: Delivery }> => {
  const key = links.read(kind, String(request.params['token'] ?? ''));
  const [delivery] = key ? await deliveries.load(key.tenantId, [key.id]) : [];
  if (!key || !delivery) throw linkUnknown();
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
    const { language, words } = doorWords(content.language);
    response
      .status(200)
      .set(pageHeaders)
      .send(page(language, words.unsubscribed, [words.unsubscribedLine], []));
  };

/** GET /u/{token}: scanners of mail open every link, so looking at it changes nothing. */
export const askToUnsubscribe =
  (deps: DoorDeps): RequestHandler =>
  async (request, response) => {
    const { delivery } = await deliveryOf(deps, 'u', request);
    const { language, words } = doorWords(delivery.content.language);
    const choice = { name: 'List-Unsubscribe', value: 'One-Click', label: words.unsubscribe };
    response
      .status(200)
      .set(pageHeaders)
      .send(page(language, words.unsubscribe, [words.askUnsubscribe], [choice]));
  };
