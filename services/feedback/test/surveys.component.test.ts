import { commonV1, feedbackV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { refusal, startService } from './support/running';

let service: Running;
let serial = 0;
const tenant = () => `t${++serial}`;
const { QuestionKind, ScoreDimension } = v1;

beforeAll(async () => {
  service = await startService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const ada = { type: commonV1.ContactPointType.EMAIL, value: 'ada@example.org' };
const create = (client: Client, content: object = {}, surveyId = 'after') =>
  client.createSurvey(
    v1.CreateSurveyRequest.fromPartial({
      surveyId,
      content: {
        name: 'After contact',
        questions: [{ id: 'csat', kind: QuestionKind.CSAT, required: true }],
        delaySeconds: 0,
        ...content,
      },
    } as never),
  );
const scores = (client: Client, more: object = {}) =>
  client.getScores(v1.GetScoresRequest.fromPartial({ kind: QuestionKind.CSAT, ...more } as never));
const record = (client: Client, invitationId: string, value: number, more: object = {}) =>
  client.recordAnswer(
    v1.RecordAnswerRequest.fromPartial({
      invitationId,
      values: [{ questionId: 'csat', value: { $case: 'number', value } }],
      ...more,
    } as never),
  );
const reasons = (id: string) =>
  service.told(id, 'SurveyNotAsked').map(({ data }) => v1.SurveyNotAsked.decode(data).reason);
const held = (id: string) =>
  service.told(id, 'SurveyHeldBack').map(({ data }) => v1.SurveyHeldBack.decode(data).reason);

/** A survey that is not read from memory any more: one that was looked for before is known for a second. */
const known = async (client: Client, content: object = {}) => {
  await create(client, content);
  return client;
};

describe('asking', () => {
  test('a solved conversation is asked about once, by mail, with a link of its own', async () => {
    const id = tenant();
    const client = await known(service.client(id));
    const talk = service.conversation(id, `${id}-c1`);
    const records = [await talk.opened(), await talk.replied(), await talk.solved()];
    const { send, token } = await service.mailed(id);
    expect(send).toMatchObject({
      to: ada,
      subject: 'How did we do?',
      messageClass: 'MESSAGE_CLASS_SERVICE',
      topic: 'surveys',
      kind: 'survey',
      confidential: true,
      conversationId: `${id}-c1`,
    });
    expect(send.key.startsWith(`${id}/`)).toBe(true);
    for (let i = 0; i < 5; i++) await service.bus.producer.publish(records);
    // Solved again: the journey was asked about already.
    await talk.reopened();
    await talk.solved();
    await eventually('the no', () => reasons(id).includes('ALREADY_ASKED'));
    expect(service.sends(id)).toHaveLength(1);
    const { invitations } = await client.listInvitations(v1.ListInvitationsRequest.fromPartial({}));
    expect(invitations).toHaveLength(1);
    expect(invitations[0]).toMatchObject({
      state: 'INVITATION_STATE_SENT',
      conversationId: `${id}-c1`,
      surveyVersion: 1n,
      url: '',
      message: { state: 'INVITATION_MESSAGE_STATE_REQUESTED' },
    });
    expect(service.told(id, 'SurveyInvitationSent')).toEqual([]);
    await service.delivery(id, 'Sent', { aboutId: invitations[0]!.id });
    await eventually('asked', () => service.told(id, 'SurveyInvitationSent')[0]);
    expect(JSON.stringify(service.told(id).map(({ data }) => Buffer.from(data).toString('latin1')))).not.toContain(
      token,
    );
    expect(service.told(id, 'SurveyInvitationSent')[0]).toMatchObject({
      contactPoint: 'email:ada@example.org',
      conversationId: `${id}-c1`,
    });
  }, 40_000);

  test('an open promise holds it back, and the kept one lets it go', async () => {
    const id = tenant();
    await known(service.client(id));
    await service.promise(id, 'p1', 'Made');
    const talk = service.conversation(id, `${id}-c1`);
    await talk.opened();
    await talk.solved();
    await eventually('held back', () => held(id).includes('PROMISE_OPEN'));
    await service.promise(id, 'p1', 'Kept');
    await eventually('asked', () => service.sends(id)[0]);
    expect(held(id)).toEqual(['PROMISE_OPEN']);
    expect(reasons(id)).toEqual([]);
  }, 40_000);

  test.each([
    ['SAMPLED_OUT', { samplePercent: 0 }, undefined],
    ['PROMISE_OPEN', { holdDays: 0 }, 'Made'],
    ['CUSTOMER_AT_RISK', { holdDays: 0 }, 'Broken'],
  ] as const)(
    'a no is an event with its reason: %s',
    async (reason, content, fact) => {
      const id = tenant();
      const client = await known(service.client(id), content);
      if (fact) await service.promise(id, 'p1', fact);
      // The promise is known before the conversation ends: both come by different topics.
      if (fact) await eventually('the promise', () => service.db.collection('people').findOne({ tenantId: id }));
      const talk = service.conversation(id, `${id}-c1`);
      await talk.opened();
      await talk.solved();
      await eventually('the no', () => reasons(id).includes(reason));
      expect(service.sends(id)).toEqual([]);
      const { total } = await eventually('the count', async () => {
        const found = await scores(client);
        return found.total!.population!.notAsked[reason] === 1n && found;
      });
      expect(total).toMatchObject({ n: 0n, sampleTooSmall: true, population: { eligible: 1n, invited: 0n } });
      // Found by the index of those that wait, not by reading everything there is.
      const used = await service.db
        .collection('dockets')
        .aggregate([{ $indexStats: {} }])
        .toArray();
      expect(Number(used.find(({ name }) => name === 'waits_to_count')?.['accesses'].ops)).toBeGreaterThan(0);
    },
    40_000,
  );

  test('one person with two addresses is asked once, and an opt-out counts for both', async () => {
    const id = tenant();
    const client = await known(service.client(id), { quarantineDays: 30 });
    await service.linked(id, 'customer-1', ['ada@example.org', 'ada@work.example']);
    await eventually('the link', () =>
      service.db.collection('customer_links').findOne({ tenantId: id, contactPoint: 'email:ada@work.example' }),
    );
    for (const [name, address] of [
      ['c1', 'email:ada@example.org'],
      ['c2', 'email:ada@work.example'],
    ] as const) {
      const talk = service.conversation(id, `${id}-${name}`, address);
      await talk.opened();
      await talk.solved();
    }
    await eventually('the no', () => reasons(id).includes('QUARANTINED'));
    await service.mailed(id);
    expect(service.sends(id)).toHaveLength(1);
    await client.setSurveyPreference(
      v1.SetSurveyPreferenceRequest.fromPartial({ contactPoint: ada, optedOut: true } as never),
    );
    const talk = service.conversation(id, `${id}-c3`, 'email:ada@work.example');
    await talk.opened();
    await talk.solved();
    await eventually('the second no', () => reasons(id).includes('OPTED_OUT'));
    expect(service.told(id, 'SurveyPreferenceChanged').length).toBeGreaterThan(0);
  }, 40_000);

  test('an issue is asked about when its last conversation is over', async () => {
    const id = tenant();
    await known(service.client(id));
    const mail = service.conversation(id, `${id}-c1`);
    const chat = service.conversation(id, `${id}-c2`, 'chat:ada', 'chat');
    await mail.opened({ issueId: 'issue-1' });
    await chat.opened({ issueId: 'issue-1' });
    await mail.solved();
    await eventually('held back', () => held(id).includes('JOURNEY_OPEN'));
    await chat.solved();
    await eventually('asked', () => service.sends(id)[0]);
    await eventually('not twice', () => reasons(id).includes('ALREADY_ASKED'));
    expect(service.sends(id)).toHaveLength(1);
  }, 40_000);
});

describe('the message that asks', () => {
  const message = async (client: Client) =>
    (await client.listInvitations(v1.ListInvitationsRequest.fromPartial({}))).invitations[0]!.message!;
  const asked = async (content: object = {}) => {
    const id = tenant();
    const client = await known(service.client(id), { delaySeconds: 0, quarantineDays: 30, ...content });
    const talk = service.conversation(id, `${id}-c1`);
    await talk.opened();
    await talk.solved();
    const { send } = await service.mailed(id);
    return { id, client, talk, aboutId: send.aboutId };
  };

  test('waits, goes, and what is late or repeated changes nothing', async () => {
    const { id, client, aboutId } = await asked();
    const until = new Date(Date.now() + 3_600_000);
    const held = { reason: 'QUIET_HOURS', detail: 'it is night in Europe/Berlin', until };
    await service.delivery(id, 'Held', { aboutId }, held);
    await service.delivery(id, 'Held', { aboutId }, held);
    await eventually('it waits', () => service.told(id, 'SurveyInvitationHeld')[0]);
    expect(v1.SurveyInvitationHeld.decode(service.told(id, 'SurveyInvitationHeld')[0]!.data)).toMatchObject({
      reason: 'QUIET_HOURS',
      summary: 'after: it is night in Europe/Berlin',
      until,
    });
    await service.delivery(id, 'Sent', { aboutId });
    await eventually('asked', () => service.told(id, 'SurveyInvitationSent')[0]);
    await service.delivery(id, 'Held', { aboutId }, held);
    await service.delivery(id, 'Sent', { aboutId });
    // Another department's message, another tenant's, and one that is not known.
    await service.delivery(id, 'Refused', { aboutId, department: 'sales' }, { reason: 'EXPIRED' });
    await service.delivery(`${id}-other`, 'Refused', { aboutId }, { reason: 'EXPIRED' });
    await service.delivery(id, 'Refused', { aboutId: 'none' }, { reason: 'EXPIRED' });
    await service.delivery(id, 'Bounced', { aboutId }, { code: '5.1.1', detail: 'no such user' });
    await eventually('it came back', () => service.told(id, 'SurveyInvitationBounced')[0]);
    expect(service.names(id).filter((name) => name.startsWith('SurveyInvitation'))).toEqual([
      'SurveyInvitationHeld',
      'SurveyInvitationSent',
      'SurveyInvitationBounced',
    ]);
    expect(await message(client)).toMatchObject({
      state: 'INVITATION_MESSAGE_STATE_BOUNCED',
      reason: '5.1.1',
      detail: 'no such user',
      deliveryId: `ntf_${aboutId}`,
    });
  }, 40_000);

  test('that is refused asked nobody: not counted, no quarantine, and the journey is not asked about again', async () => {
    const { id, client, talk, aboutId } = await asked();
    await service.delivery(id, 'Refused', { aboutId }, { reason: 'ADDRESS_SUPPRESSED', detail: 'on the list' });
    await eventually('refused', () => service.told(id, 'SurveyInvitationRefused')[0]);
    await eventually('the count', async () => {
      const { population } = (await scores(client)).total!;
      return population!.invited === 0n && population!.notAsked['ADDRESS_SUPPRESSED'] === 1n;
    });
    await talk.reopened();
    await talk.solved();
    await eventually('not twice', () => reasons(id).includes('ALREADY_ASKED'));
    // The question that did not arrive keeps nobody from the next one.
    const next = service.conversation(id, `${id}-c2`);
    await next.opened();
    await next.solved();
    await eventually('another journey', () => service.sends(id).length === 2);
    expect(reasons(id)).toEqual(['ALREADY_ASKED']);
  }, 40_000);

  test('every message of every department counts towards the contacts of a customer', async () => {
    const id = tenant();
    await known(service.client(id), { budgetContacts: 2, budgetDays: 14, holdDays: 0 });
    for (const n of [1, 2, 2]) {
      const about = { deliveryId: `ntf_${n}`, department: 'sales', kind: '', aboutId: '' };
      await service.delivery(id, 'Queued', about);
    }
    // The same message told twice is one, and one that went along with another is none of its own.
    await service.delivery(id, 'Digested', { deliveryId: 'ntf_3', department: 'sales' });
    await eventually('two contacts', async () => {
      const person = await service.db.collection('people').findOne({ tenantId: id });
      return person?.['contacts']?.length === 2;
    });
    const talk = service.conversation(id, `${id}-c1`);
    await talk.opened();
    await talk.solved();
    await eventually('the no', () => reasons(id).includes('BUDGET_SPENT'));
    expect(service.sends(id)).toEqual([]);
  }, 40_000);
});

describe('surveys', () => {
  test('are versioned; an invitation keeps its version', async () => {
    const id = tenant();
    const client = service.client(id);
    await create(client, { manualOnly: true });
    const sent = await client.inviteCustomer(
      v1.InviteCustomerRequest.fromPartial({ surveyId: 'after', contactPoint: ada, linkOnly: true } as never),
    );
    const changed = { questions: [{ id: 'other', kind: QuestionKind.NPS, required: true }], manualOnly: true };
    const { survey } = await client.updateSurvey(
      v1.UpdateSurveyRequest.fromPartial({ surveyId: 'after', content: changed, expectedVersion: 1n } as never),
    );
    expect(survey?.version).toBe(2n);
    expect(
      await refusal(
        client.updateSurvey(
          v1.UpdateSurveyRequest.fromPartial({ surveyId: 'after', content: changed, expectedVersion: 1n } as never),
        ),
      ),
    ).toBe('SURVEY_CHANGED');
    expect(
      (await client.getSurvey(v1.GetSurveyRequest.fromPartial({ surveyId: 'after', version: 1n }))).survey?.questions[0]
        ?.id,
    ).toBe('csat');
    const answered = await record(client, sent.invitation!.id, 4);
    expect(answered.invitation).toMatchObject({
      surveyVersion: 1n,
      state: 'INVITATION_STATE_ANSWERED',
      answer: { revision: 1, via: 'api' },
    });
    await client.deleteSurvey(v1.DeleteSurveyRequest.fromPartial({ surveyId: 'after' }));
    expect(await refusal(client.getSurvey(v1.GetSurveyRequest.fromPartial({ surveyId: 'after' })))).toBe(
      'SURVEY_NOT_FOUND',
    );
    expect(await refusal(create(client))).toBe('SURVEY_EXISTS');
  }, 20_000);

  test('asking by hand obeys the rules, and a repeated request is one', async () => {
    const id = tenant();
    const client = service.client(id);
    await create(client, { manualOnly: true });
    const invite = (requestId: string, more: object = {}) =>
      client.inviteCustomer(
        v1.InviteCustomerRequest.fromPartial({
          surveyId: 'after',
          contactPoint: ada,
          requestId,
          linkOnly: true,
          ...more,
        } as never),
      );
    const first = await invite('r1');
    expect(first.invitation?.url).toContain('/s/');
    expect((await invite('r1')).invitation?.id).toBe(first.invitation!.id);
    expect(await refusal(invite('r1', { language: 'zh' }))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await refusal(invite('r2'))).toBe('QUARANTINED');
    await eventually('the no', () => reasons(id).includes('QUARANTINED'));
    expect(await refusal(service.client(`${id}-other`).getInvitation({ invitationId: first.invitation!.id }))).toBe(
      'INVITATION_NOT_FOUND',
    );
    expect(await refusal(record(service.client(`${id}-other`), first.invitation!.id, 5))).toBe('INVITATION_NOT_FOUND');
    expect(await refusal(record(client, first.invitation!.id, 6))).toBe('VALUE_OUT_OF_SCALE');
    expect(await refusal(record(client, first.invitation!.id, 5, { comment: 'x'.repeat(4001) }))).toBe(
      'INVALID_ARGUMENT',
    );
  }, 20_000);
});

describe('scores', () => {
  test('have n, method, interval and population, change with a changed answer, and refuse a ranking', async () => {
    const id = tenant();
    const client = service.client(id);
    await create(client, { manualOnly: true });
    const answer = async (i: number, value: number, agentId: string) => {
      const conversation = `${id}-c${i}`;
      const talk = service.conversation(id, conversation, `email:u${i}@example.org`);
      await talk.opened();
      await talk.replied({ author: { kind: commonV1.ActorKind.AGENT, id: agentId, displayName: '' } });
      await eventually('the docket', () =>
        service.db.collection('dockets').findOne({ tenantId: id, ownId: conversation, 'facts.agentId': agentId }),
      );
      const { invitation } = await client.inviteCustomer(
        v1.InviteCustomerRequest.fromPartial({
          surveyId: 'after',
          contactPoint: { ...ada, value: `u${i}@example.org` },
          conversationId: conversation,
          linkOnly: true,
        } as never),
      );
      await record(client, invitation!.id, value);
      return invitation!.id;
    };
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push(await answer(i, i < 4 ? 5 : 1, i % 2 ? 'sam' : 'mia'));
    const at = (n: bigint, value: number) =>
      eventually(`n ${n} and ${value}`, async () => {
        const found = await scores(client, { groupBy: ScoreDimension.AGENT });
        return found.total!.n === n && Math.abs(found.total!.value! - value) < 0.01 && found;
      });
    const found = await at(6n, 66.666);
    expect(found.total).toMatchObject({
      method: 'SCORE_METHOD_WILSON',
      unit: 'percent',
      confidence: 0.95,
      sampleTooSmall: true,
      neededN: 30n,
    });
    expect(found.total!.low).toBeCloseTo(30, 0);
    expect(found.total!.high).toBeCloseTo(90.3, 0);
    expect(found.total!.population).toMatchObject({ invited: 6n, answered: 6n, responseRate: 1 });
    expect(found.groups.map(({ group, n }) => [group, n])).toEqual([
      ['mia', 3n],
      ['sam', 3n],
    ]);
    expect(found.method).toContain('Wilson');
    await record(client, ids[5]!, 4);
    const after = await at(6n, 83.333);
    expect(after.total!.distribution).toEqual({ 5: 4n, 1: 1n, 4: 1n });
    expect(await refusal(scores(client, { groupBy: ScoreDimension.AGENT, rank: true }))).toBe('SAMPLE_TOO_SMALL');
    const other = await scores(client, { csatTreatment: v1.CsatTreatment.NOT_UNHAPPY });
    expect([other.total!.value!, other.method]).toEqual([
      expect.closeTo(83.333, 2),
      expect.stringContaining('unhappy'),
    ]);
    expect(await refusal(scores(client, { kind: QuestionKind.NPS, csatTreatment: v1.CsatTreatment.TOP_TWO }))).toBe(
      'INVALID_ARGUMENT',
    );
    expect(await refusal(scores(client, { kind: QuestionKind.TEXT }))).toBe('KIND_NOT_SCORED');
    expect(await refusal(scores(client, { surveyId: 'none' }))).toBe('SURVEY_NOT_FOUND');
    expect((await scores(service.client(`${id}-other`))).total!.n).toBe(0n);
  }, 60_000);

  test('of ten values are a kind of their own: asked, checked and counted apart from those of five', async () => {
    const id = tenant();
    const client = service.client(id);
    const ten = [
      { id: 'csat', kind: QuestionKind.CSAT_10, required: true },
      { id: 'ces', kind: QuestionKind.CES },
    ];
    await create(client, { manualOnly: true, questions: ten, quarantineDays: 0 }, 'ten');
    await create(client, { manualOnly: true, quarantineDays: 0 }, 'five');
    const values = (csat: number, ces?: number) => [
      { questionId: 'csat', value: { $case: 'number' as const, value: csat } },
      ...(ces ? [{ questionId: 'ces', value: { $case: 'number' as const, value: ces } }] : []),
    ];
    const invite = async (surveyId: string, who: string) => {
      const contactPoint = { ...ada, value: `${who}@example.org` };
      const request = { surveyId, contactPoint, linkOnly: true };
      return (await client.inviteCustomer(v1.InviteCustomerRequest.fromPartial(request as never))).invitation!.id;
    };
    const [good, meh, bad, five] = [
      await invite('ten', 'good'),
      await invite('ten', 'meh'),
      await invite('ten', 'bad'),
      await invite('five', 'five'),
    ];
    expect(await refusal(record(client, good, 11))).toBe('VALUE_OUT_OF_SCALE');
    expect(await refusal(record(client, good, 0))).toBe('VALUE_OUT_OF_SCALE');
    expect(await refusal(record(client, five, 8))).toBe('VALUE_OUT_OF_SCALE');
    await record(client, good, 0, { values: values(8, 7) });
    await record(client, meh, 0, { values: values(5, 4) });
    const { invitation } = await record(client, bad, 0, { values: values(4) });
    expect(invitation?.answer?.low).toBe(true);
    await record(client, five, 5);
    const found = await eventually('three answers of ten', async () => {
      const one = await scores(client, { kind: QuestionKind.CSAT_10 });
      return one.total!.n === 3n && one;
    });
    expect(found.total).toMatchObject({
      value: expect.closeTo(33.33, 1),
      method: 'SCORE_METHOD_WILSON',
      bands: { positive: 1n, neutral: 1n, negative: 1n },
      distribution: { 8: 1n, 5: 1n, 4: 1n },
    });
    expect(found.method).toContain('8 to 10');
    const { NOT_UNHAPPY } = v1.CsatTreatment;
    expect((await scores(client, { kind: QuestionKind.CSAT_10, csatTreatment: NOT_UNHAPPY })).total!.value).toBeCloseTo(
      66.67,
      1,
    );
    const ofFive = await eventually('the one of five', async () => {
      const one = await scores(client);
      return one.total!.n === 1n && one;
    });
    expect(ofFive.total).toMatchObject({ value: 100, distribution: { 5: 1n } });
    const easy = await eventually('the mean of CES', async () => {
      const one = await scores(client, { kind: QuestionKind.CES, cesMeasure: v1.CesMeasure.MEAN });
      return one.total!.n === 2n && one;
    });
    expect(easy).toMatchObject({
      total: { value: 5.5, unit: 'mean' },
      method: expect.stringContaining('mean of 1 to 7'),
    });
    expect((await scores(client, { kind: QuestionKind.CES })).total!.value).toBe(50);
    expect(await refusal(scores(client, { cesMeasure: v1.CesMeasure.MEAN }))).toBe('INVALID_ARGUMENT');
    // The same question on another scale would be counted together with what was answered before.
    const changed = { questions: [{ id: 'csat', kind: QuestionKind.CSAT_10 }] };
    const update = v1.UpdateSurveyRequest.fromPartial({ surveyId: 'five', content: changed } as never);
    expect(await refusal(client.updateSurvey(update))).toBe('QUESTION_SCALE_CHANGED');
  }, 60_000);
});
