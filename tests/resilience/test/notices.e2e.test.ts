import { join } from 'node:path';
import { encodeEvent } from '@throughline/bus';
import { commonV1, conversationV1, notificationV1 as v1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { eventually, freePort } from '@throughline/testing';
import { infra } from '../src/infra';
import type { World } from '../src/world';
import { openWorld, TENANT } from '../src/world';

const fiveMinutes = 300_000;
const each = 30;
const agentId = 'sam';

describe('agents whose stream broke hear of everything once, whatever the clocks of the processes say', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  const start = async (skewMs: number) => {
    const [grpc, http, ops] = [await freePort(), await freePort(), await freePort()];
    const skew = join(__dirname, '..', 'src', 'skew.cjs');
    world.start('notification', '', {
      GRPC_PORT: String(grpc),
      HTTP_PORT: String(http),
      OPS_PORT: String(ops),
      NOTIFICATION_SECRET: 'a-secret-of-the-tests-with-32-characters',
      NODE_OPTIONS: `--require ${skew}`,
      SKEW_MS: String(skewMs),
    });
    await eventually('a process', async () => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok, 60_000);
    return createClient(v1.NotificationServiceService, `127.0.0.1:${grpc}`, {
      caller: () => world.callerToken(skewMs),
    });
  };

  // Each on a conversation of its own, so that both processes get some of them.
  const note = (name: string) => {
    const at = new Date();
    const fields = {
      conversationId: name,
      messageId: name,
      author: { kind: commonV1.ActorKind.AGENT, id: 'kim', displayName: 'Kim' },
      text: name,
      mentions: [agentId],
    };
    const value = encodeEvent({
      id: name,
      source: 'throughline/conversation',
      type: 'throughline.conversation.v1.NoteAdded',
      subject: name,
      time: at,
      recordedAt: at,
      tenantId: TENANT,
      conversationId: name,
      data: conversationV1.NoteAdded.encode(conversationV1.NoteAdded.fromPartial(fields)).finish(),
    });
    return { topic: 'conversation.conversations.v1', key: `${TENANT}/${name}`, value };
  };
  const publish = (round: string) =>
    world.bus.producer.publish(Array.from({ length: each }, (_, i) => note(`${round} ${i}`)));

  const isProbe = (id: string) => id.startsWith('probe');
  /** What a stream tells that goes on from a place, until all that were wanted have come or the time is up. */
  const resumed = async (client: Awaited<ReturnType<typeof start>>, afterCursor: string, wanted: string[]) => {
    const again: string[] = [];
    const stream = client.watchNotices({ agentId, teamIds: [], afterCursor });
    const reading = (async () => {
      for await (const { notice } of stream) again.push(notice!.aboutId);
    })().catch(() => undefined);
    await eventually('the rest', () => wanted.every((id) => again.includes(id)), 15_000).catch(() => undefined);
    stream.cancel();
    await reading;
    return again;
  };

  it('two processes ten minutes apart', async () => {
    const ahead = await start(fiveMinutes);
    const behind = await start(-fiveMinutes);
    const live: { cursor: string; id: string }[] = [];
    const stream = ahead.watchNotices({ agentId, teamIds: [], afterCursor: '' });
    const reading = (async () => {
      for await (const { cursor, notice } of stream) live.push({ cursor, id: notice!.aboutId });
    })().catch(() => undefined);
    let probes = 0;
    await eventually('the stream is open', async () => {
      await world.bus.producer.publish([note(`probe ${probes++}`)]);
      return live.length > 0;
    });
    await publish('first');
    const here = (round: string) => live.filter(({ id }) => id.startsWith(round)).length;
    await eventually('all of the first round', () => here('first') === each);
    stream.cancel();
    await reading;
    await publish('second');
    const rows = world.database('notification').collection('notices');
    await eventually(
      'the second round is written',
      async () => (await rows.countDocuments({ aboutId: /^second/ })) === each,
    );
    const all = (await rows.distinct('aboutId')).filter((id: string) => !isProbe(id));

    const middle = live.findIndex(({ id }) => id.startsWith('first')) + each / 2;
    for (const [place, { cursor }] of [live.at(-1)!, live[middle]!].entries()) {
      const told = new Set((place === 0 ? live : live.slice(0, middle + 1)).map(({ id }) => id));
      const missing = all.filter((id) => !told.has(id)).sort();
      expect(missing.length).toBeGreaterThanOrEqual(each);
      for (const client of [ahead, behind]) {
        const again = await resumed(client, cursor, missing);
        // What the two wrote side by side may stand in another order than it was told in: then that minute comes again.
        expect(again.filter((id) => !told.has(id) && !isProbe(id)).sort()).toEqual(missing);
      }
    }
    const { notices } = await behind.listNotices({ agentId, teamIds: [], pageSize: 200, pageToken: '' });
    const listed = notices.map(({ aboutId }) => aboutId).filter((id) => !isProbe(id));
    // Newest first: nobody's clock puts one of the first round in front of the second.
    expect(listed.slice(0, each).every((id) => id.startsWith('second'))).toBe(true);
    expect(listed.sort()).toEqual(all.sort());
  }, 150_000);
});
