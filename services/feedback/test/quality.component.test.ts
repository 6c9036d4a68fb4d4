import type { channelV1 } from '@throughline/proto';
import { feedbackV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { refusal, startService } from './support/running';

let service: Running;
let serial = 0;
const tenant = () => `q${++serial}`;
const { MarkResult, Badge, SuggestionKind, QuestionKind } = v1;

beforeAll(async () => {
  service = await startService({ FEEDBACK_FCR_WINDOW_MS: '10000' });
}, 60_000);
afterAll(() => service.stop(), 30_000);

type Quality = ReturnType<Running['quality']>;
const card = (quality: Quality) =>
  quality.createScorecard(
    v1.CreateScorecardRequest.fromPartial({
      scorecardId: 'calls',
      name: 'Calls',
      sections: [
        {
          name: 'Everything',
          items: [
            { id: 'greet', text: 'Greets', weight: 20 },
            { id: 'solve', text: 'Solves', weight: 80 },
            { id: 'verify', text: 'Verifies', weight: 0, criticality: v1.Criticality.COMPLIANCE },
          ],
        },
      ],
    } as never),
  );
const { PASS, FAIL } = MarkResult;
const marks = (...results: v1.MarkResult[]) =>
  ['greet', 'solve', 'verify'].map((itemId, i) => ({ itemId, result: results[i]! }));
const evaluate = (quality: Quality, more: object) => quality.evaluate(v1.EvaluateRequest.fromPartial(more as never));

test('evaluations of a calibration are hidden until all gave theirs; then they are compared', async () => {
  const id = tenant();
  const quality = service.quality(id);
  await card(quality);
  const evaluatorIds = ['lea', 'max'];
  const { calibration } = await quality.createCalibration(
    v1.CreateCalibrationRequest.fromPartial({
      scorecardId: 'calls',
      conversationId: 'c1',
      agentId: 'sam',
      evaluatorIds,
    }),
  );
  const calibrationId = calibration!.id;
  const compare = () => quality.compareEvaluators({ calibrationId });
  const first = await evaluate(quality, { calibrationId, evaluatorId: 'lea', marks: marks(PASS, PASS, PASS) });
  expect(first.evaluation).toMatchObject({ hidden: true, marks: [], criticalErrors: [] });
  expect(await refusal(compare())).toBe('CALIBRATION_INCOMPLETE');
  expect(await refusal(evaluate(quality, { calibrationId, evaluatorId: 'eve', marks: marks(PASS, PASS, PASS) }))).toBe(
    'NOT_AN_EVALUATOR',
  );
  expect(await refusal(evaluate(quality, { calibrationId, evaluatorId: 'lea', marks: marks(FAIL, PASS, PASS) }))).toBe(
    'ALREADY_EVALUATED',
  );
  const { evaluations } = await quality.listEvaluations(v1.ListEvaluationsRequest.fromPartial({ calibrationId }));
  expect(evaluations).toMatchObject([{ hidden: true, marks: [], score: undefined }]);
  await evaluate(quality, { calibrationId, evaluatorId: 'max', marks: marks(FAIL, PASS, PASS) });
  const { agreement } = await compare();
  expect(agreement).toMatchObject({ evaluators: 2, items: 3, scoreSpread: 20, withinTolerance: false });
  expect(agreement!.agreementPercent).toBeCloseTo(66.67, 1);
  expect(agreement!.differences).toEqual([
    { itemId: 'greet', results: { lea: 'MARK_RESULT_PASS', max: 'MARK_RESULT_FAIL' } },
  ]);
  expect((await quality.getEvaluation({ evaluationId: first.evaluation!.id })).evaluation).toMatchObject({
    hidden: false,
    score: 100,
  });
  expect(await refusal(service.quality(`${id}-other`).compareEvaluators({ calibrationId }))).toBe(
    'CALIBRATION_NOT_FOUND',
  );
}, 30_000);

test('an agent is measured by quality and by what stayed solved', async () => {
  const id = tenant();
  const quality = service.quality(id);
  await card(quality);
  const base = { scorecardId: 'calls', evaluatorId: 'lea', agentId: 'agent-7' };
  await evaluate(quality, { ...base, conversationId: 'x1', marks: marks(PASS, PASS, PASS) });
  await evaluate(quality, { ...base, conversationId: 'x2', marks: marks(PASS, PASS, FAIL) });
  expect(await refusal(evaluate(quality, { ...base, marks: marks(PASS, PASS, PASS).slice(1) }))).toBe('ITEM_MISSING');
  const solved = async (name: string, address: string) => {
    const talk = service.conversation(id, `${id}-${name}`, address);
    await talk.opened();
    await talk.replied();
    await talk.solved();
    return talk;
  };
  await solved('c1', 'email:ada@example.org');
  await solved('c2', 'email:ben@example.org');
  const third = await solved('c3', 'email:chen@example.org');
  await third.reopened();
  // Ben comes again by another conversation.
  await service.conversation(id, `${id}-c4`, 'email:ben@example.org').opened();
  const measures = await eventually(
    'all three are known',
    async () => {
      const found = (await quality.getAgentMeasures(v1.GetAgentMeasuresRequest.fromPartial({ agentId: 'agent-7' })))
        .measures!;
      return found.firstContactResolution!.n === 3n && found.quality!.n === 2n && found;
    },
    60_000,
  );
  expect(measures.firstContactResolution!.value).toBeCloseTo(33.3, 1);
  expect(measures.quality).toMatchObject({ value: 50, sampleTooSmall: true });
  expect(measures.criticalAccuracy).toMatchObject({ n: 2n, value: 50 });
}, 90_000);

test('keys that are pressed after the call answer it', async () => {
  const id = tenant();
  const client = service.client(id);
  await client.createSurvey(
    v1.CreateSurveyRequest.fromPartial({
      surveyId: 'calls',
      content: {
        questions: [{ id: 'csat', kind: QuestionKind.CSAT, required: true }],
        keypad: true,
        delaySeconds: 600,
      },
    } as never),
  );
  const talk = service.conversation(id, `${id}-c1`, 'phone:+493012345678', 'voice');
  await talk.opened();
  await talk.call('keys_pressed', { detail: '1' });
  await talk.call('answered', { answeredBy: 'agent-7' });
  await talk.call('ended');
  await talk.call('keys_pressed', { detail: '5#' });
  const [answered] = await eventually('the answer', async () => {
    const { invitations } = await client.listInvitations(
      v1.ListInvitationsRequest.fromPartial({ conversationId: `${id}-c1` }),
    );
    return invitations[0]?.answer && invitations;
  });
  expect(answered).toMatchObject({ answer: { via: 'keypad', revision: 1, values: [{ value: { value: 5 } }] } });
  expect(service.sends(id)).toEqual([]);
}, 30_000);

describe('a question that the channel asks by itself', () => {
  const survey = (client: Client, content: object = {}) =>
    client.createSurvey(
      v1.CreateSurveyRequest.fromPartial({
        surveyId: 'there',
        content: {
          questions: [{ id: 'csat', kind: QuestionKind.CSAT, required: true }],
          keypad: true,
          delaySeconds: 0,
          ...content,
        },
      } as never),
    );
  const only = async (client: Client) =>
    (await client.listInvitations(v1.ListInvitationsRequest.fromPartial({}))).invitations[0];
  const answered = (questionId: string, value: number) => ({
    $case: 'questionAnswered' as const,
    value: { questionId, value },
  });

  test('goes into the call, once somebody took it; the first key counts, and only of the caller', async () => {
    const id = tenant();
    const client = service.client(id);
    await survey(client);
    const phone = 'phone:+493012345678';
    const talk = service.conversation(id, `${id}-c1`, phone, 'voice');
    await talk.opened({ threadKey: 'CA7' });
    await talk.call('answered', { answeredBy: 'agent-7' });
    const command = await eventually('the order to ask', () => service.callQuestions(id)[0]);
    const { question } = (command.action as { value: channelV1.AskCaller }).value;
    expect(command).toMatchObject({ channel: 'voice', threadKey: 'CA7', conversationId: `${id}-c1` });
    expect(question).toMatchObject({ lowest: 1, highest: 5, text: expect.stringContaining('press a key from 1') });
    const questionId = question!.questionId;
    expect(service.told(id, 'SurveyInvitationSent')).toEqual([]);
    await service.channel(id, 'voice', phone, { $case: 'questionAsked', value: { questionId } });
    await eventually('asked', () => service.told(id, 'SurveyInvitationSent')[0]);
    await talk.call('ended');
    // Whoever knows the id and is somebody else, elsewhere or of another tenant, answers nothing.
    await service.channel(`${id}-other`, 'voice', phone, answered(questionId, 1));
    await service.channel(id, 'voice', 'phone:+493099999999', answered(questionId, 1));
    await service.channel(id, 'voice', phone, answered(questionId, 9));
    await service.channel(id, 'voice', phone, answered(questionId, 4));
    await service.channel(id, 'voice', phone, answered(questionId, 2));
    const invitation = await eventually('the answer', async () => {
      const one = await only(client);
      return one?.answer && one;
    });
    expect(invitation).toMatchObject({
      channel: 'voice',
      message: { state: 'INVITATION_MESSAGE_STATE_SENT' },
      answer: { via: 'keypad', revision: 1, values: [{ value: { value: 4 } }] },
    });
    await talk.solved();
    expect(service.sends(id)).toEqual([]);
  }, 40_000);

  test('with ten values takes two keys, and 10 is 10', async () => {
    const id = tenant();
    const client = service.client(id);
    await survey(client, { questions: [{ id: 'csat', kind: QuestionKind.CSAT_10, required: true }] });
    const phone = 'phone:+493012345678';
    const talk = service.conversation(id, `${id}-c1`, phone, 'voice');
    await talk.opened({ threadKey: 'CA10' });
    await talk.call('answered', { answeredBy: 'agent-7' });
    const command = await eventually('the order to ask', () => service.callQuestions(id)[0]);
    const question = (command.action as { value: channelV1.AskCaller }).value.question!;
    expect(question).toMatchObject({ lowest: 1, highest: 10, text: expect.stringContaining('then the hash key') });
    await service.channel(id, 'voice', phone, { $case: 'questionAsked', value: { questionId: question.questionId } });
    await service.channel(id, 'voice', phone, answered(question.questionId, 10));
    const invitation = await eventually('the answer', async () => {
      const one = await only(client);
      return one?.answer && one;
    });
    expect(invitation.answer).toMatchObject({ via: 'keypad', low: false, values: [{ value: { value: 10 } }] });
  }, 40_000);

  test('of a call that was over before it was asked was heard by nobody', async () => {
    const id = tenant();
    const client = service.client(id);
    await survey(client);
    const talk = service.conversation(id, `${id}-c1`, 'phone:+493012345678', 'voice');
    await talk.opened({ threadKey: 'CA8' });
    await talk.call('answered', { answeredBy: 'agent-7' });
    await eventually('the order to ask', () => service.callQuestions(id)[0]);
    await talk.call('ended');
    const refused = await eventually('the refusal', () => service.told(id, 'SurveyInvitationRefused')[0]);
    expect(v1.SurveyInvitationRefused.decode(refused.data).reason).toBe('NOT_HEARD');
    // Who was not reached is in no quarantine.
    await eventually('that they were missed', () =>
      service.db.collection('people').findOne({ tenantId: id, 'asks.missed': true }),
    );
    const talkAgain = service.conversation(id, `${id}-c2`, 'phone:+493012345678', 'voice');
    await talkAgain.opened({ threadKey: 'CA9' });
    await talkAgain.call('answered', { answeredBy: 'agent-7' });
    await eventually('asked again', () => service.callQuestions(id)[1]);
  }, 40_000);

  test('is shown in the chat with its values, and answered there', async () => {
    const id = tenant();
    const client = service.client(id);
    await survey(client, { questions: [{ id: 'csat', kind: QuestionKind.CSAT_10, required: true }] });
    const talk = service.conversation(id, `${id}-c1`, 'chat:fay', 'chat');
    await talk.opened();
    await talk.solved();
    const { question, text } = await eventually('the message', () => service.sends(id)[0]);
    expect(question).toMatchObject({ lowest: 1, highest: 10, lowestMeans: 'very dissatisfied' });
    // Pages that show no buttons have the link.
    expect(text).toContain('/s/');
    const questionId = question!.questionId;
    const at = Date.now();
    const press = (value: number, after: number) =>
      service.channel(id, 'chat', 'chat:fay', answered(questionId, value), new Date(at + after));
    await press(2, 0);
    await press(1, 10);
    // Told once more, and late: what she chose since stays.
    await press(2, 0);
    await press(9, 20);
    const changed = await eventually('the change', async () => {
      const one = await only(client);
      return one?.answer?.values[0]?.value?.value === 9 && one;
    });
    expect(changed.answer?.revision).toBe(3);
    expect(changed.answer).toMatchObject({ via: 'chat', low: false, values: [{ value: { value: 9 } }] });
  }, 40_000);
});

test('who does the work is heard and gets an answer; recognition is no contest', async () => {
  const id = tenant();
  const quality = service.quality(id);
  const { suggestion } = await quality.createSuggestion(
    v1.CreateSuggestionRequest.fromPartial({
      kind: SuggestionKind.PROBLEM,
      text: 'The labels fall off',
      authorId: 'sam',
      anonymous: true,
    } as never),
  );
  expect(suggestion).toMatchObject({ authorId: '', answer: '', overdue: false });
  expect(JSON.stringify(await service.db.collection('suggestions').find({ tenantId: id }).toArray())).not.toContain(
    'sam',
  );
  const owed = async () =>
    (await quality.listSuggestions(v1.ListSuggestionsRequest.fromPartial({ unanswered: true }))).suggestions;
  expect(await owed()).toHaveLength(1);
  await quality.answerSuggestion({
    suggestionId: suggestion!.id,
    answer: 'New labels come on Monday',
    answeredBy: 'lea',
    requestId: '',
  });
  expect(await owed()).toEqual([]);
  const thank = (more: object = {}) =>
    quality.giveRecognition(
      v1.GiveRecognitionRequest.fromPartial({
        agentId: 'sam',
        badge: Badge.HELP_GIVEN,
        fromId: 'lea',
        reason: 'explained the labels',
        ...more,
      } as never),
    );
  await thank();
  expect(await refusal(thank({ fromId: 'sam' }))).toBe('SELF_RECOGNITION');
  const list = async () =>
    (await quality.listRecognitions(v1.ListRecognitionsRequest.fromPartial({ agentId: 'sam' }))).recognitions;
  expect(await list()).toHaveLength(1);
  await quality.setRecognitionPreference({ agentId: 'sam', optedOut: true, requestId: '' });
  expect(await list()).toEqual([]);
  expect(await refusal(thank())).toBe('RECOGNITION_DECLINED');
  await eventually(
    'the events',
    () => service.names(id).includes('SuggestionAnswered') && service.names(id).includes('RecognitionGiven'),
  );
  expect(service.told(id, 'SuggestionMade')[0]?.contactPoint).toBeUndefined();
}, 30_000);
