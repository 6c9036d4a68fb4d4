import { Refusal } from '@throughline/core';
import { LRUCache } from 'lru-cache';
import { openingsOf } from '../domain/calendar/calendar';
import type { Openings } from '../domain/calendar/openings';
import { always, intersect } from '../domain/calendar/openings';
import type { Pin } from '../domain/clock/clock';
import type { Policy } from '../domain/clock/policy';
import type { PolicyContent } from '../domain/clock/policy-draft';
import type { CalendarContent, Kept, RuleBook, RuleBooks, VersionedStore } from '../use-cases/ports';
import { missingCalendars } from '../use-cases/ports';

interface Known {
  openings: Openings;
  zone: string;
}

const KEEP_MS = 1_000;
const CALENDARS_KEPT = 2_000;

const nameOf = (tenantId: string, { id, version }: Pin): string => `${tenantId}/${id}@${version}`;

const policyOf = ({ id, version, content }: Kept<PolicyContent>, pin: (id: string) => Pin): Policy => ({
  id,
  version,
  name: content.name,
  order: content.order,
  conditions: content.conditions,
  calendars: content.calendarIds.map(pin),
  targets: content.targets,
  warnPercents: content.warnPercents,
  steps: content.steps,
});

/** Rules of tenants in memory: policies for a second, calendar versions, which never change, as long as there is room. */
export const createRuleBooks = (
  policies: VersionedStore<PolicyContent>,
  calendars: VersionedStore<CalendarContent>,
  now: () => number,
): RuleBooks => {
  const known = new LRUCache<string, Known>({ max: CALENDARS_KEPT });
  const books = new LRUCache<string, { book: Promise<RuleBook>; until: number }>({ max: CALENDARS_KEPT });

  const remember = (tenantId: string, { id, version, content }: Kept<CalendarContent>): void => {
    const name = nameOf(tenantId, { id, version });
    if (!known.has(name)) known.set(name, { openings: openingsOf(content.spec), zone: content.spec.zone });
  };

  const read = async (tenantId: string): Promise<RuleBook> => {
    const [kept, keptCalendars] = await Promise.all([policies.list(tenantId), calendars.list(tenantId)]);
    for (const calendar of keptCalendars) remember(tenantId, calendar);
    const latest = new Map(keptCalendars.map(({ id, version }) => [id, version]));
    const inForce = kept
      .map((policy) => policyOf(policy, (id) => ({ id, version: latest.get(id) ?? 0 })))
      .sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
    const openings = (pins: Pin[]): Openings => {
      const missing = pins.filter((pin) => !known.has(nameOf(tenantId, pin)));
      if (missing.length > 0) throw missingCalendars(missing);
      return pins.map((pin) => known.get(nameOf(tenantId, pin))!.openings).reduce(intersectAll, always);
    };
    return {
      policies: inForce,
      openings,
      zoneOf({ terms }) {
        const [first] = terms.calendars;
        return (first && known.get(nameOf(tenantId, first))?.zone) ?? 'Etc/UTC';
      },
    };
  };

  return {
    of(tenantId) {
      const found = books.get(tenantId);
      if (found && found.until > now()) return found.book;
      const book = read(tenantId);
      books.set(tenantId, { book, until: now() + KEEP_MS });
      book.catch(() => books.delete(tenantId));
      return book;
    },
    forget: (tenantId) => {
      books.delete(tenantId);
    },
    async pinned(tenantId, policy) {
      const pins = await Promise.all(
        policy.content.calendarIds.map(async (id, i) => {
          const calendar = await calendars.get(tenantId, id);
          if (calendar && !calendar.archived) return [id, calendar.latest] as const;
          throw new Refusal('invalid', 'CALENDAR_NOT_FOUND', `calendar_ids[${i}]: there is no calendar ${id}`, {
            violations: [{ field: `calendar_ids[${i}]`, rule: 'calendar_not_found', description: 'is not there' }],
          });
        }),
      );
      const latest = new Map(pins);
      return policyOf(policy, (id) => ({ id, version: latest.get(id)! }));
    },
    async learn(tenantId, missing) {
      for (const pin of missing) {
        const calendar = await calendars.get(tenantId, pin.id, pin.version);
        if (calendar) remember(tenantId, calendar);
      }
    },
  };
};

const intersectAll = (all: Openings, one: Openings): Openings => (all === always ? one : intersect(all, one));
