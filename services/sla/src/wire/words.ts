import { fromWire, wirePoint as pointOf, toWire } from '@throughline/core';
import type { commonV1, conversationV1, slaV1 } from '@throughline/proto';
import type { ClockState, ConversationState, Metric } from '../domain/clock/clock';
import type { PromiserKind, PromiseState } from '../domain/promise/promise';

export const wireMetric = toWire<slaV1.Metric>('METRIC');
export const metricOf = fromWire<Metric>('METRIC');
export const wireClockState = toWire<slaV1.ClockState>('CLOCK_STATE');
export const clockStateOf = fromWire<ClockState>('CLOCK_STATE');
export const wirePriority = toWire<conversationV1.Priority>('PRIORITY');
export const priorityOf = fromWire<string>('PRIORITY');
export const wireConversationState = toWire<conversationV1.ConversationState>('CONVERSATION_STATE');
export const conversationStateOf = fromWire<ConversationState>('CONVERSATION_STATE');
export const wirePromiseState = toWire<slaV1.PromiseState>('PROMISE_STATE');
export const promiseStateOf = fromWire<PromiseState>('PROMISE_STATE');
export const wirePromiser = toWire<slaV1.PromiserKind>('PROMISER_KIND');
export const promiserOf = fromWire<PromiserKind>('PROMISER_KIND');
export const wireAction = toWire<slaV1.EscalationActionKind>('ESCALATION_ACTION_KIND');
export const actionOf = fromWire<'notify' | 'raise_priority' | 'reroute' | 'page'>('ESCALATION_ACTION_KIND');

const days = ['UNSPECIFIED', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];

/** Monday is 1; 0 is no day. */
export const dayNumber = (day: slaV1.DayOfWeek): number => Math.max(days.indexOf(day.replace('DAY_OF_WEEK_', '')), 0);
export const wireDay = (day: number): slaV1.DayOfWeek => `DAY_OF_WEEK_${days[day]}` as slaV1.DayOfWeek;

export const wireTime = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));
export const wireSeconds = (ms: number): bigint => BigInt(Math.floor(ms / 1000));

export { pointText } from '@throughline/core';
export const wirePoint = (text: string): commonV1.ContactPoint | undefined => pointOf<commonV1.ContactPointType>(text);
