import type { DayCounts } from './attended';
import { noCounts } from './attended';
import type { AgentEvent, AgentState } from './presence';
import { awayFor, NO_ANSWER } from './presence';
import type { Wellbeing } from './wellbeing';

const DAY = 86_400_000;
/** Passed on so soon after it was taken counts as quick. */
const QUICK_MS = 30_000;

export const emptyDay = (at: number): DayCounts => ({ day: Math.floor(at / DAY), at, ...noCounts });

const working = ({ load }: AgentState): boolean => load.some(({ state }) => state !== 'OFFERED');

/** The day with the time since it was counted last; what an open stretch brought up to a moment. */
export const countTime = (day: DayCounts, state: AgentState, at: number): DayCounts => {
  const passed = Math.max(0, Math.min(at, (day.day + 1) * DAY) - day.at);
  const works = working(state);
  if (passed === 0 || (!works && state.presence !== 'AVAILABLE')) return { ...day, at: Math.max(at, day.at) };
  return {
    ...day,
    at: Math.max(at, day.at),
    attendedMs: day.attendedMs + passed,
    workedMs: day.workedMs + (works ? passed : 0),
  };
};

/** The day of a moment: a new one after midnight, with the part of a stretch that lies in it. */
const dayAt = (before: AgentState, at: number): DayCounts => {
  const { day } = before;
  const number = Math.floor(at / DAY);
  if (!day) return emptyDay(at);
  if (day.day >= number) return countTime(day, before, at);
  return countTime({ ...emptyDay(number * DAY), day: number }, before, at);
};

/** Today's counts after an event. A day other than that of `before` begins a new one. */
export const countDay = (before: AgentState, event: AgentEvent, wellbeing: Wellbeing): DayCounts => {
  const day = dayAt(before, event.at);
  switch (event.type) {
    case 'taken':
      return { ...day, offers: day.offers + 1 };
    case 'moved_on': {
      if (event.state === 'ASSIGNED') return { ...day, answered: day.answered + 1 };
      if (!event.ended) return day;
      const short = event.ended.handledMs < wellbeing.shortContactSeconds * 1000 ? 1 : 0;
      return {
        ...day,
        ended: day.ended + 1,
        short: day.short + short,
        shortByAgent: day.shortByAgent + (event.ended.byAgent ? short : 0),
      };
    }
    case 'released': {
      const { why, handledMs } = event;
      const hard = event.hard && event.hard.length > 0 ? 1 : 0;
      return {
        ...day,
        declined: day.declined + (why === 'declined' ? 1 : 0),
        unanswered: day.unanswered + (why === 'no_answer' ? 1 : 0),
        left: day.left + (why === 'left' ? 1 : 0),
        quickTransfers: day.quickTransfers + (why === 'transferred' && handledMs < QUICK_MS ? 1 : 0),
        hard: day.hard + hard,
      };
    }
    case 'hard_noted':
      return { ...day, hard: day.hard + 1 };
    case 'presence_changed': {
      const { presence, reason } = before;
      if (event.to !== 'AVAILABLE' || presence !== 'NOT_READY' || reason === NO_ANSWER) return day;
      const short = awayFor(before, event.at) < wellbeing.shortBreakSeconds * 1000 ? 1 : 0;
      return { ...day, breaks: day.breaks + 1, shortBreaks: day.shortBreaks + short };
    }
    default:
      return day;
  }
};

/** The finished part of a day when an event began a new one. */
export const finishedDay = (before: AgentState, after: AgentState): DayCounts | undefined =>
  before.day && after.day && after.day.day > before.day.day
    ? countTime(before.day, before, (before.day.day + 1) * DAY)
    : undefined;
