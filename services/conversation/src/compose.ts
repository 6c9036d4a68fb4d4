import type { CrashPoint, Producer } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId } from '@throughline/core';
import type { Rounds } from '@throughline/lifecycle';
import { createRounds } from '@throughline/lifecycle';
import type { Store } from '@throughline/store';
import type { Config } from './config';
import { claimOf, mailClaim, successorClaim } from './domain/claims';
import type { Facts } from './facts';
import type { Deps } from './inbound/rpc/deps';
import { checkDue } from './inbound/timers/check-due';
import { saveSnapshots } from './inbound/timers/save-snapshots';
import { takeOver } from './inbound/timers/take-over';
import { listConversations } from './outbound/conversation-list';
import { createCustomerLinks } from './outbound/customer-links';
import { createIssues } from './outbound/issues';
import { createMongoLedger } from './outbound/mongo-ledger';
import { createMongoLog } from './outbound/mongo-log';
import { publishChanges } from './outbound/publish-changes';
import { createTokens } from './outbound/reply-token';
import { createViewings } from './outbound/viewings';
import { createWatch } from './outbound/watch';
import type { Acknowledge } from './use-cases/acknowledge';
import { createAcknowledge } from './use-cases/acknowledge';
import type { FollowFacts } from './use-cases/follow-facts';
import { createFollowFacts } from './use-cases/follow-facts';
import type { Intake } from './use-cases/intake';
import { createIntake } from './use-cases/intake';
import type { Journal } from './use-cases/journal';
import { createJournal } from './use-cases/journal';
import type { MoveOptions } from './use-cases/move-messages';
import type { CustomerLinks } from './use-cases/ports';
import type { Settings } from './use-cases/settings';

export interface Parts {
  journal: Journal;
  intake: Intake;
  acknowledge: Acknowledge;
  links: CustomerLinks;
  followFacts: FollowFacts;
  facts: Facts;
  deps: Deps;
  loops: Rounds[];
}

interface Given {
  config: Config;
  store: Store;
  producer: Producer;
  facts: Facts;
  clock: Clock;
  crashPoint?: CrashPoint | undefined;
}

const hour = 3600 * 1000;

export const settingsOf = (config: Config): Settings => ({
  policy: {
    reopenWindowMs: config.CONVERSATION_REOPEN_WINDOW_HOURS * hour,
    autoCloseMs: config.CONVERSATION_AUTO_CLOSE_HOURS * hour,
    requiredOnSolve: config.CONVERSATION_REQUIRED_ON_SOLVE,
  },
  acknowledge: {
    channels: config.CONVERSATION_ACKNOWLEDGE_CHANNELS,
    periodMs: config.CONVERSATION_ACKNOWLEDGE_PERIOD_HOURS * hour,
    hourlyCap: config.CONVERSATION_ACKNOWLEDGE_HOURLY_CAP,
    ownAddresses: new Set(config.CONVERSATION_OWN_ADDRESSES.map((address) => address.toLowerCase())),
  },
  acknowledgeText: config.CONVERSATION_ACKNOWLEDGE_WORDS,
  sendingChannels: config.CONVERSATION_SENDING_CHANNELS,
});

/** Everything between the transports, on one database and one producer. */
export const compose = ({ config, store, producer, facts, clock, crashPoint }: Given): Parts => {
  const { now } = clock;
  const settings = settingsOf(config);
  const tokens = createTokens(config.CONVERSATION_THREAD_SECRET);
  const log = createMongoLog(store.db);
  const publish = publishChanges(producer);
  const cacheSize = config.CONVERSATION_CACHE_SIZE;
  const journal = createJournal({ log, publish, cacheSize, ...(crashPoint ? { crashPoint } : {}) });
  const intake = createIntake({
    journal,
    log,
    settings,
    tokens,
    now,
    mailClaim,
    successorClaim,
    threadCacheSize: cacheSize * 2,
  });
  const acknowledge = createAcknowledge({
    journal,
    ledger: createMongoLedger(store.db),
    settings,
    tokens,
    messageIdFor: (key) => claimOf('acknowledgement', key),
    now,
    decided: facts.acknowledged,
  });
  const links = createCustomerLinks(store.db);
  const commands: MoveOptions = { journal, log, now, claimOf, mailClaim, newId, commanded: facts.commanded };
  const deps: Deps = {
    commands,
    log,
    settings,
    tokens,
    links,
    issues: createIssues(store.db),
    viewings: createViewings(store.db),
    watch: createWatch(store),
    list: listConversations(store.db, links),
  };
  // A round says how many milliseconds the next one may wait.
  const loop = (name: string, work: () => Promise<number>): Rounds =>
    createRounds({ work, pauseMs: (wait) => wait, failed: (error) => facts.loopFailed(name, error) });
  const loops = [
    loop('save snapshots', saveSnapshots(journal, facts, now)),
    loop('check due', checkDue(log, commands, config.CONVERSATION_DUE_INTERVAL_MS)),
    loop('take over', takeOver(journal, facts, config.CONVERSATION_TAKE_OVER_SECONDS * 1000, now)),
  ];
  const followFacts = createFollowFacts(journal, now);
  return { journal, intake, acknowledge, links, followFacts, facts, deps, loops };
};
