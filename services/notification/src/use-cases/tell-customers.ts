import { hash16, isRefusal } from '@throughline/core';
import type { Content, Delivery } from '../domain/delivery/delivery';
import { newDelivery, stepTo } from '../domain/delivery/delivery';
import type { Message, Telling } from '../domain/incident/telling';
import { startTelling, supersede, turnPage } from '../domain/incident/telling';
import type { AcceptDeps } from './accept-notifications';
import { channelFor } from './accept-notifications';
import type { Audiences, Tellings } from './ports';
import { wordNotification } from './word-notification';

export interface TellDeps extends AcceptDeps {
  audiences: Audiences;
  tellings: Tellings;
}

const PAGE = 500;
const FALLBACK = 'en';

const idOf = (tenantId: string, tellingId: string, customerId: string): string =>
  `ntf_${hash16('telling', tenantId, tellingId, customerId).toString('hex')}`;

const nothing: Content = { templateId: '', templateVersion: 0, language: '', subject: '', text: '', html: '' };

/** The words for one language, in English when the template lacks it. */
const wordsFor = async (
  deps: TellDeps,
  tenantId: string,
  message: Message,
  channel: Delivery['channel'],
  language: string,
) => {
  try {
    return await wordNotification(deps, tenantId, channel, message.wording, language);
  } catch (error) {
    if (!isRefusal(error) || error.reason !== 'TEMPLATE_LANGUAGE_MISSING') throw error;
    return wordNotification(deps, tenantId, channel, message.wording, FALLBACK);
  }
};

/** A message for each of these addresses; one that cannot be worded or sent is refused, not left out. */
export const deliveriesFor = async (
  deps: TellDeps,
  tenantId: string,
  { id, message }: Pick<Telling, 'id' | 'message'>,
  points: string[],
): Promise<Delivery[]> => {
  const customers = await deps.points.customersOf(tenantId, points);
  const languages = await deps.books.languagesOf(tenantId, [...new Set(customers.values())]);
  const worded = new Map<string, Content>();
  const made: Delivery[] = [];
  const now = deps.now();
  for (const point of points) {
    const customerId = customers.get(point)!;
    const { wording: _, channel: wanted, ...rest } = message;
    const intent = {
      ...rest,
      id: idOf(tenantId, id, customerId),
      fingerprint: '',
      customerId,
      point,
      createdAt: now,
      zones: deps.zonesOf(point),
    };
    try {
      const channel = channelFor(deps, { point, channel: wanted });
      const language = languages.get(customerId) ?? '';
      const name = `${channel}/${language}`;
      const content = worded.get(name) ?? (await wordsFor(deps, tenantId, message, channel, language));
      worded.set(name, content);
      made.push(newDelivery({ ...intent, channel, content }));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const lost = newDelivery({ ...intent, channel: wanted || 'email', content: nothing });
      made.push(stepTo(lost, 'refused', now, { reason: error.reason, detail: error.message }));
    }
  }
  return made;
};

/** Adds people to an audience and tells them; those who were told are not told again. */
export const startTell =
  (deps: TellDeps) =>
  async (
    tenantId: string,
    telling: Pick<Telling, 'id' | 'audience' | 'message'>,
    points: string[],
  ): Promise<Telling> => {
    await deps.audiences.add(tenantId, telling.audience, points);
    return deps.tellings.change(tenantId, telling.id, (before) => startTelling(before, telling, deps.now()));
  };

/** Stops an older message for the same people: what it had still to say, a newer one says better. */
export const stopTell =
  ({ tellings, now }: Pick<TellDeps, 'tellings' | 'now'>) =>
  async (tenantId: string, id: string): Promise<void> => {
    await tellings.change(tenantId, id, (before) => before && supersede(before, now()));
  };

/** One page of each telling that is under way; true when there is more. */
export const turnPages = (deps: TellDeps) => async (): Promise<boolean> => {
  const due = await deps.tellings.due(deps.now(), 10);
  for (const { tenantId, telling } of due) {
    const points = await deps.audiences.page(tenantId, telling.audience, telling.after, PAGE);
    const made = await deliveriesFor(deps, tenantId, telling, points);
    // One person behind two addresses is told once.
    const deliveries = [...new Map(made.map((delivery) => [delivery.id, delivery])).values()];
    await deps.deliveries.insert(tenantId, deliveries);
    await deps.decide(
      tenantId,
      deliveries.filter(({ state }) => state === 'requested').map(({ id }) => id),
    );
    const page = {
      run: telling.run,
      after: telling.after,
      last: points.at(-1) ?? telling.after,
      told: deliveries.length,
      end: points.length < PAGE,
    };
    await deps.tellings.change(tenantId, telling.id, (before) => before && turnPage(before, page, deps.now()));
  }
  return due.length > 0;
};
