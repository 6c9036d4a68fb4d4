// The part of the demo about routing: a call, a chat and a mail find their agents; one is declined, one relaxed, one passed on.
import { eventually } from '@throughline/testing';
import { openChat } from './world/chat';
import { sendMail } from './world/mail';
import { bold, dim, step } from './world/print';
import type { Product } from './world/product';
import type { Json } from './world/rest';
import { call } from './world/rest';
import { postCallEvent } from './world/voice';

type Work = {
  id: string;
  conversationId: string;
  state: string;
  agentId: string;
  offerId: string;
  decisionId: string;
  subject: string;
};

const policy = {
  id: 'default',
  name: 'Demo',
  rules: [
    { name: 'calls', when: { channels: ['voice'] }, queueId: 'phones', wrapUpSeconds: 1 },
    {
      name: 'mails to a lawyer',
      when: { channels: ['email'] },
      queueId: 'messages',
      skills: [{ skillId: 'legal', minProficiency: 2 }],
      relaxation: [{ afterSeconds: 2, dropSkillIds: ['legal'] }],
    },
    { name: 'everything else', queueId: 'messages' },
  ],
};

const agents = [
  { id: 'mia', name: 'Mia', queueIds: ['phones'] },
  { id: 'leo', name: 'Leo', queueIds: ['messages'] },
  { id: 'zoe', name: 'Zoe', queueIds: ['messages'], skills: [{ skillId: 'billing', proficiency: 4 }] },
  { id: 'ida', name: 'Ida', queueIds: ['second-line'], skills: [{ skillId: 'legal', proficiency: 5 }] },
];

/** Creates a resource, or brings the one of an earlier demo up to date. */
async function ensure(product: Product, path: string, field: string, resource: Json & { id: string }) {
  try {
    await call(product, 'POST', `/v1/${path}`, { [field]: resource });
  } catch (error) {
    if (!(error as Error).message.includes(': 409 ')) throw error;
    const { id, ...fields } = resource;
    await call(product, 'PATCH', `/v1/${path}/${id}`, {
      [field]: fields,
      updateMask: Object.keys(fields).join(','),
    });
  }
}

async function setUp(product: Product) {
  for (const id of ['billing', 'legal']) await ensure(product, 'skills', 'skill', { id, name: id });
  for (const id of ['phones', 'messages', 'second-line']) await ensure(product, 'queues', 'queue', { id, name: id });
  for (const agent of agents) await ensure(product, 'agents', 'agent', agent);
  await ensure(product, 'routing-policies', 'routingPolicy', policy);
}

const presence = (product: Product, id: string, to: string) =>
  call(product, 'POST', `/v1/agents/${id}:setPresence`, { presence: `PRESENCE_${to}` });

/** Ends what an earlier demo left open, so that the agents are free for this one. */
async function clear(product: Product) {
  for (const { id } of agents) await presence(product, id, 'OFFLINE');
  for (const state of ['ASSIGNED', 'WRAP_UP']) {
    const { workItems = [] } = await call(product, 'GET', `/v1/work-items?state=WORK_STATE_${state}&pageSize=200`);
    for (const { id } of workItems as Work[]) {
      await call(product, 'POST', `/v1/work-items/${id}:complete`, { reason: 'demo starts afresh', skipWrapUp: true });
    }
  }
  for (;;) {
    const { workItems = [] } = await call(product, 'GET', '/v1/work-items?state=WORK_STATE_QUEUED&pageSize=200');
    if ((workItems as Work[]).length === 0) return;
    for (const { id } of workItems as Work[]) {
      await call(product, 'POST', `/v1/work-items/${id}:cancel`, { reason: 'demo starts afresh' });
    }
    // The list follows what was done by a moment.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const agentOf = (id: string): string => agents.find((agent) => agent.id === id)?.name ?? id;

async function offered(product: Product, channel: string, since: number, notOffer = ''): Promise<Work> {
  return eventually(`an offer of the ${channel}`, async () => {
    const { workItems = [] } = await call(product, 'GET', '/v1/work-items?pageSize=20');
    const found = (workItems as (Work & { channel: string; arrivedAt: string })[]).find(
      (one) => one.channel === channel && Date.parse(one.arrivedAt) >= since && one.state === 'WORK_STATE_OFFERED',
    );
    return found && found.offerId !== notOffer && found;
  });
}

/** Takes an offer; the conversation then shows the agent. */
async function accept(product: Product, work: Work): Promise<void> {
  await call(product, 'POST', `/v1/offers/${work.offerId}:accept`, {});
  await eventually('the agent on the conversation', async () => {
    const { conversation } = await call(product, 'GET', `/v1/conversations/${work.conversationId}`);
    return (conversation as { assigneeId?: string }).assigneeId === work.agentId;
  });
}
const complete = (product: Product, work: Work) =>
  call(product, 'POST', `/v1/work-items/${work.id}:complete`, { reason: 'solved', skipWrapUp: true });

async function explain(product: Product, work: Work): Promise<void> {
  const decision = await eventually('the decision', async () => {
    const answer = await call(product, 'GET', `/v1/decisions/${work.decisionId}`);
    return answer.decision as { explanation: string };
  });
  console.log(dim(`  ${decision.explanation}`));
  const replay = await call(product, 'POST', `/v1/decisions/${work.decisionId}:replay`, {});
  if (!replay.same) throw new Error(`decided again, ${work.decisionId} differs: ${JSON.stringify(replay)}`);
  console.log(dim('  decided again from the stored inputs: the same answer'));
}

/** What somebody who waits is told: it is stored with the work. */
async function tellPosition(product: Product, since: number): Promise<void> {
  const waiting = await eventually('the mail in its queue', async () => {
    const { workItems = [] } = await call(product, 'GET', '/v1/work-items?state=WORK_STATE_QUEUED&pageSize=20');
    return (workItems as (Work & { channel: string; arrivedAt: string })[]).find(
      ({ channel, arrivedAt }) => channel === 'email' && Date.parse(arrivedAt) >= since,
    );
  });
  // It may be offered before we ask: then it waits no longer.
  const told = await call(product, 'GET', `/v1/work-items/${waiting.id}/position`).catch(() => undefined);
  if (!told) return;
  const { position, estimate, noEstimateReason } = told as Json & { estimate?: Json };
  const wait = estimate
    ? `${estimate['fromSeconds'] ?? 0} to ${estimate['toSeconds']} s`
    : `no estimate: ${noEstimateReason}`;
  console.log(dim(`  told, and remembered as told: number ${position} in line, ${wait}`));
}

/** Rest after a contact that its agent found hard, and what may be said of an agent at all. */
async function spare(product: Product, work: Work): Promise<void> {
  const set = (wellbeingPolicy: Json) => call(product, 'PUT', '/v1/wellbeing-policy', { wellbeingPolicy });
  await set({ hardContacts: {}, coolDown: { seconds: 60 } });
  await call(product, 'POST', `/v1/work-items/${work.id}:complete`, { reason: 'solved', skipWrapUp: true, hard: true });
  const { state } = await call(product, 'GET', `/v1/agents/${work.agentId}/state`);
  const { restReason, idleSince } = state as { restReason?: string; idleSince: string };
  if (!restReason) throw new Error(`${work.agentId} does not rest after a hard contact: ${JSON.stringify(state)}`);
  step(`${agentOf(work.agentId)} says that it was hard, and rests; nobody has to`);
  console.log(dim(`  ${restReason}; the place in line stays (${idleSince})`));
  await call(product, 'POST', `/v1/agents/${work.agentId}:endCoolDown`, {});
  const { agent, context } = await call(product, 'GET', `/v1/agents/${work.agentId}/conduct-indications`);
  const first = (agent as { indications: { meaning: string; finding: string; n?: string }[] }).indications[0]!;
  console.log(
    dim(`  ${first.meaning}: n ${first.n ?? 0}, ${first.finding}; ${(context as { caution: string }).caution}`),
  );
  await set({});
}

/** Runs the story and gives the address of the customer who wrote; throws when a step does not come true. */
export async function routingDemo(product: Product, run: string): Promise<string> {
  console.log(bold('\nWho gets what: three agents, a policy with three rules'));
  await setUp(product);
  await clear(product);
  for (const { id } of agents) await presence(product, id, 'AVAILABLE');
  step(
    'Mia answers calls, Leo and Zoe answer messages; a mail wants somebody with the skill "legal", who is not among them',
  );
  const since = Date.now() - 1_000;
  const writer = `max.${run}@example.org`;

  const phone = `+4940${String(Date.now()).slice(-8)}`;
  const params = { CallSid: `CA${run}routing`, From: phone, To: '+493012345678', Direction: 'inbound' };
  await postCallEvent(product, 'incoming', { ...params, CallStatus: 'ringing' });
  const ringing = await offered(product, 'voice', since);
  step(`A call comes in: offered to ${agentOf(ringing.agentId)}, who takes it`);
  await explain(product, ringing);
  await accept(product, ringing);

  const chat = await openChat(product, { id: `eva-${run}`, name: 'Eva' });
  await chat.say('e1', 'Hello, is anybody there?');
  const first = await offered(product, 'chat', since);
  await call(product, 'POST', `/v1/offers/${first.offerId}:decline`, { reason: 'on my way out' });
  const second = await offered(product, 'chat', since, first.offerId);
  step(`A chat: ${agentOf(first.agentId)} declines, it goes to ${agentOf(second.agentId)} at its original age`);
  await explain(product, second);
  await accept(product, second);

  await sendMail(product, {
    from: `Max <${writer}>`,
    subject: 'A question about my contract',
    text: 'Dear team, may I cancel by mail?',
  });
  step('A mail waits for "legal"; after two seconds the policy asks for less …');
  await tellPosition(product, since);
  const mail = await offered(product, 'email', since);
  step(`… and ${agentOf(mail.agentId)} is offered it`);
  await explain(product, mail);
  await accept(product, mail);
  await complete(product, second);

  const handover = {
    issue: 'Max wants to cancel his contract by mail',
    tried: 'read § 3, which does not say',
    promised: 'an answer by tomorrow noon',
    nextStep: 'decide whether a mail is enough, then write',
  };
  const refused = await call(product, 'POST', `/v1/work-items/${mail.id}:transfer`, {
    queueId: 'second-line',
    reason: 'contract terms need a second look',
    handover: { ...handover, promised: '' },
  }).then(
    () => 'was not refused',
    (error: Error) => error.message,
  );
  if (!refused.includes('HANDOVER_INCOMPLETE')) throw new Error(`a transfer without the promise: ${refused}`);
  step('A transfer that does not say what was promised is refused: HANDOVER_INCOMPLETE, handover.promised');
  await call(product, 'POST', `/v1/work-items/${mail.id}:transfer`, {
    queueId: 'second-line',
    reason: 'contract terms need a second look',
    handover,
  });
  step(`${agentOf(mail.agentId)} passes it on to the second line; it keeps its age`);
  const conversation = await eventually('the handover on the conversation', async () => {
    const { conversation: found } = await call(product, 'GET', `/v1/conversations/${mail.conversationId}`);
    const { assigneeId = '', queueId, handover: shown } = found as Json & { handover?: typeof handover };
    return queueId === 'second-line' && assigneeId === '' && shown;
  });
  console.log(dim(`  the next agent sees: ${conversation.issue}; promised: ${conversation.promised}`));
  const passed = await offered(product, 'email', since, mail.offerId);
  step(`${agentOf(passed.agentId)} of the second line is offered it and takes it; the conversation shows the agent`);
  await explain(product, passed);
  await accept(product, passed);

  await postCallEvent(product, 'ended', { ...params, CallStatus: 'completed', CallDuration: '12' });
  await eventually('the end of the call', async () => {
    const { workItem } = await call(product, 'GET', `/v1/work-items/${ringing.id}`);
    return ['WORK_STATE_WRAP_UP', 'WORK_STATE_COMPLETED'].includes((workItem as Work).state);
  });
  step('The caller hangs up: the call is over, Mia has a second for wrap-up');
  chat.close();
  const tried = {
    ...policy,
    rules: policy.rules.map((rule) => (rule.name === 'everything else' ? { ...rule, queueId: 'second-line' } : rule)),
  };
  const dry = await call(product, 'POST', '/v1/routing-policies/default:dryRun', { routingPolicy: tried });
  step('A dry run: what if chats went to the second line?');
  const differs = (dry['differences'] as { queueId: string; newQueueId: string; detail: string }[] | undefined) ?? [];
  const example = differs.find(({ queueId, newQueueId }) => queueId !== newQueueId);
  console.log(
    dim(`  of ${dry['decisions']} past offers ${dry['same'] ?? 0} would be the same; for instance: ${example?.detail}`),
  );
  const { report } = await call(product, 'GET', '/v1/queues/messages/report');
  const levels = (report as { serviceLevels: { variant: string; meaning: string; share?: number }[] }).serviceLevels;
  for (const { variant, meaning, share } of levels.slice(0, 3)) {
    const shown = share === undefined ? 'no data' : `${(share * 100).toFixed(1)} %`;
    console.log(dim(`  messages, ${variant} (${meaning}): ${shown}`));
  }
  await spare(product, passed);
  for (const { id } of agents) await presence(product, id, 'OFFLINE');
  return writer;
}
