// The part of the demo about being asked where one is: in the chat, and on the phone after the call.
import { eventually as eventuallyWithin } from '@throughline/testing';
import { openChat } from './world/chat';
import { bold, step } from './world/print';
import type { Product } from './world/product';
import { call } from './world/rest';
import { customerOf } from './world/timeline';
import { postCallEvent } from './world/voice';

const eventually = <T>(what: string, look: () => T | Promise<T>) => eventuallyWithin(what, look, 60_000);
const actor = { kind: 'ACTOR_KIND_AGENT', id: 'agent-7', displayName: 'Sam' };

type Question = { questionId: string; text: string; lowest: number; highest: number };

/** The customer's conversation on a channel, with the topic that the survey asks about. */
async function conversationAbout(product: Product, customerId: string, channel: string, topic: string) {
  const conversation = await eventually(`the ${channel} conversation`, async () => {
    const list = await call(product, 'GET', `/v1/conversations?customerId=${customerId}&channel=${channel}`);
    return (list.conversations as { id: string }[] | undefined)?.[0];
  });
  const path = `/v1/conversations/${conversation.id}`;
  await call(product, 'PATCH', path, { topic, updateMask: 'topic' });
  return path;
}

const answeredBy = async (product: Product, surveyId: string, customerId: string) => {
  const query = `surveyId=${surveyId}&customerId=${customerId}&state=INVITATION_STATE_ANSWERED`;
  const list = await call(product, 'GET', `/v1/survey-invitations?${query}`);
  type Answered = { answer: { via: string; values: { number?: number }[] } };
  const [one] = (list.invitations ?? []) as Answered[];
  return one && `${one.answer.via} ${one.answer.values[0]?.number}`;
};

async function inChat(product: Product, run: string, surveyId: string): Promise<string | undefined> {
  const visitor = `fay-${run}`;
  const chat = await openChat(product, { id: visitor, name: 'Fay' });
  try {
    await chat.say('f1', 'How do I send it back?');
    const customer = await eventually('Fay', () => customerOf(product, 'CHAT', visitor));
    const path = await conversationAbout(product, customer.id, 'chat', surveyId);
    await call(product, 'POST', `${path}/messages`, { text: 'With the label in the box.', actor });
    await call(product, 'POST', `${path}:solve`, { reason: 'answered', actor });
    const frame = await chat.until(({ type, question }) => type === 'message' && question !== undefined, 60_000);
    const { questionId, text, lowest, highest } = frame['question'] as Question;
    step(`Fay is asked in the chat itself, with ${highest - lowest + 1} values to press: ${text}`);
    await chat.choose('f2', questionId, 5);
    return await eventually('her answer', () => answeredBy(product, surveyId, customer.id));
  } finally {
    chat.close();
  }
}

async function afterTheCall(product: Product, run: string, surveyId: string): Promise<string | undefined> {
  const from = `+4989${String(Date.now()).slice(-8)}`;
  const base = { CallSid: `CA${run}gus`, From: from, To: '+493012345678', Direction: 'inbound' };
  await postCallEvent(product, 'incoming', { ...base, CallStatus: 'ringing' });
  const customer = await eventually('Gus', () => customerOf(product, 'PHONE', from));
  await conversationAbout(product, customer.id, 'voice', surveyId);
  await postCallEvent(product, 'answered', { ...base, CallStatus: 'in-progress', AnsweredBy: 'agent-7' });
  // A key of a menu is no answer.
  await postCallEvent(product, 'keypad', { ...base, Digits: '1' });
  // The agent leaves the call; in it, it was decided meanwhile that Gus is asked.
  const left = { ...base, CallStatus: 'in-progress', DialCallStatus: 'completed' };
  const asked = await eventually('the question after the call', async () => {
    const instructions = await postCallEvent(product, 'after', left);
    return instructions.includes('<Gather') && instructions;
  });
  step(`Gus is asked on the phone: ${/<Say[^>]*>([^<]*)</.exec(asked)![1]}`);
  const answerTo = /action="[^"]*\/(keypad\?question=[\w-]+)"/.exec(asked)![1]!;
  await postCallEvent(product, answerTo, { ...base, CallStatus: 'in-progress', Digits: '4' });
  await postCallEvent(product, 'ended', { ...base, CallStatus: 'completed', CallDuration: '41' });
  step('Gus pressed 4; the provider posted it, signed');
  return eventually('his answer', () => answeredBy(product, surveyId, customer.id));
}

/** Runs it; gives what went wrong. */
export async function feedbackChannelsDemo(product: Product, run: string): Promise<string[]> {
  console.log(bold('\nFay is asked in the chat, Gus after his call'));
  const surveyId = `channels-${run}`;
  const content = {
    name: 'Where they are',
    conditions: [{ field: 'topic', anyOf: [surveyId] }],
    questions: [{ id: 'csat', kind: 'QUESTION_KIND_CSAT', required: true }],
    delaySeconds: 3,
    keypad: true,
  };
  await call(product, 'POST', '/v1/surveys', { surveyId, content }, { 'idempotency-key': `survey-${surveyId}` });
  // A service that read the surveys just before keeps them for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const given = [await inChat(product, run, surveyId), await afterTheCall(product, run, surveyId)];
  step(`Answers: ${given.join(', ')}`);
  return ['chat 5', 'keypad 4'].filter((wanted) => !given.includes(wanted));
}
