import type { slaV1 } from '@throughline/proto';
import { timeText } from '../domain/calendar/times';
import type { PolicyContent } from '../domain/clock/policy-draft';
import type { CalendarContent, Kept } from '../use-cases/ports';
import {
  actionOf,
  conversationStateOf,
  dayNumber,
  metricOf,
  priorityOf,
  wireAction,
  wireConversationState,
  wireDay,
  wireMetric,
  wirePriority,
} from './words';

type WrittenCalendar = Pick<
  slaV1.UpdateCalendarRequest,
  'name' | 'timeZone' | 'weeklyHours' | 'breaks' | 'specialDays' | 'holidays' | 'holidayRegions'
>;

const weekly = (hours: slaV1.WeeklyHours[]) =>
  hours.map(({ day, opens, closes }) => ({ day: dayNumber(day), opens, closes }));

/** A calendar as somebody wrote it. */
export const readCalendar = (written: WrittenCalendar): Omit<CalendarContent, 'spec'> => ({
  name: written.name,
  draft: {
    zone: written.timeZone,
    weekly: weekly(written.weeklyHours),
    breaks: weekly(written.breaks),
    special: written.specialDays.map(({ date, name, hours, likeDay }) => ({
      date,
      name,
      hours: hours.map(({ opens, closes }) => ({ opens, closes })),
      likeDay: dayNumber(likeDay),
    })),
    holidays: written.holidays.map(({ date, name }) => ({ date, name })),
  },
  regions: written.holidayRegions.map(({ country, state, region, makeUpWorkdays }) => ({
    country,
    state,
    region,
    makeUpWorkdays,
  })),
});

const wireWeekly = (hours: { day: number; opens: string; closes: string }[]): slaV1.WeeklyHours[] =>
  hours.map(({ day, opens, closes }) => ({ day: wireDay(day), opens, closes }));

export const wireCalendar = (kept: Kept<CalendarContent>): slaV1.Calendar => {
  const { name, draft, regions, spec } = kept.content;
  return {
    id: kept.id,
    version: BigInt(kept.version),
    name,
    timeZone: draft.zone,
    weeklyHours: wireWeekly(draft.weekly),
    breaks: wireWeekly(draft.breaks),
    specialDays: draft.special.map(({ likeDay, ...day }) => ({ ...day, likeDay: wireDay(likeDay) })),
    holidays: draft.holidays,
    holidayRegions: regions,
    resolvedDays: spec.days.map(({ date, name: called, hours }) => ({
      date,
      name: called,
      hours: hours.map(({ from, to }) => ({ opens: timeText(from), closes: timeText(to) })),
    })),
    createdAt: new Date(kept.createdAt),
    updatedAt: new Date(kept.updatedAt),
  };
};

type WrittenPolicy = Pick<
  slaV1.UpdateSlaPolicyRequest,
  'name' | 'order' | 'conditions' | 'calendarIds' | 'targets' | 'warnPercents' | 'escalationSteps'
>;

/** A policy as somebody wrote it. */
export const readPolicy = (written: WrittenPolicy): PolicyContent => ({
  name: written.name,
  order: written.order,
  conditions: written.conditions.map(({ field, anyOf }) => ({ field, anyOf })),
  calendarIds: written.calendarIds,
  targets: written.targets.map(({ metric, priority, channel, targetSeconds, calendarTime, pauseIn }) => ({
    metric: metricOf(metric),
    priority: priorityOf(priority),
    channel,
    targetMs: targetSeconds * 1000,
    businessTime: !calendarTime,
    ...(pauseIn.length > 0 ? { pauseIn: pauseIn.map(conversationStateOf) } : {}),
  })),
  warnPercents: written.warnPercents,
  steps: written.escalationSteps.map(({ percent, name, actions }) => ({
    percent,
    name,
    actions: actions.map(({ kind, to }) => ({ kind: actionOf(kind), to })),
  })),
});

export const wirePolicy = (kept: Kept<PolicyContent>): slaV1.SlaPolicy => {
  const { content } = kept;
  return {
    id: kept.id,
    version: BigInt(kept.version),
    name: content.name,
    order: content.order,
    conditions: content.conditions,
    calendarIds: content.calendarIds,
    targets: content.targets.map(({ metric, priority, channel, targetMs, businessTime, pauseIn }) => ({
      metric: wireMetric(metric),
      priority: wirePriority(priority),
      channel,
      targetSeconds: targetMs / 1000,
      calendarTime: !businessTime,
      pauseIn: (pauseIn ?? []).map(wireConversationState),
    })),
    warnPercents: content.warnPercents,
    escalationSteps: content.steps.map(({ percent, name, actions }) => ({
      percent,
      name,
      actions: actions.map(({ kind, to }) => ({ kind: wireAction(kind), to })),
    })),
    createdAt: new Date(kept.createdAt),
    updatedAt: new Date(kept.updatedAt),
  };
};
