import { invalidField, Refusal } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import { fromAttachment, fromState } from '../../contract/names';
import { presentMessage } from '../../contract/present';
import type { Conversation, ConversationState, MailThreading, Message } from '../../domain/conversation';
import type { ActingRequest } from '../../use-cases/ports';
import { sanitised } from '../sanitise';
import type { Deps, Rpc } from './deps';
import { acting, change, presented } from './deps';

type Request = conversationV1.SendMessageRequest;

const follows = new Set(['', 'PENDING', 'OPEN', 'ON_HOLD', 'SOLVED']);
// A line break in a subject would become a header of its own.
const breaks = /[\r\n\u2028\u2029\0]/;

const subjectFor = (request: Request, state: Conversation): string => {
  if (request.subject) return request.subject;
  if (state.channel !== 'email' || !state.subject) return '';
  return /^re:/i.test(state.subject) ? state.subject : `Re: ${state.subject}`.slice(0, 998);
};

const messageFor = (id: string, request: Request, state: Conversation, by: ActingRequest, at: number): Message => ({
  id,
  kind: 'OUTBOUND',
  author: by.actor,
  channel: state.channel,
  subject: subjectFor(request, state),
  text: request.text,
  html: request.html ? sanitised(request.html) : '',
  attachments: request.attachments.map(fromAttachment),
  at,
  messageClass: 'NORMAL',
  automatic: false,
  mentions: [],
  mailId: '',
  position: 0,
});

const mailFor = (deps: Deps, state: Conversation, messageId: string): MailThreading | undefined =>
  state.channel === 'email'
    ? {
        replyToken: deps.tokens.sign(state.tenantId, messageId),
        inReplyTo: state.mailIds.at(-1) ?? '',
        references: state.mailIds.slice(-20),
        autoSubmitted: false,
      }
    : undefined;

/** Replies to the customer: the message is durable with the answer and leaves through the channel's adapter. */
export const sendMessage: Rpc<'sendMessage'> = (deps) => async (request, call) => {
  const by = acting('SendMessage', request, call, conversationV1.SendMessageRequest);
  const thenState = fromState(request.thenState);
  if (!follows.has(thenState)) throw invalidField('then_state', 'in', 'must be PENDING, OPEN, ON_HOLD or SOLVED');
  if (breaks.test(request.subject)) throw invalidField('subject', 'format', 'must be one line');
  const id = by.requestId
    ? deps.commands.claimOf('message', by.tenantId, request.conversationId, by.requestId)
    : deps.commands.claimOf('message', deps.commands.newId());
  const at = deps.commands.now();
  const { state } = await change(deps, by, request.conversationId, (current) => {
    if (!deps.settings.sendingChannels.includes(current.channel)) {
      throw new Refusal('precondition', 'CHANNEL_CANNOT_SEND', `no text can be sent on channel ${current.channel}`);
    }
    return {
      subjectId: id,
      claims: [id],
      commands: [
        {
          type: 'send',
          at,
          actor: by.actor,
          message: messageFor(id, request, current, by, at),
          mail: mailFor(deps, current, id),
          thenState: thenState as ConversationState | '',
          wrapUpCode: '',
          policy: deps.settings.policy,
        },
      ],
    };
  });
  const stored = (await deps.log.messageById(by.tenantId, id))?.message;
  const message = stored ?? messageFor(id, request, state, by, at);
  return { message: presentMessage(message, state), conversation: await presented(deps, state) };
};
