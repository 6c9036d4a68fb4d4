import type { Handle, Producer } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId } from '@throughline/core';
import { createRounds } from '@throughline/lifecycle';
import type { Store } from '@throughline/store';
import { createLeases } from '@throughline/store';
import type { Config } from './config';
import type { Facts } from './facts';
import { followOnConversationEvent } from './inbound/events/follow.on-conversation-event';
import { noteHardOnFeedback } from './inbound/events/note-hard.on-feedback';
import { rerouteOnClockEscalated } from './inbound/events/reroute.on-clock-escalated';
import type { Deps } from './inbound/rpc/deps';
import { createMongoInbox } from './outbound/mongo-inbox';
import { createMongoReads } from './outbound/mongo-reads';
import { createMongoShardLog } from './outbound/mongo-shard-log';
import { createForecasts } from './use-cases/forecasts';
import { createHub } from './use-cases/hub';
import { createIndications } from './use-cases/indications';
import { createLook } from './use-cases/look';
import { createShards, shardOf } from './use-cases/shards';

export interface Given {
  config: Config;
  store: Store;
  producer: Producer;
  facts: Facts;
  clock: Clock;
}

/** Pauses between two looks at what rows still hold, and between two parts of it. */
const TRIM_MS = 2_500;
const TRIM_STEP_MS = 100;

/** Everything between the transports, on one database and one producer. */
export const compose = ({ config, store, producer, facts, clock }: Given) => {
  const count = config.ROUTING_SHARDS;
  const hub = createHub();
  const { inbox, follow, stop: stopFollowing } = createMongoInbox(store, hub.changed);
  const reads = createMongoReads(store.db);
  const shards = createShards({
    count,
    leaseMs: config.ROUTING_LEASE_MS,
    log: createMongoShardLog(store.db, producer),
    leases: createLeases({ store, owner: newId(), shards: count, leaseMs: config.ROUTING_LEASE_MS }),
    inbox,
    reads,
    now: clock.now,
    changed: hub.changed,
    facts,
  });
  const deps: Deps = {
    execute: shards.execute,
    look: createLook(shards, reads, clock.now),
    forecasts: createForecasts(reads, clock.now),
    indications: createIndications(reads, clock.now),
    reads,
    hub,
    follow: async (tenantId) => {
      if (!shards.local(tenantId)) await follow(shardOf(tenantId, count));
    },
    clock,
  };
  const inMemory = (tenantId: string, conversationId: string) => shards.local(tenantId)?.ofConversation(conversationId);
  const onConversationEvent = followOnConversationEvent(shards.hand, reads, inMemory);
  const onFeedback = noteHardOnFeedback(shards.hand, reads, inMemory);
  const { failed } = facts;
  const balancing = createRounds({ work: shards.balance, pauseMs: config.ROUTING_LEASE_MS / 4, failed });
  const trimming = createRounds({
    work: shards.trim,
    pauseMs: (more) => (more ? TRIM_STEP_MS : TRIM_MS),
    failed,
  });
  return {
    deps,
    handles: {
      'conversation.conversations.v1': onConversationEvent,
      'sla.clocks.v1': rerouteOnClockEscalated(shards.hand),
      'feedback.surveys.v1': onFeedback,
      'feedback.cases.v1': onFeedback,
    } as Record<string, Handle>,
    shards,
    async start(): Promise<void> {
      balancing.start();
      trimming.start();
      await balancing.settled();
      await shards.settled();
    },
    async stop(): Promise<void> {
      await balancing.stop();
      await trimming.stop();
      await shards.stop();
      await stopFollowing();
    },
  };
};

export type Parts = ReturnType<typeof compose>;
