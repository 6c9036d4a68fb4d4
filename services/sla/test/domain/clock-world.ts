import { openingsOf } from '../../src/domain/calendar/calendar';
import { calendarOf } from '../../src/domain/calendar/draft';
import { always, intersect } from '../../src/domain/calendar/openings';
import type { Clock, Docket, Metric, Pin } from '../../src/domain/clock/clock';
import { emptyDocket } from '../../src/domain/clock/clock';
import { decide } from '../../src/domain/clock/decide';
import type { ClockCommand, ClockEvent } from '../../src/domain/clock/events';
import { evolve } from '../../src/domain/clock/evolve';
import type { Policy, Rules, Target } from '../../src/domain/clock/policy';

export const MIN = 60_000;
export const HOUR = 60 * MIN;
export const utc = (text: string) => Date.parse(`${text}Z`);

const hours = (zone: string, days: number[], opens: string, closes: string) =>
  openingsOf(
    calendarOf({
      zone,
      weekly: days.map((day) => ({ day, opens, closes })),
      breaks: [],
      special: [],
      holidays: [],
    }),
  );

const calendars: Record<string, ReturnType<typeof hours>> = {
  'desk@1': hours('Etc/UTC', [1, 2, 3, 4, 5], '10:00', '18:00'),
  'desk@2': hours('Etc/UTC', [1, 2, 3, 4, 5, 6, 7], '00:00', '24:00'),
  'berlin@1': hours('Europe/Berlin', [1, 2, 3, 4, 5], '09:00', '17:00'),
};

export const target = (metric: Metric, minutes: number, extra: Partial<Target> = {}): Target => ({
  metric,
  priority: '',
  channel: '',
  targetMs: minutes * MIN,
  businessTime: true,
  ...extra,
});

export const policy = (extra: Partial<Policy> = {}): Policy => ({
  id: 'p',
  version: 1,
  name: 'P',
  order: 0,
  conditions: [],
  calendars: [],
  targets: [],
  warnPercents: [],
  steps: [],
  ...extra,
});

export const rulesOf = (...policies: Policy[]): Rules => ({
  policies,
  openings: (pins: Pin[]) =>
    pins.map(({ id, version }) => calendars[`${id}@${version}`]!).reduce((a, b) => intersect(a, b), always),
});

export const facts = (extra: Partial<Docket['facts']> = {}): Docket['facts'] => ({
  ...emptyDocket('').facts,
  channel: 'email',
  ...extra,
});

/** A docket that follows commands; times are texts in UTC or milliseconds. */
export const follow = (rules: Rules, id = 'c1') => {
  let docket = emptyDocket(id);
  const events: ClockEvent[] = [];
  const told = () => events.flatMap((event) => (event.type === 'noted' ? [] : [event]));
  const self = {
    get docket() {
      return docket;
    },
    events,
    told,
    do(at: string | number, command: object & { type: ClockCommand['type'] }, using = rules) {
      const made = decide(docket, { at: typeof at === 'number' ? at : utc(at), ...command } as ClockCommand, using);
      docket = made.reduce(evolve, docket);
      events.push(...made);
      return made;
    },
    open: (at: string | number, extra: Partial<Docket['facts']> = {}, byCustomer = true) =>
      self.do(at, {
        type: 'open',
        facts: facts(extra),
        contactPoint: 'email:a@b.example',
        issueId: '',
        byCustomer,
      } as never),
    state: (at: string | number, to: string) => self.do(at, { type: 'stateChanged', to } as never),
    reply: (at: string | number) => self.do(at, { type: 'weReplied' }),
    customer: (at: string | number) => self.do(at, { type: 'customerWrote' }),
    change: (at: string | number, patch: object, using = rules) =>
      self.do(at, { type: 'factsChanged', facts: patch } as never, using),
    check: (at: string | number) => self.do(at, { type: 'check' }),
    clock: (metric: Metric): Clock => docket.clocks.findLast((clock) => clock.metric === metric)!,
    all: (metric: Metric): Clock[] => docket.clocks.filter((clock) => clock.metric === metric),
  };
  return self;
};

export const minutes = (clock: Clock) => clock.usedMs / MIN;
export const at = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time).toISOString().slice(0, 19);
