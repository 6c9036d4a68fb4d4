import { emptyDocket, fold, noFacts } from '../domain/ask/docket';
import type { RecoveryCase } from '../domain/recovery/case';
import type { JourneyFacts } from '../domain/survey/survey';
import { surveyFor } from '../domain/survey/survey';
import type { Dockets, Surveys } from './ports';

export interface AfterRecoveryDeps {
  dockets: Dockets;
  surveys: Surveys;
  windowMs: number;
  now(): number;
}

/**
 * Plans the question whether the matter was made good, once its case is closed. Quarantine, sample and everything else that
 * protects customers holds for it as for any other; only the risk that comes from this very matter does not hold it back.
 */
export const askAfterRecovery = async (
  { dockets, surveys, windowMs, now }: AfterRecoveryDeps,
  tenantId: string,
  one: RecoveryCase,
  at: number,
): Promise<void> => {
  if (one.contactPoint === '') return;
  const inUse = (await surveys.inUse(tenantId)).filter(({ content }) => content.afterRecovery);
  if (inUse.length === 0) return;
  const before = one.conversationId ? await dockets.load(tenantId, one.conversationId) : undefined;
  const facts = before?.facts ?? { ...noFacts, channel: one.channel, language: one.language };
  const matters = [
    `case/${one.id}`,
    ...(one.invitationId ? [`invitation/${one.invitationId}`] : []),
    ...(one.promiseId ? [`promise/${one.promiseId}`] : []),
  ];
  const recovery = { caseId: one.id, conversationId: one.conversationId, matters };
  const { contactPoint, mayContact } = one;
  const step = { type: 'recovered' as const, at, contactPoint, facts, recovery, mayContact };
  const rules = {
    surveyFor: (journey: JourneyFacts, afterRecovery = false) => surveyFor(inUse, journey, afterRecovery),
    windowMs,
    // No call is asked in here.
    settleMs: 0,
  };
  await dockets.changeMany(
    [{ tenantId, id: `recovery-${one.id}` }],
    (key, current) => {
      const start = current ?? emptyDocket(key.id);
      const after = fold(start, [{ seq: 1, step }], rules);
      return after.docket === start ? undefined : after;
    },
    now(),
  );
};
