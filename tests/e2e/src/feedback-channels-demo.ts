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
    const frame = await chat.until(({ type, text }) => type === 'message' && /\/s\//.test(String(text)), 60_000);
    const link = /https?:\/\/\S+\/s\/[\w-]+/.exec(String(frame['text']))![0];
    step('Fay is asked in the chat itself, over its WebSocket');
    const page = await fetch(link, { method: 'POST', body: new URLSearchParams({ 'q.csat': '5' }) });
    if (!page.ok) throw new Error(`the answer of the chat was not taken: ${page.status}`);
    return await eventually('her answer', () => answeredBy(product, surveyId, customer.id));
  } finally {
    chat.close();
  }
}

async function afterTheCall(product: Product, run: string, surveyId: string): Promise<string | undefined> {
  const from = `+4989${String(Date.now()).slice(-8)}`;
  const base = { CallSid: `CA${run}gus`, From: from, To: '+493012345678', Direction: 'inbound' };
  await postCallEvent(product, 'incoming', { ...base, CallStatus: 'ringing' });
  await postCallEvent(product, 'answered', { ...base, CallStatus: 'in-progress', AnsweredBy: 'agent-7' });
  const customer = await eventually('Gus', () => customerOf(product, 'PHONE', from));
  await conversationAbout(product, customer.id, 'voice', surveyId);
  // A key of the menu before the end is no answer.
  await postCallEvent(product, 'keypad', { ...base, Digits: '1' });
  await postCallEvent(product, 'ended', { ...base, CallStatus: 'completed', CallDuration: '41' });
  await postCallEvent(product, 'keypad', { ...base, Digits: '4' });
  step('Gus pressed 4 after the call; the provider posted it, signed');
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
  return ['page 5', 'keypad 4'].filter((wanted) => !given.includes(wanted));
}
