import { commonV1, feedbackV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Running } from './support/running';
import { refusal, startService } from './support/running';

let service: Running;
let serial = 0;
const tenant = () => `r${++serial}`;
const { CaseKind, CaseOutcome, CaseState, CauseDimension } = v1;

beforeAll(async () => {
  service = await startService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const ada = { type: commonV1.ContactPointType.EMAIL, value: 'ada@example.org' };
const mail = (value: string) => ({ ...ada, value });
type Cases = ReturnType<Running['recovery']>;
const list = async (cases: Cases, where: object = {}) =>
  (await cases.listRecoveryCases(v1.ListRecoveryCasesRequest.fromPartial(where))).cases;
const open = async (cases: Cases, more: object = {}) =>
  (
    await cases.openRecoveryCase(
      v1.OpenRecoveryCaseRequest.fromPartial({
        kind: CaseKind.OTHER,
        contactPoint: ada,
        what: 'the box was empty',
        ...more,
      } as never),
    )
  ).case!;
const setCause = (cases: Cases, caseId: string, cause: object) =>
  cases.setCaseCause(v1.SetCaseCauseRequest.fromPartial({ caseId, cause } as never));
const advance = (cases: Cases, caseId: string, to: v1.CaseState) =>
  cases.advanceRecoveryCase(v1.AdvanceRecoveryCaseRequest.fromPartial({ caseId, to, actorId: 'sam' } as never));
const resolve = (cases: Cases, caseId: string, outcome = CaseOutcome.RECOVERED) =>
  cases.resolveRecoveryCase(v1.ResolveRecoveryCaseRequest.fromPartial({ caseId, outcome, actorId: 'sam' } as never));

describe('cases', () => {
  test('a low answer opens one, once, with a clock; the customer is not asked again while it is open', async () => {
    const id = tenant();
    const client = service.client(id);
    const cases = service.recovery(id);
    await client.createSurvey(
      v1.CreateSurveyRequest.fromPartial({
        surveyId: 'after',
        content: { questions: [{ id: 'csat', kind: v1.QuestionKind.CSAT }], manualOnly: true, quarantineDays: 0 },
      } as never),
    );
    const invite = () =>
      client.inviteCustomer(
        v1.InviteCustomerRequest.fromPartial({ surveyId: 'after', contactPoint: ada, linkOnly: true } as never),
      );
    const { invitation } = await invite();
    const answer = (value: number, comment: string) =>
      client.recordAnswer(
        v1.RecordAnswerRequest.fromPartial({
          invitationId: invitation!.id,
          values: [{ questionId: 'csat', value: { $case: 'number', value } }],
          comment,
          mayContact: true,
        } as never),
      );
    await answer(2, 'It took three calls');
    const [one] = await eventually('the case', async () => {
      const found = await list(cases);
      return found.length > 0 && found;
    });
    expect(one).toMatchObject({
      kind: 'CASE_KIND_LOW_SCORE',
      state: 'CASE_STATE_RECEIVED',
      what: 'It took three calls',
      mayContact: true,
      invitationId: invitation!.id,
    });
    expect(one!.dueAt!.getTime() - one!.openedAt!.getTime()).toBe(24 * 3_600_000);
    await eventually('the event', () => service.told(id, 'RecoveryCaseOpened')[0]);
    await answer(1, 'It took four calls');
    await eventually('the change', () => service.told(id, 'SurveyAnswerChanged')[0]);
    await eventually('protected', async () => (await refusal(invite())) === 'CUSTOMER_AT_RISK');
    await advance(cases, one!.id, CaseState.RESPONDED);
    await resolve(cases, one!.id);
    // Two risks: the low answer itself stays for two weeks, the case goes.
    await eventually('the case is no risk any more', async () => {
      const person = await service.db.collection('people').findOne({ tenantId: id });
      const refs = ((person?.['risks'] ?? []) as { ref: string }[]).map(({ ref }) => ref.split('/')[0]);
      return JSON.stringify(refs) === JSON.stringify(['invitation']);
    });
    expect(await list(cases)).toHaveLength(1);
    expect(service.names(id).filter((name) => name.startsWith('RecoveryCase'))).toEqual([
      'RecoveryCaseOpened',
      'RecoveryCaseAdvanced',
      'RecoveryCaseClosed',
    ]);
    expect(service.told(id, 'RecoveryCaseOpened')[0]).toMatchObject({ contactPoint: 'email:ada@example.org' });
  }, 40_000);

  test('a broken promise and a complaint open theirs; the broken clock of a case makes it overdue and opens none', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    await service.promise(id, 'p1', 'Broken');
    const talk = service.conversation(id, `${id}-c1`);
    await talk.opened();
    await talk.changed(['tags'], { tags: ['complaint'] });
    const found = await eventually('both', async () => {
      const all = await list(cases);
      return all.length === 2 && all;
    });
    expect(found.map(({ kind }) => kind).sort()).toEqual(['CASE_KIND_BROKEN_PROMISE', 'CASE_KIND_COMPLAINT']);
    const complaint = found.find(({ kind }) => kind === 'CASE_KIND_COMPLAINT')!;
    expect(complaint.conversationId).toBe(`${id}-c1`);
    await service.promise(id, `case-${complaint.id}`, 'Broken');
    await eventually('overdue', async () => (await list(cases)).some(({ overdueAt }) => overdueAt));
    expect(await list(cases)).toHaveLength(2);
    expect(service.told(id, 'RecoveryCaseOverdue')).toHaveLength(1);
    expect(await refusal(advance(cases, complaint.id, CaseState.RESPONDED))).toBe('STEP_LEFT_OUT');
  }, 40_000);

  test('that is not settled between us goes outside, with its file number and its end', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const one = await open(cases);
    const escalate = (more: object = {}, client = cases) =>
      client.escalateRecoveryCase(
        v1.EscalateRecoveryCaseRequest.fromPartial({
          caseId: one.id,
          body: 'Ombudsman',
          actorId: 'sam',
          ...more,
        } as never),
      );
    expect(await refusal(escalate())).toBe('CASE_NOT_RESPONDED');
    await advance(cases, one.id, CaseState.RESPONDED);
    expect(await refusal(escalate({}, service.recovery(`${id}-other`)))).toBe('CASE_NOT_FOUND');
    await escalate({ reference: 'B-7' });
    await resolve(cases, one.id, CaseOutcome.PARTLY);
    const { case: settled } = await escalate({ result: 'half of it is paid back' });
    expect(settled).toMatchObject({
      state: 'CASE_STATE_CLOSED',
      disputes: [{ body: 'Ombudsman', reference: 'B-7', actorId: 'sam', result: 'half of it is paid back' }],
    });
    expect(settled!.disputes[0]!.settledAt!.getTime()).toBeGreaterThanOrEqual(
      settled!.disputes[0]!.escalatedAt!.getTime(),
    );
    const told = await eventually('both facts', () => {
      const facts = service.told(id, 'RecoveryCaseEscalated');
      return facts.length === 2 && facts;
    });
    expect(told.map(({ data }) => v1.RecoveryCaseEscalated.decode(data).summary)).toEqual([
      'taken to Ombudsman (B-7)',
      'settled by Ombudsman (B-7): half of it is paid back',
    ]);
    expect((await list(cases))[0]?.disputes).toHaveLength(1);
  }, 30_000);

  test('a repeated request is one, and of another tenant it is not there', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const first = await open(cases, { requestId: 'q1' });
    expect((await open(cases, { requestId: 'q1' })).id).toBe(first.id);
    expect(await refusal(open(cases, { requestId: 'q1', what: 'other' }))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await refusal(open(cases, { contactPoint: undefined }))).toBe('INVALID_ARGUMENT');
    expect(await refusal(open(cases, { kind: CaseKind.LOW_SCORE }))).toBe('INVALID_ARGUMENT');
    const other = service.recovery(`${id}-other`);
    expect(await refusal(advance(other, first.id, CaseState.ASSESSED))).toBe('CASE_NOT_FOUND');
    expect(await refusal(other.getRecoveryCase({ caseId: first.id }))).toBe('CASE_NOT_FOUND');
    expect(await list(other)).toEqual([]);
  }, 20_000);

  test('an agent gives what the policy allows, also when many give at once', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const policy = { agentCaseLimitMinor: 1000n, agentPeriodLimitMinor: 1500n, currency: 'EUR' };
    await cases.setRecoveryPolicy(v1.SetRecoveryPolicyRequest.fromPartial({ policy } as never));
    const two = [await open(cases), await open(cases, { contactPoint: mail('ben@example.org') })];
    const give = (caseId: string, amountMinor: bigint, more: object = {}) =>
      cases.compensateRecoveryCase(
        v1.CompensateRecoveryCaseRequest.fromPartial({
          caseId,
          agentId: 'sam',
          amountMinor,
          what: 'a voucher',
          ...more,
        } as never),
      );
    expect(await refusal(give(two[0]!.id, 1001n))).toBe('EMPOWERMENT_EXCEEDED');
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => refusal(give(two[i % 2]!.id, 400n))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'EMPOWERMENT_EXCEEDED')).toHaveLength(5);
    expect(await refusal(give(two[0]!.id, 9000n, { approverId: 'admin' }))).toBe('accepted');
    const spent = (await list(cases))
      .flatMap(({ compensations }) => compensations)
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    expect(spent).toBe(10_200n);
  }, 30_000);
});

describe('empowerment', () => {
  const power = (action: string, caseLimitMinor: bigint, more: object = {}) => ({
    action,
    caseLimitMinor,
    periodLimitMinor: caseLimitMinor * 2n,
    ...more,
  });
  const setUp = async (id: string) => {
    const tiers = service.empowerment(id);
    const set = (empowerment: object) =>
      tiers.setEmpowerment(v1.SetEmpowermentRequest.fromPartial({ empowerment } as never));
    const empowerment = {
      defaultTierId: 'agent',
      tiers: [
        {
          id: 'agent',
          powers: [
            power('compensate', 1000n, { approvalLimitMinor: 5000n, approvalMinutes: 30 }),
            power('refund', 0n, { reason: 'the back office refunds', alternatives: ['a voucher'] }),
          ],
        },
        { id: 'lead', powers: [power('*', 9000n)], approveUpToMinor: 4000n },
      ],
    };
    await set(empowerment);
    await tiers.setAgentTier({ agentId: 'lea', tierId: 'lead', requestId: '' });
    return { tiers, set, empowerment };
  };
  const give = (cases: Cases, caseId: string, amountMinor: bigint, more: object = {}) =>
    cases.compensateRecoveryCase(
      v1.CompensateRecoveryCaseRequest.fromPartial({
        caseId,
        agentId: 'sam',
        amountMinor,
        what: 'x',
        ...more,
      } as never),
    );
  const { ApprovalState, EmpowermentVerdict } = v1;

  test('tiers say what goes alone, with agreement and not, and are checked where it is given', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const { tiers, set, empowerment } = await setUp(id);
    expect((await tiers.getEmpowerment({})).empowerment!.tiers.map((one) => one.id)).toEqual(['agent', 'lead']);
    expect(await refusal(set({ ...empowerment, defaultTierId: 'none' }))).toBe('INVALID_ARGUMENT');
    expect(await refusal(tiers.setAgentTier({ agentId: 'x', tierId: 'none', requestId: '' }))).toBe('TIER_NOT_FOUND');
    const one = await open(cases);
    const may = (amountMinor: bigint, more: object = {}) =>
      tiers.getAgentEmpowerment(
        v1.GetAgentEmpowermentRequest.fromPartial({ agentId: 'sam', caseId: one.id, amountMinor, ...more } as never),
      );
    expect(await may(1000n)).toMatchObject({ verdict: EmpowermentVerdict.ALLOWED, tierId: 'agent', leftMinor: 1000n });
    expect(await may(1001n)).toMatchObject({ verdict: EmpowermentVerdict.NEEDS_APPROVAL, approvalMinutes: 30 });
    expect(await may(1n, { action: 'refund' })).toMatchObject({
      verdict: EmpowermentVerdict.NOT_ALLOWED,
      reason: 'the back office refunds',
      alternatives: ['a voucher'],
    });
    await give(cases, one.id, 600n);
    expect(await may(0n)).toMatchObject({ leftMinor: 400n, leftInCaseMinor: 400n, leftInPeriodMinor: 1400n });
    const no = await give(cases, one.id, 401n).catch((error) => error);
    expect(no).toMatchObject({
      reason: 'EMPOWERMENT_EXCEEDED',
      metadata: { verdict: 'needs_approval', left_minor: '400' },
    });
    expect(await refusal(give(cases, one.id, 1n, { action: 'refund' }))).toBe('EMPOWERMENT_EXCEEDED');
    // Somebody's word is worth what their own tier lets them agree to.
    const tom = service.recovery(id, 'tom');
    const lea = service.recovery(id, 'lea');
    expect(await refusal(give(tom, one.id, 900n, { approverId: 'tom' }))).toBe('APPROVER_NOT_EMPOWERED');
    // Whoever calls agrees, not whom they name.
    expect(await refusal(give(tom, one.id, 900n, { approverId: 'lea' }))).toBe('APPROVER_NOT_CALLER');
    expect(await refusal(give(lea, one.id, 900n, { approverId: 'lea' }))).toBe('accepted');
    expect(await refusal(give(lea, one.id, 5001n, { approverId: 'lea' }))).toBe('EMPOWERMENT_EXCEEDED');
    expect(await refusal(give(cases, one.id, 8000n, { agentId: 'lea', action: 'refund' }))).toBe('accepted');
  }, 30_000);

  test('an approval has a clock; granted, the customer is given it once', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const { tiers } = await setUp(id);
    const one = await open(cases);
    const ask = (amountMinor: bigint, more: object = {}) =>
      tiers.requestApproval(
        v1.RequestApprovalRequest.fromPartial({
          agentId: 'sam',
          caseId: one.id,
          amountMinor,
          what: 'a night for free',
          ...more,
        } as never),
      );
    const answer = { approverId: '', note: '', requestId: '' };
    const as = (subject: string) => service.empowerment(id, subject);
    const lea = as('lea');
    expect(await refusal(ask(1000n))).toBe('APPROVAL_NOT_NEEDED');
    expect(await refusal(ask(5001n))).toBe('EMPOWERMENT_EXCEEDED');
    const { approval } = await ask(3000n, { requestId: 'q' });
    expect((await ask(3000n, { requestId: 'q' })).approval).toEqual(approval);
    expect(approval!.dueAt!.getTime() - approval!.requestedAt!.getTime()).toBe(30 * 60_000);
    const approvalId = approval!.id;
    expect(approval!.requestedBy).toBe('admin');
    expect(await refusal(as('sam').grantApproval({ ...answer, approvalId }))).toBe('APPROVER_IS_AGENT');
    expect(await refusal(tiers.grantApproval({ ...answer, approvalId }))).toBe('APPROVER_IS_AGENT');
    expect(await refusal(as('tom').grantApproval({ ...answer, approvalId }))).toBe('APPROVER_NOT_EMPOWERED');
    // The lead's name in somebody else's mouth is worth nothing.
    expect(await refusal(as('tom').grantApproval({ ...answer, approvalId, approverId: 'lea' }))).toBe(
      'APPROVER_NOT_CALLER',
    );
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => refusal(lea.grantApproval({ ...answer, approvalId }))),
    );
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'accepted'));
    const [given] = await list(cases);
    expect(given!.compensations).toMatchObject([{ agentId: 'sam', approverId: 'lea', amountMinor: 3000n }]);
    expect((await tiers.getApproval({ approvalId })).approval!.givenAt).toBeInstanceOf(Date);
    // What somebody agreed to does not count towards what may be given alone.
    expect(await refusal(give(cases, one.id, 1000n))).toBe('accepted');

    const denied = (await ask(2000n)).approval!;
    await lea.denyApproval({
      approvalId: denied.id,
      approverId: 'lea',
      reason: 'too much for a late box',
      alternatives: ['a voucher'],
      requestId: '',
    });
    expect(await refusal(lea.grantApproval({ ...answer, approvalId: denied.id }))).toBe('APPROVAL_OVER');
    // Its time is over, as if half an hour had passed.
    const late = (await ask(2500n)).approval!;
    await service.db
      .collection('approvals')
      .updateOne({ ownId: late.id }, { $set: { dueAt: Date.now() - 1, lookAt: new Date(0) } });
    await eventually('it expires', async () => {
      const { approvals } = await tiers.listApprovals(
        v1.ListApprovalsRequest.fromPartial({ state: ApprovalState.EXPIRED } as never),
      );
      return approvals.length === 1;
    });
    await eventually('the facts', () => service.told(id, 'ApprovalExpired').length === 1);
    expect(service.told(id, 'ApprovalRequested')).toHaveLength(3);
    expect([service.told(id, 'ApprovalGranted').length, service.told(id, 'ApprovalDenied').length]).toEqual([1, 1]);
    const other = service.empowerment(`${id}-other`);
    expect(await refusal(other.getApproval({ approvalId }))).toBe('APPROVAL_NOT_FOUND');
  }, 40_000);

  test('nobody agrees to what cannot be given: the case is closed', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const { tiers } = await setUp(id);
    const one = await open(cases);
    const request = { agentId: 'sam', caseId: one.id, amountMinor: 2000n, what: 'x' };
    const ask = async () =>
      (await tiers.requestApproval(v1.RequestApprovalRequest.fromPartial(request as never))).approval!;
    const [late, between] = [await ask(), await ask()];
    await resolve(cases, one.id);
    const answer = { approvalId: late.id, approverId: '', note: '', requestId: '' };
    expect(await refusal(service.empowerment(id, 'lea').grantApproval(answer))).toBe('CASE_CLOSED');
    // Closed between the yes and the gift, it lapses instead of being tried for ever.
    const granted = { state: 'granted', approverId: 'lea', decidedAt: Date.now(), lookAt: new Date() };
    await service.db.collection('approvals').updateOne({ ownId: between.id }, { $set: granted });
    await eventually('it lapses', async () => {
      const { approval } = await tiers.getApproval({ approvalId: between.id });
      return approval!.state === ApprovalState.EXPIRED;
    });
    expect((await list(cases))[0]!.compensations).toEqual([]);
  }, 30_000);

  test('what was granted and not given, because somebody died in between, is given', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const { tiers } = await setUp(id);
    const one = await open(cases);
    const request = { agentId: 'sam', caseId: one.id, amountMinor: 2000n, what: 'x' };
    const { approval } = await tiers.requestApproval(v1.RequestApprovalRequest.fromPartial(request as never));
    const granted = { state: 'granted', approverId: 'lea', decidedAt: Date.now(), lookAt: new Date() };
    await service.db.collection('approvals').updateOne({ ownId: approval!.id }, { $set: granted });
    await eventually('it is given', async () => (await list(cases))[0]!.compensations.length === 1);
    await eventually(
      'and noted',
      async () => (await tiers.getApproval({ approvalId: approval!.id })).approval!.givenAt,
    );
  }, 30_000);
});

describe('a customer at risk', () => {
  const told = (id: string) =>
    [...service.told(id, 'CustomerRiskRaised'), ...service.told(id, 'CustomerRiskEnded')].map((event) => {
      const name = event.type.split('.').pop()!;
      const codec = name === 'CustomerRiskRaised' ? v1.CustomerRiskRaised : v1.CustomerRiskEnded;
      const { reason, ref } = codec.decode(event.data);
      return `${name} ${reason} ${ref.split('/')[0]} ${event.contactPoint}`;
    });

  test('is told of while a case is open, and no longer', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const one = await open(cases);
    const raised = 'CustomerRiskRaised RECOVERY_OPEN case email:ada@example.org';
    await eventually('at risk', () => told(id).join() === raised);
    await resolve(cases, one.id);
    const ended = 'CustomerRiskEnded RECOVERY_OPEN case email:ada@example.org';
    await eventually('not any more', () => told(id).join() === [raised, ended].join());
  }, 40_000);

  test('who says that they leave is at risk, once per conversation; what we or machines say is not heard', async () => {
    const id = tenant();
    const talk = service.conversation(id, `${id}-c1`);
    await talk.opened();
    await talk.wrote('I want to cancel my subscription');
    await talk.wrote('Did you hear? Cancel my subscription!');
    await talk.replied({ text: 'Do you want to cancel my subscription, then?' });
    const auto = service.conversation(id, `${id}-c2`, 'email:ben@example.org');
    await auto.opened();
    await auto.wrote('cancel my subscription', { messageClass: 'MESSAGE_CLASS_AUTO_REPLY' });
    await auto.solved();
    await eventually('all is read', () =>
      service.db.collection('dockets').findOne({ tenantId: id, ownId: `${id}-c2`, ended: true }),
    );
    await eventually('at risk', () => told(id).length > 0);
    expect(told(id)).toEqual(['CustomerRiskRaised CANCELLATION_WORDS words email:ada@example.org']);
  }, 40_000);
});

describe('after a recovery', () => {
  const survey = (id: string, content: object) =>
    service.client(id).createSurvey(
      v1.CreateSurveyRequest.fromPartial({
        surveyId: 'made-good',
        content: {
          questions: [{ id: 'csat', kind: v1.QuestionKind.CSAT }],
          delaySeconds: 0,
          afterRecovery: true,
          quarantineDays: 0,
          ...content,
        },
      } as never),
    );

  test('the customer is asked whether it was made good, once, with a question of its own', async () => {
    const id = tenant();
    await survey(id, {});
    const talk = service.conversation(id, `${id}-c1`);
    await talk.opened();
    await talk.changed(['tags'], { tags: ['complaint'] });
    const cases = service.recovery(id);
    const [one] = await eventually('the case', async () => {
      const found = await list(cases);
      return found.length > 0 && found;
    });
    // Solved conversations are not asked about by a survey of recoveries.
    await talk.solved();
    for (const to of [CaseState.ACKNOWLEDGED, CaseState.ASSESSED, CaseState.INVESTIGATED, CaseState.RESPONDED]) {
      await advance(cases, one!.id, to);
    }
    await resolve(cases, one!.id);
    const { send } = await service.mailed(id);
    expect(send).toMatchObject({ kind: 'survey', conversationId: `${id}-c1` });
    const { invitations } = await service.client(id).listInvitations(v1.ListInvitationsRequest.fromPartial({}));
    expect(invitations).toMatchObject([{ caseId: one!.id, conversationId: `${id}-c1`, surveyId: 'made-good' }]);
    expect(service.sends(id)).toHaveLength(1);
  }, 60_000);

  test('quarantine and consent hold for it as for any other', async () => {
    const id = tenant();
    await survey(id, { quarantineDays: 30 });
    const cases = service.recovery(id);
    const reasons = () => service.told(id, 'SurveyNotAsked').map(({ data }) => v1.SurveyNotAsked.decode(data).reason);
    await open(cases, { caseId: 'first' });
    await resolve(cases, 'first');
    await service.mailed(id);
    await open(cases, { caseId: 'second' });
    await resolve(cases, 'second');
    await eventually('the second is decided', () => reasons().length > 0);
    expect(reasons()).toEqual(['QUARANTINED']);
    expect(service.sends(id)).toHaveLength(1);
  }, 60_000);
});

describe('the outer loop', () => {
  test('causes are grouped, a measure has its rates, and precisely those concerned are told, once', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    await cases.createFailurePoint(
      v1.CreateFailurePointRequest.fromPartial({
        failurePointId: 'box',
        name: 'Packing',
        causeId: 'process.unexplained',
      }),
    );
    const concerned = [
      await open(cases),
      await open(cases, { contactPoint: mail('ben@example.org') }),
      await open(cases, { what: 'empty again' }),
    ];
    const other = await open(cases, { contactPoint: mail('chen@example.org'), what: 'a rude answer' });
    const unreachable = await open(cases, {
      contactPoint: { type: commonV1.ContactPointType.PHONE, value: '+493012345678' },
    });
    expect(await refusal(setCause(cases, other.id, { causeId: 'weather' }))).toBe('CAUSE_NOT_FOUND');
    expect(await refusal(setCause(cases, other.id, { failurePointId: 'none' }))).toBe('FAILURE_POINT_NOT_FOUND');
    for (const one of [...concerned, unreachable]) await setCause(cases, one.id, { failurePointId: 'box' });
    await setCause(cases, other.id, { causeId: 'people.attitude' });
    for (const one of [...concerned, other]) await resolve(cases, one.id, CaseOutcome.PARTLY);
    const report = await eventually('the report', async () => {
      const found = await cases.getCauseReport(
        v1.GetCauseReportRequest.fromPartial({ groupBy: CauseDimension.CLASS } as never),
      );
      return found.total!.cases === 4n && found;
    });
    expect(report.rows.map(({ group, cases: n, partly }) => [group, n, partly])).toEqual([
      ['process', 3n, 3n],
      ['people', 1n, 1n],
    ]);
    const { failurePoints } = await cases.listFailurePoints(v1.ListFailurePointsRequest.fromPartial({}));
    expect(failurePoints).toMatchObject([{ id: 'box', cases: 4n }]);

    await cases.createImprovement(
      v1.CreateImprovementRequest.fromPartial({
        improvementId: 'seal',
        failurePointId: 'box',
        youSaid: 'The box was empty.',
        weDid: 'Boxes are weighed before they leave.',
      }),
    );
    const tell = () => cases.tellCustomers({ improvementId: 'seal', requestId: '' });
    expect(await refusal(tell())).toBe('IMPROVEMENT_NOT_DONE');
    await cases.completeImprovement({ improvementId: 'seal', requestId: '' });
    expect(await tell()).toEqual({ told: 2n, toldBefore: 0n, notTold: { NO_ADDRESS: 1n } });
    expect(await tell()).toEqual({ told: 0n, toldBefore: 2n, notTold: { NO_ADDRESS: 1n } });
    const messages = await eventually('the messages', () => service.sends(id).length === 2 && service.sends(id));
    expect(messages.map(({ to, subject }) => [to?.value, subject]).sort()).toEqual([
      ['ada@example.org', 'You said, we did'],
      ['ben@example.org', 'You said, we did'],
    ]);
    expect(messages[0]!.text).toContain('Boxes are weighed before they leave.');
    expect(messages[0]).toMatchObject({
      topic: 'improvements',
      messageClass: 'MESSAGE_CLASS_SERVICE',
      confidential: false,
    });
    expect(service.told(id, 'ImprovementTold')).toEqual([]);
    const aboutOf = (value: string) => messages.find(({ to }) => to?.value === value)!.aboutId;
    const kind = 'improvement';
    for (const value of ['ada@example.org', 'ben@example.org']) {
      await service.delivery(id, 'Sent', { kind, aboutId: aboutOf(value) }, {}, `email:${value}`);
    }
    await eventually('both heard', () => service.told(id, 'ImprovementTold').length === 2);
    expect(
      service
        .told(id, 'ImprovementTold')
        .map(({ contactPoint }) => contactPoint)
        .sort(),
    ).toEqual(['email:ada@example.org', 'email:ben@example.org']);
    const lost = { kind, aboutId: aboutOf('ben@example.org') };
    await service.delivery(id, 'Bounced', lost, { code: '5.1.1' }, 'email:ben@example.org');
    await eventually('not told', () => service.told(id, 'ImprovementNotTold')[0]);
    expect(await tell()).toEqual({ told: 0n, toldBefore: 1n, notTold: { NO_ADDRESS: 1n, BOUNCED: 1n } });
    const { improvement } = await cases.getImprovement({ improvementId: 'seal', days: 30 });
    expect(improvement).toMatchObject({
      state: 'IMPROVEMENT_STATE_DONE',
      before: { cases: 0n, days: 30 },
      after: { cases: 0n, days: 0 },
    });
  }, 60_000);

  test('who was not asked whether they may be contacted is not', async () => {
    const id = tenant();
    const client = service.client(id);
    const cases = service.recovery(id);
    await client.createSurvey(
      v1.CreateSurveyRequest.fromPartial({
        surveyId: 'after',
        content: { questions: [{ id: 'csat', kind: v1.QuestionKind.CSAT }], manualOnly: true },
      } as never),
    );
    const { invitation } = await client.inviteCustomer(
      v1.InviteCustomerRequest.fromPartial({ surveyId: 'after', contactPoint: ada, linkOnly: true } as never),
    );
    await client.recordAnswer(
      v1.RecordAnswerRequest.fromPartial({
        invitationId: invitation!.id,
        values: [{ questionId: 'csat', value: { $case: 'number', value: 1 } }],
      } as never),
    );
    const [one] = await eventually('the case', async () => {
      const found = await list(cases);
      return found.length > 0 && found;
    });
    await cases.createFailurePoint(
      v1.CreateFailurePointRequest.fromPartial({ failurePointId: 'box', name: 'Packing' }),
    );
    await setCause(cases, one!.id, { failurePointId: 'box' });
    await cases.createImprovement(
      v1.CreateImprovementRequest.fromPartial({
        improvementId: 'seal',
        failurePointId: 'box',
        youSaid: 'a',
        weDid: 'b',
      }),
    );
    await cases.completeImprovement({ improvementId: 'seal', requestId: '' });
    expect(await cases.tellCustomers({ improvementId: 'seal', requestId: '' })).toMatchObject({
      told: 0n,
      notTold: { NO_CONSENT: 1n },
    });
    expect(service.sends(id)).toEqual([]);
  }, 30_000);

  test('a tenant has the standard causes and its own', async () => {
    const id = tenant();
    const cases = service.recovery(id);
    const create = (parentId: string) =>
      cases.createCause(v1.CreateCauseRequest.fromPartial({ parentId, nameId: 'price_card', name: 'Price card' }));
    expect((await create('servicescape.signs')).cause).toMatchObject({
      id: 'servicescape.signs.price_card',
      class: 'CAUSE_CLASS_SERVICESCAPE',
      own: true,
    });
    expect(await refusal(create('servicescape.signs'))).toBe('CAUSE_EXISTS');
    expect(await refusal(create('none'))).toBe('CAUSE_NOT_FOUND');
    expect((await cases.listCauses({})).causes).toHaveLength(21);
    expect((await service.recovery(`${id}-other`).listCauses({})).causes).toHaveLength(20);
  }, 20_000);
});
