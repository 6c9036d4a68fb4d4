import { Refusal } from '@throughline/core';
import type { CalendarDraft } from '../domain/calendar/draft';
import { calendarOf } from '../domain/calendar/draft';
import { add } from '../domain/calendar/openings';
import type { PolicyContent } from '../domain/clock/policy-draft';
import { checkPolicy } from '../domain/clock/policy-draft';
import { withRules } from './decide-again';
import type { Asked, CalendarContent, Holidays, Kept, RuleBooks, VersionedStore } from './ports';

export interface SettingsDeps {
  calendars: VersionedStore<CalendarContent>;
  policies: VersionedStore<PolicyContent>;
  books: RuleBooks;
  holidays: Holidays;
  now(): number;
}

export interface Put {
  tenantId: string;
  id: string;
  /** Undefined for a new one; 0 for whatever version there is. */
  expectedVersion?: number | undefined;
  asked?: Asked | undefined;
}

const MONDAY = 1;

/** Refuses a new one whose id is taken, and a change of one that is not there or has moved on. */
const checked =
  (what: 'CALENDAR' | 'POLICY', { id, expectedVersion }: Put) =>
  (current: Kept<unknown> | undefined): void => {
    const there = current && !current.archived;
    if (expectedVersion === undefined) {
      if (current) throw new Refusal('already_exists', `${what}_EXISTS`, `${id} is or was the id of one already`);
      return;
    }
    if (!there) throw new Refusal('not_found', `${what}_NOT_FOUND`, `there is no ${what.toLowerCase()} ${id}`);
    if (expectedVersion > 0 && expectedVersion !== current.latest) {
      throw new Refusal('precondition', `${what}_CHANGED`, `the latest version is ${current.latest}`, {
        metadata: { version: String(current.latest) },
      });
    }
  };

/** Keeps a calendar: everything that decides about a due moment is resolved into plain dates now, once. */
export const putCalendar =
  ({ calendars, books, holidays, now }: SettingsDeps) =>
  async (put: Put, written: { name: string; draft: CalendarDraft; regions: CalendarContent['regions'] }) => {
    const at = now();
    const listed = await holidays(written.regions, new Date(at).getUTCFullYear());
    const { draft } = written;
    const own = new Set(draft.special.map(({ date }) => date));
    const worked = listed.worked.filter(({ date }) => !own.has(date));
    const spec = calendarOf({
      ...draft,
      special: [...draft.special, ...worked.map((day) => ({ ...day, hours: [], likeDay: MONDAY }))],
      holidays: [...draft.holidays, ...listed.closed],
    });
    const content = { ...written, spec };
    const kept = await calendars.put(put.tenantId, put.id, content, checked('CALENDAR', put), at, put.asked);
    books.forget(put.tenantId);
    return kept;
  };

/** Keeps a policy whose every target comes within the horizon. */
export const putPolicy =
  ({ policies, books, now }: SettingsDeps) =>
  async (put: Put, content: PolicyContent): Promise<Kept<PolicyContent>> => {
    const { tenantId, id } = put;
    const at = now();
    checkPolicy(content);
    const draft = { id, version: 0, latest: 0, content, createdAt: at, updatedAt: at, archived: false };
    const { calendars } = await books.pinned(tenantId, draft);
    await withRules(books, [tenantId], async (rules) => {
      const openings = rules(tenantId).openings(calendars);
      content.targets.forEach(({ targetMs, businessTime }, i) => {
        if (!businessTime || add(openings, at, targetMs) !== undefined) return;
        const description = 'would not be due within twenty years';
        throw new Refusal('invalid', 'DUE_TOO_FAR', `targets[${i}]: ${description}`, {
          violations: [{ field: `targets[${i}].target_seconds`, rule: 'due_too_far', description }],
        });
      });
    });
    const kept = await policies.put(tenantId, id, content, checked('POLICY', put), at, put.asked);
    books.forget(tenantId);
    return kept;
  };

/** Takes a calendar out of use, unless a policy needs it. */
export const archiveCalendar =
  ({ calendars, policies, books, now }: SettingsDeps) =>
  async ({ tenantId, id, asked }: Put): Promise<void> => {
    const using = (await policies.list(tenantId)).find(({ content }) => content.calendarIds.includes(id));
    if (using) {
      throw new Refusal('precondition', 'CALENDAR_IN_USE', `policy ${using.id} uses it`, {
        metadata: { policy_id: using.id },
      });
    }
    const found = await calendars.archive(tenantId, id, now(), asked);
    if (!found) throw new Refusal('not_found', 'CALENDAR_NOT_FOUND', `there is no calendar ${id}`);
    books.forget(tenantId);
  };

export const archivePolicy =
  ({ policies, books, now }: SettingsDeps) =>
  async ({ tenantId, id, asked }: Put): Promise<void> => {
    if (!(await policies.archive(tenantId, id, now(), asked))) {
      throw new Refusal('not_found', 'POLICY_NOT_FOUND', `there is no policy ${id}`);
    }
    books.forget(tenantId);
  };
