import { customerIdFor } from '@throughline/core';
import { journeyV1 } from '@throughline/proto';
import type { ServiceChild } from '../measure/children';
import { pause } from '../measure/children';
import type { Bench } from '../measure/context';
import { httpReader } from '../measure/http-reader';
import { TENANT } from '../workload/channel-mix';
import { contactPointOf, conversationEvent } from '../workload/conversation-events';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { API_KEY, CONVERSATIONS, startGateway, startJourney, stopAll, topicsOf, waitReady } from './parts';

export const GET_TIMELINE = '/throughline.journey.v1.JourneyService/GetTimeline';

export const customerOf = (n: number): string => customerIdFor(TENANT, contactPointOf(n));

export const timelineRequest = (customer: number, more: Partial<journeyV1.GetTimelineRequest> = {}): Buffer =>
  Buffer.from(
    journeyV1.GetTimelineRequest.encode(
      journeyV1.GetTimelineRequest.fromPartial({ customerId: customerOf(customer), ...more }),
    ).finish(),
  );

/** Events of each short timeline. */
export const SMALL = 10;

/** Customer 0 has `big` events, customers 1 to 500 have ten each. */
function* filled(big: number) {
  for (let seq = 1; seq <= big; seq++) yield conversationEvent(0, seq, seq);
  for (let c = 1; c <= 500; c++) for (let seq = 1; seq <= SMALL; seq++) yield conversationEvent(c, seq, big + seq);
}

export interface Filled {
  db: string;
  journey: ServiceChild;
  address: string;
}

/** Runs `work` on a journey service whose timelines it has filed itself. */
export const withTimeline = async <T>(bench: Bench, big: number, work: (filled: Filled) => Promise<T>): Promise<T> => {
  const run = bench.fresh();
  const prefix = `${run}.`;
  const db = `${run}j`;
  await createTopics(bench.brokers, topicsOf(prefix));
  const total = await preload(bench.brokers, prefix + CONVERSATIONS, filled(big));
  const journey = await startJourney(bench, prefix, db);
  try {
    await waitReady(journey);
    const rows = bench.client.db(db).collection('timeline');
    while ((await rows.estimatedDocumentCount()) < total) await pause(100);
    return await work({ db, journey, address: `127.0.0.1:${journey.grpcPort}` });
  } finally {
    await journey.stop();
    await bench.client.db(db).dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};

/** The timeline of the one customer who has many events, and where contacts are resolved, over REST. */
export const TIMELINE = `/v1/customers/${customerOf(0)}/timeline`;
export const RESOLVE = '/v1/customers:resolve';

export const contactBody = (value: string, create: boolean): string =>
  JSON.stringify({ contactPoints: [{ type: 'CONTACT_POINT_TYPE_EMAIL', value }], create });

export interface Served extends Filled {
  /** The gateway and the journey service. */
  gateway: ServiceChild;
  pids: number[];
  /** Asks the gateway, with a key that may read and write; closed at the end. */
  reader(path: string, body?: string): ReturnType<typeof httpReader>;
}

/** Runs `work` on a gateway before such a journey service. */
export const withGateway = <T>(bench: Bench, big: number, work: (served: Served) => Promise<T>): Promise<T> =>
  withTimeline(bench, big, async (filled) => {
    const db = `${filled.db}g`;
    const gateway = await startGateway(bench, db, filled.address);
    const readers: { close(): void }[] = [];
    const reader = (path: string, body?: string) => {
      const made = httpReader(gateway.httpPort, path, { authorization: `Bearer ${API_KEY}` }, body);
      readers.push(made);
      return made;
    };
    try {
      await waitReady(gateway);
      return await work({ ...filled, gateway, pids: [gateway.pid, filled.journey.pid], reader });
    } finally {
      for (const one of readers) one.close();
      await stopAll([gateway]);
      await bench.client.db(db).dropDatabase();
    }
  });

/** Wrong answers make a number void: then there is none. */
export const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`the answers are wrong, the number would be void: ${what}`);
};
