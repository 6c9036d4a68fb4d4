import { decodeMessage } from '@throughline/bus';
import { channelV1, conversationV1, journeyV1 } from '@throughline/proto';
import type { mongo } from 'mongoose';
import type { Preloaded } from '../workload/channel-mix';
import type { Verdict } from './check';

const pattern = /#(\d+)#/;

/** Numbers of the messages that were sent, in their order per thread, and how many steps of calls. */
const sent = (workload: Iterable<Preloaded>) => {
  const messages = new Map<number, string>();
  let calls = 0;
  for (const { key, value } of workload) {
    const event = channelV1.InboundEvent.decode(decodeMessage({ value, headers: {} }).data);
    if (event.payload?.$case === 'messageReceived')
      messages.set(Number(pattern.exec(event.payload.value.text)![1]), key);
    else calls++;
  }
  return { messages, calls };
};

/** Follows every channel event to the timeline by its own number: each there once, in the order it was sent in within its conversation. */
export const checkMarkers = async (rows: mongo.Collection, workload: Iterable<Preloaded>): Promise<Verdict> => {
  const { messages, calls } = sent(workload);
  const verdict: Verdict = { missing: 0, doubled: 0, reordered: 0, unknown: 0 };
  const seen = new Set<number>();
  const last = new Map<string, number>();
  let steps = 0;
  const cursor = rows
    .find({}, { promoteBuffers: true, projection: { e: 1 } })
    .sort({ _id: 1 })
    .batchSize(5_000);
  for await (const row of cursor) {
    const entry = journeyV1.TimelineEntry.decode(row['e'] as Buffer);
    if (entry.type === 'throughline.conversation.v1.CallProgressed') steps++;
    if (entry.type !== 'throughline.conversation.v1.MessageReceived') continue;
    const number = Number(pattern.exec(conversationV1.MessageReceived.decode(entry.data!.value).text)?.[1] ?? -1);
    if (!messages.has(number)) verdict.unknown++;
    if (seen.has(number)) verdict.doubled++;
    seen.add(number);
    if (number < (last.get(entry.conversationId) ?? -1)) verdict.reordered++;
    last.set(entry.conversationId, number);
  }
  for (const number of messages.keys()) if (!seen.has(number)) verdict.missing++;
  verdict.missing += Math.max(0, calls - steps);
  verdict.doubled += Math.max(0, steps - calls);
  return verdict;
};
