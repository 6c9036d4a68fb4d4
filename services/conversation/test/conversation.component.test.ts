import { customerIdFor } from '@throughline/core';
import { channelV1, commonV1, journeyV1, routingV1, slaV1, conversationV1 as v1 } from '@throughline/proto';
import { chat, email, mail } from './support/intake-harness';
import type { Client, Running } from './support/running';
import { eventually, startService } from './support/running';

let service: Running;
let client: Client;
let serial = 0;
const tenant = () => {
  serial += 1;
  return `tenant-${process.pid}-${serial}`;
};

beforeAll(async () => {
  service = await startService({ CONVERSATION_REQUIRED_ON_SOLVE: 'wrap_up_code' });
}, 60_000);
afterAll(() => service.stop(), 30_000);

const list = (by: Client, query: object = {}) => by.listConversations(v1.ListConversationsRequest.fromPartial(query));
const onlyConversation = (by: Client, query: object = {}) =>
  eventually(async () => {
    const { conversations } = await list(by, query);
    return conversations.length === 1 ? conversations[0] : undefined;
  });
// What is read back may be there a moment before its event is.
const toldOf = (tenantId: string, type: string, count: number) =>
  eventually(() => {
    const told = service.conversationEvents(tenantId).filter(({ event }) => event.type.endsWith(type));
    return told.length >= count ? told : undefined;
  });
const create = (by: Client, extra: object = {}) =>
  by
    .createConversation(
      v1.CreateConversationRequest.fromPartial({
        channel: 'email',
        contactPoint: email('ada@example.org'),
        subject: 'Order 7',
        ...extra,
      }),
    )
    .then(({ conversation }) => conversation as v1.Conversation);
const refusal = async (call: Promise<unknown>) => {
  try {
    await call;
  } catch (error) {
    return error as { reason: string; kind: string; violations: { field: string; rule: string }[] };
  }
  throw new Error('was not refused');
};

describe('from channel to topic', () => {
  test('the same event 50 times has one effect, with the attributes journey needs', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const event = chat('room', 'e1', 'hello', {
      identities: [{ contactPoint: email('Ada@Example.org'), evidence: 'visitor_token' }],
    });
    await service.publish(id, ...Array.from({ length: 50 }, () => event), chat('room', 'e2', 'are you there?'));
    const conversation = await onlyConversation(client);
    expect(conversation.messageCount).toBe(2n);
    const events = await toldOf(id, '', 4);
    expect(events.map(({ event: one }) => one.type.split('.').pop())).toEqual([
      'ConversationOpened',
      'ContactIdentified',
      'MessageReceived',
      'MessageReceived',
    ]);
    expect(events.map(({ event: one }) => one.id)).toEqual([1, 2, 3, 4].map((n) => `${conversation.id}/${n}`));
    for (const { key, event: one } of events) {
      expect(key).toBe(`${id}/${conversation.id}`);
      expect(one).toMatchObject({
        contactPoint: 'chat:visitor-room',
        conversationId: conversation.id,
        channel: 'chat',
      });
    }
    const identified = v1.ContactIdentified.decode(events[1]?.event.data ?? new Uint8Array());
    expect(identified.verified).toMatchObject([
      { contactPoint: { value: 'ada@example.org' }, evidence: 'visitor_token' },
    ]);
  });

  test('a refused call command is a step of its conversation, also without a thread, and opens none', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const inbound = (threadKey: string, eventKey: string, payload: object) =>
      channelV1.InboundEvent.fromPartial({
        channel: 'voice',
        adapter: 'test-voice',
        threadKey,
        eventKey,
        occurredAt: new Date(),
        payload: payload as never,
      });
    const refused = (commandId: string, conversationId: string) => ({
      $case: 'callCommandRefused',
      value: { commandId, conversationId },
    });
    await service.publish(id, inbound('CA1', '1', { $case: 'callStarted', value: {} }));
    const conversation = await eventually(() => onlyConversation(client));
    await service.publish(
      id,
      inbound('CA1', '2', refused('a/connect', '')),
      inbound('command/b', '3', refused('b/connect', conversation.id)),
      inbound('command/b', '3', refused('b/connect', conversation.id)),
      inbound('command/c', '4', refused('c/connect', 'no-such-conversation')),
      inbound('CA1', '5', { $case: 'callHeld', value: {} }),
    );
    const told = await toldOf(id, 'CallProgressed', 4);
    const steps = told.map(({ event }) => v1.CallProgressed.decode(event.data));
    // Two threads, so two keys: only within each is there an order.
    expect(steps.map(({ step, detail }) => `${step} ${detail}`).sort()).toEqual([
      'command_refused a/connect',
      'command_refused b/connect',
      'held ',
      'started inbound',
    ]);
    await onlyConversation(client);
  });

  test('an answer to a question of the channel is no message: it opens nothing', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const inbound = (threadKey: string, eventKey: string, payload: object) =>
      channelV1.InboundEvent.fromPartial({
        channel: 'chat',
        adapter: 'test-chat',
        threadKey,
        eventKey,
        occurredAt: new Date(),
        contactPoint: { type: commonV1.ContactPointType.CHAT, value: threadKey },
        payload: payload as never,
      });
    const answer = { $case: 'questionAnswered', value: { questionId: 'ask_1', value: 4 } };
    const message = { $case: 'messageReceived', value: { text: 'Hello', messageClass: channelV1.MessageClass.NORMAL } };
    await service.publish(
      id,
      inbound('fay', '1', answer),
      inbound('fay', '2', { $case: 'questionAsked', value: { questionId: 'ask_1' } }),
      inbound('fay', '3', message),
    );
    await toldOf(id, 'MessageReceived', 1);
    await onlyConversation(client);
    const first = service.conversationEvents(id)[0]!.event;
    expect(first.type).toContain('ConversationOpened');
    expect(service.conversationEvents(id).filter(({ event }) => event.type.endsWith('MessageReceived'))).toHaveLength(
      1,
    );
  });

  test('steps of a call make one conversation, in order', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const step = (key: string, payload: object) =>
      channelV1.InboundEvent.fromPartial({
        channel: 'voice',
        adapter: 'test-voice',
        threadKey: 'CA1',
        eventKey: key,
        occurredAt: new Date(),
        contactPoint: { type: commonV1.ContactPointType.PHONE, value: '+4930123456' },
        payload: payload as never,
      });
    await service.publish(
      id,
      step('1', { $case: 'callStarted', value: {} }),
      step('2', { $case: 'callQueued', value: { queue: 'sales' } }),
      step('3', { $case: 'callAnswered', value: { answeredBy: 'agent-9' } }),
      step('4', { $case: 'callHeld', value: {} }),
      step('5', { $case: 'callEnded', value: { reason: channelV1.CallEndReason.COMPLETED, durationSeconds: 61n } }),
    );
    const conversation = await eventually(async () => {
      const one = await onlyConversation(client);
      return one.callState === v1.CallState.ENDED ? one : undefined;
    });
    expect(conversation).toMatchObject({ state: v1.ConversationState.OPEN, channel: 'voice' });
    const told = await toldOf(id, 'CallProgressed', 5);
    const steps = told.map(({ event }) => v1.CallProgressed.decode(event.data).step);
    expect(steps).toEqual(['started', 'queued', 'answered', 'held', 'ended']);
  });

  test('an event that breaks a rule is a dead letter with field and rule; other threads go on', async () => {
    const id = tenant();
    client = service.clientFor(id);
    await service.publish(
      id,
      chat('bad', 'b1', 'x', { channel: 'Not A Channel' }),
      chat('bad2', 'b2', 'x', { occurredAt: undefined }),
      chat('good', 'g1', 'hello'),
    );
    await onlyConversation(client);
    const letters = await eventually(async () => {
      const found = await service.deadLetters();
      return found.length >= 2 ? found : undefined;
    });
    expect(letters.map((letter) => letter.reason)).toEqual(expect.arrayContaining(['INVALID_EVENT', 'INVALID_EVENT']));
  });
});

describe('replies', () => {
  test('a reply leaves with threading headers, its answer joins, delivery states only rise', async () => {
    const id = tenant();
    client = service.clientFor(id);
    await service.publish(id, mail({ id: 'm1@x', from: 'ada@example.org', subject: 'Order 7' }));
    const conversation = await onlyConversation(client);
    const conversationId = conversation.id;
    const request = v1.SendMessageRequest.fromPartial({ conversationId, text: 'It is on its way.', requestId: 'r1' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.sendMessage(request)));
    expect(new Set(answers.map(({ message }) => message?.id)).size).toBe(1);
    expect(answers[0]?.conversation?.state).toBe(v1.ConversationState.PENDING);
    const sends = await eventually(() => {
      const found = service.sends(id).filter((send) => send.purpose === channelV1.SendPurpose.REPLY);
      return found.length > 0 ? found : undefined;
    });
    expect(new Set(sends.map((send) => send.messageId)).size).toBe(1);
    const [send] = sends;
    expect(send).toMatchObject({
      subject: 'Re: Order 7',
      from: 'help@shop.example',
      to: { value: 'ada@example.org' },
      threadKey: 'm1@x',
      email: { inReplyTo: 'm1@x', references: ['m1@x'], autoSubmitted: false },
    });
    await client.addNote(v1.AddNoteRequest.fromPartial({ conversationId, text: 'told him' }));
    // What happened since does not show in an answer that is given again.
    expect(await client.sendMessage(request)).toEqual(answers[0]);
    const reused = { ...request, text: 'something else' };
    expect((await refusal(client.sendMessage(reused))).reason).toBe('IDEMPOTENCY_KEY_REUSED');

    await service.publish(
      id,
      mail({
        id: 'm2@x',
        from: 'ada@example.org',
        subject: 'Re: Order 7',
        thread: 'z',
        inReplyTo: `${send?.email?.replyToken}@shop.example`,
      }),
    );
    const reopened = await eventually(async () => {
      const { conversation: now } = await client.getConversation({ conversationId });
      return now?.state === v1.ConversationState.OPEN ? now : undefined;
    });
    expect(reopened.id).toBe(conversationId);

    const status = (state: channelV1.DeliveryState, key: string) =>
      channelV1.InboundEvent.fromPartial({
        channel: 'email',
        adapter: 'test-email',
        threadKey: 'status',
        eventKey: key,
        occurredAt: new Date(),
        payload: {
          $case: 'deliveryStatusChanged',
          value: { messageId: send?.messageId ?? '', conversationId: '', state },
        },
      });
    const { DeliveryState } = channelV1;
    await service.publish(
      id,
      status(DeliveryState.DELIVERED, 's1'),
      status(DeliveryState.SENT, 's2'),
      status(DeliveryState.READ, 's3'),
    );
    const messages = await eventually(async () => {
      const page = await client.listMessages(v1.ListMessagesRequest.fromPartial({ conversationId }));
      return page.messages.some((one) => one.deliveryState === DeliveryState.READ) ? page.messages : undefined;
    });
    expect(messages.filter((one) => !one.automatic).map((one) => one.kind)).toEqual([
      v1.MessageKind.INBOUND,
      v1.MessageKind.OUTBOUND,
      v1.MessageKind.NOTE,
      v1.MessageKind.INBOUND,
    ]);
    expect(messages.find((one) => one.threading?.outcome === v1.ThreadingOutcome.JOINED)?.threading?.score).toBe(100);
    const told = await toldOf(id, 'MessageDeliveryChanged', 2);
    expect(told.map(({ event }) => v1.MessageDeliveryChanged.decode(event.data).state)).toEqual([
      DeliveryState.DELIVERED,
      DeliveryState.READ,
    ]);
  });

  test('voice cannot send text, closed and merged conversations refuse by name', async () => {
    client = service.clientFor(tenant());
    const voice = await create(client, {
      channel: 'voice',
      contactPoint: { type: commonV1.ContactPointType.PHONE, value: '+4930123456' },
    });
    const send = (conversationId: string) =>
      client.sendMessage(v1.SendMessageRequest.fromPartial({ conversationId, text: 'x' }));
    expect((await refusal(send(voice.id))).reason).toBe('CHANNEL_CANNOT_SEND');
    const { id } = await create(client);
    await client.solveConversation(v1.SolveConversationRequest.fromPartial({ conversationId: id, wrapUpCode: 'ok' }));
    await client.closeConversation(v1.CloseConversationRequest.fromPartial({ conversationId: id }));
    expect((await refusal(send(id))).reason).toBe('CONVERSATION_CLOSED');
    expect((await refusal(send('nobody'))).reason).toBe('CONVERSATION_NOT_FOUND');
  });
});

describe('states', () => {
  test('solve needs its fields; a thank-you leaves it solved, a question opens it, after closing a new one follows', async () => {
    const id = tenant();
    client = service.clientFor(id);
    await service.publish(id, chat('room', 'e1', 'my lamp is broken'));
    const { id: conversationId } = await onlyConversation(client);
    const solve = (wrapUpCode: string) =>
      client.solveConversation(v1.SolveConversationRequest.fromPartial({ conversationId, wrapUpCode }));
    const refused = await refusal(solve(''));
    expect(refused.reason).toBe('SOLVE_FIELDS_MISSING');
    expect(refused.violations).toMatchObject([{ field: 'wrap_up_code', rule: 'required' }]);
    const { issue } = await client.createIssue(v1.CreateIssueRequest.fromPartial({ title: 'Lamps' }));
    await client.linkConversation(v1.LinkConversationRequest.fromPartial({ conversationId, issueId: issue?.id ?? '' }));
    await solve('repaired');
    const now = async () => (await client.getConversation({ conversationId })).conversation;
    await service.publish(id, chat('room', 'e2', 'Thank you so much!'));
    await eventually(async () => ((await now())?.messageCount === 2n ? true : undefined));
    expect((await now())?.state).toBe(v1.ConversationState.SOLVED);
    await service.publish(id, chat('room', 'e3', 'It is broken again, what now?'));
    await eventually(async () => ((await now())?.state === v1.ConversationState.OPEN ? true : undefined));
    expect((await now())?.reopenCount).toBe(1);
    await solve('repaired');
    await client.closeConversation(v1.CloseConversationRequest.fromPartial({ conversationId }));
    await service.publish(id, chat('room', 'e4', 'And now it smokes'));
    const follower = await eventually(async () => {
      const { conversations } = await list(client, { issueId: issue?.id });
      return conversations.find((one) => one.id !== conversationId);
    });
    expect(follower).toMatchObject({ state: v1.ConversationState.NEW, messageCount: 1n });
    expect((await client.getIssue({ issueId: issue?.id ?? '' })).issue?.conversationIds.sort()).toEqual(
      [conversationId, follower.id].sort(),
    );
  });

  test('transitions that make no sense are refused, repeated ones change nothing', async () => {
    client = service.clientFor(tenant());
    const { id: conversationId } = await create(client);
    const hold = () => client.holdConversation(v1.HoldConversationRequest.fromPartial({ conversationId }));
    const first = await hold();
    expect((await hold()).conversation?.sequence).toBe(first.conversation?.sequence);
    expect(
      (await refusal(client.closeConversation(v1.CloseConversationRequest.fromPartial({ conversationId })))).reason,
    ).toBe('TRANSITION_NOT_ALLOWED');
    const snooze = (until: Date) =>
      client.snoozeConversation(v1.SnoozeConversationRequest.fromPartial({ conversationId, until }));
    expect((await refusal(snooze(new Date(Date.now() - 1000)))).violations).toMatchObject([{ field: 'until' }]);
    await snooze(new Date(Date.now() + 300));
    const woken = await eventually(async () => {
      const { conversation } = await client.getConversation({ conversationId });
      return conversation && !conversation.snoozedUntil ? conversation : undefined;
    });
    expect(woken.state).toBe(v1.ConversationState.OPEN);
  });

  test('drafts are shared by revision, notes mention, details change by mask', async () => {
    client = service.clientFor(tenant());
    const { id: conversationId } = await create(client);
    const save = (text: string, baseRevision: bigint) =>
      client.saveDraft(v1.SaveDraftRequest.fromPartial({ conversationId, text, baseRevision }));
    expect((await save('Dear', 0n)).draft?.revision).toBe(1n);
    expect((await refusal(save('Hello', 0n))).reason).toBe('DRAFT_CHANGED');
    const note = await client.addNote(
      v1.AddNoteRequest.fromPartial({ conversationId, text: 'ask Bob', mentions: ['bob', 'bob'] }),
    );
    expect(note.message).toMatchObject({ kind: v1.MessageKind.NOTE, mentions: ['bob'], position: 1n });
    const update = (updateMask: string[], extra: object) =>
      client.updateConversation({
        ...v1.UpdateConversationRequest.fromPartial({ conversationId, ...extra }),
        updateMask,
      });
    const { conversation } = await update(['priority', 'tags', 'assignee_id'], {
      priority: v1.Priority.URGENT,
      tags: ['vip'],
      assigneeId: 'a1',
      subject: 'ignored',
    });
    expect(conversation).toMatchObject({
      priority: v1.Priority.URGENT,
      tags: ['vip'],
      assigneeId: 'a1',
      subject: 'Order 7',
      state: v1.ConversationState.OPEN,
    });
    expect((await refusal(update(['nonsense'], {}))).violations).toMatchObject([{ field: 'update_mask' }]);
  });
});

describe('merge, split, re-thread', () => {
  test('merged messages move, later ones follow, split and re-threading move them back', async () => {
    const id = tenant();
    client = service.clientFor(id);
    await service.publish(id, chat('a', 'a1', 'one'), chat('a', 'a2', 'two'));
    const source = await onlyConversation(client);
    const target = await create(client);
    const merge = v1.MergeConversationsRequest.fromPartial({
      conversationId: source.id,
      intoConversationId: target.id,
      requestId: 'm',
    });
    const merged = await client.mergeConversations(merge);
    expect(merged.conversation).toMatchObject({ id: target.id, messageCount: 2n });
    expect((await client.mergeConversations(merge)).conversation?.messageCount).toBe(2n);
    await service.publish(id, chat('a', 'a3', 'three'));
    const texts = async (conversationId: string) => {
      const { messages } = await client.listMessages(v1.ListMessagesRequest.fromPartial({ conversationId }));
      return messages.map((message) => message.text);
    };
    await eventually(async () => ((await texts(target.id)).length === 3 ? true : undefined));
    expect(await texts(target.id)).toEqual(['one', 'two', 'three']);
    expect(await texts(source.id)).toEqual([]);
    expect((await client.getConversation({ conversationId: source.id })).conversation).toMatchObject({
      mergedIntoId: target.id,
      state: v1.ConversationState.CLOSED,
    });

    const { messages } = await client.listMessages(v1.ListMessagesRequest.fromPartial({ conversationId: target.id }));
    const split = v1.SplitConversationRequest.fromPartial({
      conversationId: target.id,
      messageIds: [messages[1]?.id ?? ''],
      requestId: 's',
    });
    const parted = await client.splitConversation(split);
    expect((await client.splitConversation(split)).conversation?.id).toBe(parted.conversation?.id);
    expect(await texts(parted.conversation?.id ?? '')).toEqual(['two']);
    expect(await texts(target.id)).toEqual(['one', 'three']);
    const rethread = { messageId: messages[1]?.id ?? '', toConversationId: target.id };
    const back = await client.rethreadMessage(v1.RethreadMessageRequest.fromPartial(rethread));
    expect(back.conversation?.id).toBe(target.id);
    expect(back.message?.threading?.outcome).toBe(v1.ThreadingOutcome.MOVED_BY_PERSON);
  });
});

describe('lists', () => {
  test('pages are complete and opaque, filters hold, linked contact points count', async () => {
    const id = tenant();
    client = service.clientFor(id);
    for (let i = 0; i < 7; i += 1)
      await create(client, { subject: `Subject ${i}`, tags: i % 2 ? ['odd'] : [], requestId: `c${i}` });
    const ids: string[] = [];
    let pageToken = '';
    do {
      const page = await list(client, { pageSize: 3, pageToken });
      ids.push(...page.conversations.map((one) => one.id));
      pageToken = page.nextPageToken;
    } while (pageToken);
    expect(new Set(ids).size).toBe(7);
    expect((await list(client, { tag: 'odd' })).conversations).toHaveLength(3);
    expect((await list(client, { text: 'subject 4' })).conversations).toHaveLength(1);
    expect((await list(client, { text: '.*' })).conversations).toHaveLength(0);
    expect((await refusal(list(client, { pageToken: 'junk' }))).violations).toMatchObject([{ field: 'page_token' }]);
    expect((await list(service.clientFor(tenant()))).conversations).toHaveLength(0);

    const customerId = customerIdFor(id, 'email:ada@example.org');
    expect((await list(client, { customerId })).conversations).toHaveLength(7);
    const other = 'customer-of-bob';
    const point = { type: commonV1.ContactPointType.EMAIL, value: 'ada@example.org' };
    const linked = journeyV1.CustomersLinked.encode(
      journeyV1.CustomersLinked.fromPartial({ customerId: other, contactPoints: [point] }),
    ).finish();
    await service.publishCustomerEvent(id, 'CustomersLinked', other, linked);
    await eventually(async () =>
      (await list(client, { customerId: other })).conversations.length === 7 ? true : undefined,
    );
    expect((await list(client, { customerId })).conversations).toHaveLength(0);
    expect((await list(client, { pageSize: 1 })).conversations[0]?.customerId).toBe(other);
  });

  test('creating is idempotent by request id and by own id', async () => {
    client = service.clientFor(tenant());
    const made = await Promise.all(Array.from({ length: 20 }, () => create(client, { requestId: 'same' })));
    expect(new Set(made.map((one) => one.id)).size).toBe(1);
    expect((await refusal(create(client, { requestId: 'same', subject: 'other' }))).reason).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    await create(client, { conversationId: 'mine' });
    expect((await refusal(create(client, { conversationId: 'mine' }))).reason).toBe('CONVERSATION_EXISTS');
    const issue = (title: string) => client.createIssue(v1.CreateIssueRequest.fromPartial({ title, requestId: 'i' }));
    expect((await issue('a')).issue?.id).toBe((await issue('a')).issue?.id);
    expect((await refusal(issue('b'))).reason).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});

describe('watching', () => {
  test('a conversation streams its state, then messages and viewers; the inbox streams what changes', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const { id: conversationId } = await create(client);
    const seen: string[] = [];
    const stream = client.watchConversation({ conversationId });
    const inbox = client.watchInbox(v1.WatchInboxRequest.fromPartial({}));
    const inboxSeen: string[] = [];
    const reading = (async () => {
      for await (const { change } of stream) seen.push(change?.$case ?? '');
    })().catch(() => undefined);
    const readingInbox = (async () => {
      for await (const { conversation } of inbox) inboxSeen.push(conversation?.id ?? '');
    })().catch(() => undefined);
    await eventually(() => (seen.includes('conversation') ? true : undefined));
    await eventually(async () => {
      await client.addNote(v1.AddNoteRequest.fromPartial({ conversationId, text: 'look' }));
      return inboxSeen.includes(conversationId) ? true : undefined;
    });
    await client.announceViewing(
      v1.AnnounceViewingRequest.fromPartial({ conversationId, agentId: 'a2', typing: true }),
    );
    await eventually(() => (seen.includes('message') && seen.includes('viewers') ? true : undefined));
    stream.cancel();
    inbox.cancel();
    await Promise.all([reading, readingInbox]);
  });
});

describe('service levels', () => {
  test('an escalation raises the priority, once; the next promise is shown until it is kept', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const { id: conversationId } = await create(client);
    const about = { tenantId: id, conversationId, of: conversationId };
    const escalated = (kind: slaV1.EscalationActionKind, to: string) =>
      slaV1.ClockEscalated.encode(slaV1.ClockEscalated.fromPartial({ actions: [{ kind, to }] })).finish();
    const { RAISE_PRIORITY, NOTIFY } = slaV1.EscalationActionKind;
    for (const sequence of [4, 4, 4]) {
      await service.publishSlaEvent({ ...about, sequence }, 'ClockEscalated', escalated(RAISE_PRIORITY, 'urgent'));
    }
    await service.publishSlaEvent({ ...about, sequence: 5 }, 'ClockEscalated', escalated(NOTIFY, 'lead'));
    const dueAt = new Date('2030-05-01T13:00:00Z');
    const promised = (state: slaV1.PromiseState) =>
      slaV1.PromiseMade.encode(
        slaV1.PromiseMade.fromPartial({
          promise: { id: 'p1', conversationId, what: 'call back', dueAt, timeZone: 'Europe/Berlin', state },
        }),
      ).finish();
    const of = { tenantId: id, conversationId, of: 'p1' };
    await service.publishSlaEvent({ ...of, sequence: 1 }, 'PromiseMade', promised(slaV1.PromiseState.OPEN));
    const shown = await eventually(async () => {
      const { conversation } = await client.getConversation({ conversationId });
      return conversation?.nextPromise && conversation.priority === v1.Priority.URGENT ? conversation : undefined;
    });
    expect(shown.nextPromise).toEqual({ promiseId: 'p1', what: 'call back', dueAt, timeZone: 'Europe/Berlin' });
    const [change, ...more] = await toldOf(id, 'ConversationDetailsChanged', 1);
    expect(more).toEqual([]);
    expect(v1.ConversationDetailsChanged.decode(change!.event.data)).toMatchObject({
      changedFields: ['priority'],
      priority: v1.Priority.URGENT,
      actor: { kind: 'ACTOR_KIND_SYSTEM', id: 'sla' },
    });
    await service.publishSlaEvent({ ...of, sequence: 2 }, 'PromiseKept', promised(slaV1.PromiseState.KEPT));
    await eventually(async () => {
      const { conversation } = await client.getConversation({ conversationId });
      return conversation && !conversation.nextPromise ? conversation : undefined;
    });
  });
});

describe('routing and handover', () => {
  const accepted = (workItemId: string, agentId: string) =>
    routingV1.OfferAccepted.encode(
      routingV1.OfferAccepted.fromPartial({ workItemId, agentId, queueId: 'support' }),
    ).finish();

  test('shows the queue and the agent that routing decided on, each event once', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const { id: conversationId } = await create(client);
    const about = { tenantId: id, conversationId, workItemId: conversationId };
    const queued = routingV1.WorkItemQueued.fromPartial({ workItemId: conversationId, queueId: 'support' });
    await service.publishWorkEvent(
      { ...about, sequence: 1 },
      'WorkItemQueued',
      routingV1.WorkItemQueued.encode(queued).finish(),
    );
    for (const sequence of [3, 3, 3]) {
      await service.publishWorkEvent({ ...about, sequence }, 'OfferAccepted', accepted(conversationId, 'ann'));
    }
    // What nobody knows, and what cannot be read, stop nothing.
    const strange = { ...about, conversationId: 'nobody-knows', workItemId: 'x', sequence: 1 };
    await service.publishWorkEvent(strange, 'OfferAccepted', accepted('x', 'ann'));
    const shown = await eventually(async () => {
      const { conversation } = await client.getConversation({ conversationId });
      return conversation?.assigneeId === 'ann' ? conversation : undefined;
    });
    expect(shown).toMatchObject({ state: v1.ConversationState.OPEN, queueId: 'support' });
    const changes = await toldOf(id, 'ConversationDetailsChanged', 2);
    expect(changes).toHaveLength(2);
    const { conversations } = await eventually(async () => {
      const found = await list(client, { assigneeId: 'ann' });
      return found.conversations.length > 0 ? found : undefined;
    });
    expect(conversations.map((one) => one.id)).toEqual([conversationId]);
  });

  test('is passed on only with a full handover, which the conversation then shows', async () => {
    const id = tenant();
    client = service.clientFor(id);
    const { id: conversationId } = await create(client);
    await client.sendMessage(
      v1.SendMessageRequest.fromPartial({ conversationId, text: 'We will call you on Monday.' }),
    );
    const { handover, sources } = await client.prefillHandover({ conversationId });
    expect(handover).toMatchObject({ issue: 'Order 7', promised: 'We will call you on Monday.', nextStep: '' });
    expect(sources.map(({ field }) => field)).toEqual(['issue', 'tried', 'promised']);
    const ask = (given: object) =>
      client.transferConversation(
        v1.TransferConversationRequest.fromPartial({
          conversationId,
          queueId: 'second',
          reason: 'needs a lawyer',
          handover: given,
          requestId: 'pass-1',
        }),
      );
    const refused = await refusal(ask({ ...handover, tried: '' }));
    expect(refused.reason).toBe('HANDOVER_INCOMPLETE');
    expect(refused.violations.map(({ field }) => field)).toEqual(['handover.tried', 'handover.next_step']);
    const full = { ...handover!, nextStep: 'call on Monday' };
    const { conversation } = await ask(full);
    expect(conversation!.handover).toEqual(full);
    expect((await ask(full)).conversation!.handover).toEqual(full);
    const told = await toldOf(id, 'ConversationTransferred', 1);
    expect(told).toHaveLength(1);
    expect(v1.ConversationTransferred.decode(told[0]!.event.data)).toMatchObject({
      toQueueId: 'second',
      reason: 'needs a lawyer',
      handover: full,
      workItemId: '',
    });
  });
});
