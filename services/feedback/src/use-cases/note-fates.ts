import type { Fate } from '../domain/ask/invitation';
import { decideFate } from '../domain/ask/invitation';
import { decideCase } from '../domain/recovery/case';
import type { Invitations, People } from './ports';
import type { Cases, Improvements } from './recovery-ports';

export interface FateDeps {
  invitations: Invitations;
  people: People;
  cases: Cases;
  improvements: Improvements;
  now(): number;
}

/** What the notification service says became of one of our messages. */
export interface MessageNews {
  tenantId: string;
  kind: string;
  aboutId: string;
  fate: Fate;
}

const ofSurvey = async (deps: FateDeps, { tenantId, aboutId, fate }: MessageNews): Promise<void> => {
  const found = await deps.invitations.load(tenantId, aboutId);
  if (!found) return;
  const now = deps.now();
  await deps.invitations.change(tenantId, aboutId, (current) => decideFate(current!, fate), now);
  if (fate.state !== 'refused' && fate.state !== 'bounced') return;
  // Nobody is left in peace for weeks because of a question that did not reach them.
  const command = { type: 'askMissed' as const, invitationId: aboutId };
  await deps.people.apply([{ tenantId, id: found.customerId, command, at: fate.at }], now);
};

const ofImprovement = async (deps: FateDeps, { tenantId, aboutId, fate }: MessageNews): Promise<void> => {
  const [caseId = '', improvementId = ''] = aboutId.split('/');
  const improvement = await deps.improvements.load(tenantId, improvementId);
  const found = await deps.cases.load(tenantId, caseId);
  if (!improvement || !found || fate.state === 'requested' || fate.state === 'held') return;
  const { at, detail } = fate;
  const reason = fate.state === 'bounced' ? 'BOUNCED' : fate.reason;
  const command =
    fate.state === 'sent'
      ? { type: 'hear' as const, at, improvementId, weDid: improvement.weDid }
      : { type: 'miss' as const, at, improvementId, reason, detail };
  await deps.cases.change(tenantId, caseId, (current) => decideCase(current, command), deps.now());
};

/** Notes what became of surveys and of "you said, we did"; hearing of it again changes nothing. */
export const noteFates =
  (deps: FateDeps) =>
  async (news: MessageNews[]): Promise<void> => {
    for (const one of news) {
      if (one.kind === 'survey') await ofSurvey(deps, one);
      else if (one.kind === 'improvement') await ofImprovement(deps, one);
    }
  };
