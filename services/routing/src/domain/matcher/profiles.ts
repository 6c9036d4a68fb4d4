import type { Candidate } from '../demand';
import type { Agents } from './agents';
import type { Book } from './book';
import type { Names } from './masks';
import { satisfies, skillWords } from './masks';
import type { Pool, Profile } from './pool';

/** Profiles that may be remembered beyond the number of agents. */
const SPARE_PROFILES = 1_024;

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
  const found: number[] = [];

  const number = (profile: Profile): void => {
    profile.number = ofNumber.push(profile) - 1;
    profile.epoch = -1;
    profile.version = -1;
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
    served.copyWithin(servedEnd, profile.from, profile.from + profile.count);
    profile.from = servedEnd;
    profile.room = room;
    servedEnd += room;
  };
  /** Lets a profile look at the lines that came since it looked last. */
  const lookForLines = (profile: Profile): void => {
    if (epoch !== book.epoch) {
      epoch = book.epoch;
      servedEnd = 0;
    }
    if (profile.epoch !== epoch) {
      profile.epoch = epoch;
      profile.room = 0;
      profile.seen = profile.pools.map(() => 0);
      profile.count = 0;
    }
    profile.version = book.version;
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
    reserve(profile, profile.count + found.length);
    served.set(found, profile.from + profile.count);
    profile.count += found.length;
  };

  return {
    of(queueIds: readonly string[], skills: Candidate['skills']): Profile {
      const words = skillWords(skills, skillNames);
      const key = `${words.join()};${queueIds.map((id) => JSON.stringify(id)).join()}`;
      let profile = ofKey.get(key);
      if (!profile) {
        const pools = [...new Set(queueIds)].map(queuePool);
        profile = { number: -1, key, epoch: -1, version: -1, from: 0, count: 0, room: 0, words, pools, seen: [] };
        if (ofKey.size > agents.count() + SPARE_PROFILES) forgetUnused();
        ofKey.set(key, profile);
        number(profile);
      }
      return profile;
    },
    /** Brings the list of an agent's profile up to date, and tells the agent where it lies in `lists`. */
    look(slot: number): void {
      const profile = ofNumber[agents.profileAt(slot)]!;
      if (profile.version !== book.version) lookForLines(profile);
      agents.setList(slot, served, profile.from, profile.count, book.version);
    },
    lists: () => served,
  };
};
