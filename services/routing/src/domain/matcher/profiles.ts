import type { Candidate } from '../demand';
import type { Agents } from './agents';
import type { Book } from './book';
import type { Names } from './masks';
import { satisfies, skillWords } from './masks';
import type { Pool, Profile } from './pool';

/** Profiles that may be remembered beyond the number of agents. */
const SPARE_PROFILES = 1_024;

// What the search reads of a profile: where its list lies, how long it is, and which version of the book it knows.
const WORDS = 4;
const FROM = 0;
const COUNT = 1;
const VERSION = 2;

interface Options {
  agents: Agents;
  book: Book;
  skillNames: Names;
  queuePool(id: string): Pool;
}

/** Agents of equal skills and queues share a profile, and with it the list of the lines that they can serve. */
export const createProfiles = ({ agents, book, skillNames, queuePool }: Options) => {
  const ofKey = new Map<string, Profile>();
  let ofNumber: Profile[] = [];
  // The lists of all profiles, one after another: numbers of lines, in two bytes each while that is enough.
  let served: Uint16Array | Int32Array = new Uint16Array(4096);
  let servedEnd = 0;
  let epoch = 0;
  let spans = new Int32Array(64 * WORDS);
  const found: number[] = [];

  const number = (profile: Profile): void => {
    profile.number = ofNumber.push(profile) - 1;
    profile.epoch = -1;
    if (ofNumber.length * WORDS > spans.length) {
      const old = spans;
      spans = new Int32Array(old.length * 2);
      spans.set(old);
    }
    spans[profile.number * WORDS + VERSION] = -1;
  };
  const forgetUnused = (): void => {
    const used = new Set([...agents.all()].map(({ profile }) => profile));
    ofKey.clear();
    ofNumber = [];
    book.newEpoch();
    for (const profile of used) {
      ofKey.set(profile.key, profile);
      number(profile);
    }
    for (const agent of agents.all()) agents.setProfile(agent.slot, agent.profile.number);
  };
  const reserve = (profile: Profile, count: number): void => {
    if (count <= profile.room) return;
    // The first list is most often the last: it lies close to the next one.
    const room = profile.room === 0 ? count + (count >> 3) + 4 : count * 2;
    if (servedEnd + room > served.length) {
      const old = served;
      const length = Math.max(old.length * 2, servedEnd + room);
      served = old instanceof Uint16Array ? new Uint16Array(length) : new Int32Array(length);
      served.set(old);
    }
    const span = profile.number * WORDS;
    const from = spans[span + FROM]!;
    served.copyWithin(servedEnd, from, from + spans[span + COUNT]!);
    spans[span + FROM] = servedEnd;
    profile.room = room;
    servedEnd += room;
  };
  /** Lets a profile look at the lines that came since it looked last. */
  const lookForLines = (profile: Profile): void => {
    if (epoch !== book.epoch) {
      epoch = book.epoch;
      servedEnd = 0;
    }
    const span = profile.number * WORDS;
    if (profile.epoch !== epoch) {
      profile.epoch = epoch;
      profile.room = 0;
      profile.seen = profile.pools.map(() => 0);
      spans[span + COUNT] = 0;
    }
    spans[span + VERSION] = book.version;
    found.length = 0;
    for (const [i, pool] of profile.pools.entries()) {
      for (let at = profile.seen[i]!; at < pool.lines.length; at++) {
        const line = pool.lines[at]!;
        // A line of several queues is looked at in the first of them that the profile has.
        const own = line.pools.length === 1 || profile.pools.find((one) => line.pools.includes(one)) === pool;
        if (own && satisfies(profile.words, line.pairs)) found.push(line.number);
      }
      profile.seen[i] = pool.lines.length;
    }
    if (book.lines.length > 1 << 16 && served instanceof Uint16Array) served = Int32Array.from(served);
    const count = spans[span + COUNT]!;
    reserve(profile, count + found.length);
    served.set(found, spans[span + FROM]! + count);
    spans[span + COUNT] = count + found.length;
  };

  return {
    of(queueIds: readonly string[], skills: Candidate['skills']): Profile {
      const words = skillWords(skills, skillNames);
      const key = `${words.join()};${queueIds.map((id) => JSON.stringify(id)).join()}`;
      let profile = ofKey.get(key);
      if (!profile) {
        const pools = [...new Set(queueIds)].map(queuePool);
        profile = { number: -1, key, epoch: -1, room: 0, words, pools, seen: [] };
        if (ofKey.size > agents.count() + SPARE_PROFILES) forgetUnused();
        ofKey.set(key, profile);
        number(profile);
      }
      return profile;
    },
    /** Brings the list of a profile up to date, and gives where it begins in `lists`. */
    listOf(profile: number): number {
      if (spans[profile * WORDS + VERSION] !== book.version) lookForLines(ofNumber[profile]!);
      return spans[profile * WORDS + FROM]!;
    },
    /** How long the list is. */
    lengthOf: (profile: number): number => spans[profile * WORDS + COUNT]!,
    lists: () => served,
  };
};
