import type { Violation } from '@throughline/core';
import { Refusal } from '@throughline/core';
import type { FollowRouting, Transfer } from './commands';
import type { Actor, Conversation, Handover, Message } from './conversation';
import { exists } from './conversation';
import type { ConversationEvent, Details } from './events';
import type { Decision } from './transitions';
import { moveTo, notAllowed } from './transitions';

const fields: [keyof Handover, string, string][] = [
  ['issue', 'handover.issue', 'say what it is about'],
  ['tried', 'handover.tried', 'say what was tried'],
  ['promised', 'handover.promised', 'say what the customer was promised, or that nothing was'],
  ['nextStep', 'handover.next_step', 'say what is to be done now'],
];

/** Refuses a handover that leaves the next agent to ask again. */
export const incomplete = (handover: Handover): Refusal | undefined => {
  const violations: Violation[] = fields
    .filter(([name]) => handover[name].trim() === '')
    .map(([, field, description]) => ({ field, rule: 'required', description }));
  if (violations.length === 0) return undefined;
  const names = violations.map(({ field }) => field).join(', ');
  return new Refusal('precondition', 'HANDOVER_INCOMPLETE', `fill ${names} before passing it on`, { violations });
};

const assignment = (
  state: Conversation,
  to: { at: number; actor: Actor; assigneeId: string; queueId: string },
): ConversationEvent[] => {
  const { at, actor, assigneeId, queueId } = to;
  const { subject, language, topic, priority, tags, attributes } = state;
  const details: Details = { subject, language, topic, priority, tags, attributes, assigneeId, queueId };
  const changed = (['assigneeId', 'queueId'] as const).filter((field) => details[field] !== state[field]);
  if (changed.length === 0) return [];
  const events: ConversationEvent[] = [{ type: 'details_changed', at, actor, changed: [...changed], details }];
  if (assigneeId && state.state === 'NEW') events.push(moveTo('NEW', 'OPEN', { at, actor, reason: 'assigned' }));
  return events;
};

/** Passes the conversation on; who gets it is for routing to say. */
export const transfer = (state: Conversation, command: Transfer): Decision => {
  if (state.state === 'CLOSED' || state.state === 'SOLVED') return notAllowed(state, 'passed on');
  const missing = incomplete(command.handover);
  if (missing) return missing;
  const { type: _type, ...fields } = command;
  const events: ConversationEvent[] = [{ type: 'transferred', workItemId: '', ...fields }];
  // Where routing has the work, it says who gets it. Where it has not, the conversation is the agent's at once.
  if (state.routed.workItemId) return events;
  const { at, actor, toAgentId: assigneeId, toQueueId } = command;
  return [...events, ...assignment(state, { at, actor, assigneeId, queueId: toQueueId || state.queueId })];
};

const sameHandover = (a: Handover | undefined, b: Handover): boolean =>
  a !== undefined && fields.every(([name]) => a[name] === b[name]);

/**
 * What routing decided: the queue it waits in, the agent who has it, what was handed over. Events of one work item count
 * once, in their order; those of an earlier work item change nothing any more.
 */
export const followRouting = (state: Conversation, command: FollowRouting): Decision => {
  const { at, actor, workItemId, sequence } = command;
  const { routed } = state;
  const old = routed.workItemId === workItemId ? sequence <= routed.sequence : at < routed.at;
  if (!exists(state) || old) return [];
  const events: ConversationEvent[] = [{ type: 'routed', at, actor, workItemId, sequence }];
  const { transferred } = command;
  if (transferred && !sameHandover(state.handover, transferred.handover)) {
    events.push({ type: 'transferred', at, actor, workItemId, ...transferred });
  }
  const { assigneeId = state.assigneeId, queueId = state.queueId } = command;
  events.push(...assignment(state, { at, actor, assigneeId, queueId }));
  return events;
};

export interface Prefilled {
  handover: Handover;
  sources: { field: string; messageId: string }[];
}

const shortened = (text: string, most = 300): string => {
  const plain = text.replace(/\s+/g, ' ').trim();
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
};

/** A moment as the customer's clock shows it, with its zone. */
const localTime = (at: number, timeZone: string): string => {
  const zone = timeZone || 'UTC';
  const shown = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: zone });
  return `${shown.format(at)} (${zone})`;
};

// A sentence of ours that commits us: will, promise, by a time; the same in German and Chinese.
const commits =
  /\b(I|we)(['’]ll| will| promise)\b|\byou(['’]ll| will) (get|have|receive|hear)\b|\b(ich|wir) (werde|werden|verspreche|versprechen|melde|melden)\b|我们?会|保证|承诺/i;
const sentences = (text: string): string[] => text.match(/[^.!?。！？\n]+[.!?。！？]?/g) ?? [];

/** What the conversation itself says for a handover; a person checks it and fills what stays empty. `messages` oldest first. */
export const prefill = (state: Conversation, issueTitle: string, messages: readonly Message[]): Prefilled => {
  const sources: Prefilled['sources'] = [];
  const from = (field: string, list: readonly Message[]): void => {
    for (const { id } of list) sources.push({ field, messageId: id });
  };
  const written = messages.filter(({ kind, messageClass }) => kind === 'INBOUND' && messageClass === 'NORMAL');
  const ours = messages.filter(({ kind, automatic }) => kind !== 'INBOUND' && !automatic);
  const named = issueTitle || state.subject || state.topic;
  const [first] = written;
  if (named) sources.push({ field: 'issue', messageId: '' });
  else if (first) from('issue', [first]);
  const tried = ours.slice(-3);
  from('tried', tried);
  const promising = ours.filter(({ kind, text }) => kind === 'OUTBOUND' && commits.test(text));
  from('promised', promising);
  // What is kept as a promise stands first, with the day on which the customer's clock shows it is due.
  const kept = state.promises.filter(({ open: due }) => due);
  for (const _ of kept) sources.unshift({ field: 'promised', messageId: '' });
  const last = written.at(-1);
  const answered = messages.some(({ kind, position }) => kind === 'OUTBOUND' && position > (last?.position ?? 0));
  const open = last && !answered ? last : undefined;
  if (open) from('next_step', [open]);
  return {
    handover: {
      issue: named || shortened(first?.text ?? ''),
      tried: tried.map(({ kind, text }) => `${kind === 'NOTE' ? 'Noted' : 'Answered'}: ${shortened(text)}`).join('\n'),
      promised: [
        ...kept.map(({ what, dueAt, timeZone }) => `${what}, by ${localTime(dueAt, timeZone)}`),
        ...promising
          .flatMap(({ text }) => sentences(text).filter((sentence) => commits.test(sentence)))
          .map((sentence) => shortened(sentence)),
      ].join('\n'),
      nextStep: open ? `Answer what the customer wrote last: ${shortened(open.text)}` : '',
    },
    sources,
  };
};
