/** A promise about a share of events, and how to see those that broke it. */
export type Slo = {
  /** Alert name and runbook. */
  alert: string;
  about: string;
  /** Share of good events, for example 0.999. */
  objective: number;
  /** PromQL of bad and of all events per second over a window. */
  bad: (window: string) => string;
  all: (window: string) => string;
};

const rate = (series: string, window: string) => `sum(rate(${series}[${window}]))`;

/** Bad are those that no bucket up to `le` counted. */
const slower = (base: string, labels: string, le: string, window: string): string => {
  const inside = labels ? `{${labels}}` : '';
  const within = `{${[labels, `le="${le}"`].filter(Boolean).join(',')}}`;
  return `${rate(`${base}_count${inside}`, window)} - ${rate(`${base}_bucket${within}`, window)}`;
};

const intake = 'throughline_intake_acknowledgement_duration';
const age = 'throughline_bus_delivery_age';
const offers = 'throughline_routing_offers_duration';
const lateness = 'throughline_sla_timers_lateness';

export const slos: Slo[] = [
  {
    alert: 'IntakeNotAcknowledged',
    about: 'contacts are acknowledged, durable, within 1 s',
    objective: 0.999,
    bad: (window) =>
      `${rate(`${intake}_count`, window)} - ${rate(`${intake}_bucket{outcome="acknowledged",le="1"}`, window)}`,
    all: (window) => rate(`${intake}_count`, window),
  },
  {
    alert: 'TimelineBehind',
    about: 'events are on the timeline within 5 s of their publishing',
    objective: 0.99,
    bad: (window) => slower(age, 'group="journey"', '5', window),
    all: (window) => rate(`${age}_count{group="journey"}`, window),
  },
  {
    alert: 'OffersSlow',
    about: 'work that can be offered is offered, durable, within 1 s',
    objective: 0.995,
    bad: (window) => slower(offers, '', '1000', window),
    all: (window) => rate(`${offers}_count`, window),
  },
  {
    alert: 'TimersLate',
    about: 'clocks and promises take effect within 2.5 s of their due moment',
    objective: 0.99,
    bad: (window) => slower(lateness, '', '2500', window),
    all: (window) => rate(`${lateness}_count`, window),
  },
];

/** The windows of "Alerting on SLOs": a long one that matters and a short one that says it still goes on. */
export const burns = [
  { severity: 'page', factor: 14.4, long: '1h', short: '5m', wait: '2m', means: 'a month of budget in two days' },
  { severity: 'page', factor: 6, long: '6h', short: '30m', wait: '15m', means: 'a month of budget in five days' },
  {
    severity: 'ticket',
    factor: 1,
    long: '3d',
    short: '6h',
    wait: '1h',
    means: 'the budget of this month will not last',
  },
] as const;

export const windows = ['5m', '30m', '1h', '6h', '3d'] as const;
