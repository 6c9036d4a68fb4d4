import type { Docket, DocketEvent } from '../domain/ask/docket';
import type { Invitation, InvitationEvent } from '../domain/ask/invitation';
import type { Person, PersonCommand } from '../domain/ask/person';
import type { Distribution } from '../domain/score/score';
import type { Survey, SurveyContent } from '../domain/survey/survey';

/** A request that must have one effect. */
export interface Asked {
  id: string;
  fingerprint: string;
}

export interface Key {
  tenantId: string;
  id: string;
}

/** A page of a list, the newest first; a place is the moment and the id of the last one seen. */
export interface ListQuery {
  tenantId: string;
  /** Fields that must be equal; empty ones do not count. */
  where: Record<string, string | boolean>;
  after?: { at: number; id: string } | undefined;
  limit: number;
}

/** Documents of one kind: decided about, written with their events, read. */
export interface Records<S, E> {
  load(tenantId: string, id: string): Promise<S | undefined>;
  loadMany(tenantId: string, ids: string[]): Promise<S[]>;
  /** Decides and writes; again when somebody else was quicker. A repeated request gives what there is. Throws what `decide` refuses. */
  change(
    tenantId: string,
    id: string,
    decide: (current: S | undefined) => E[],
    at: number,
    asked?: Asked,
  ): Promise<S | undefined>;
  list(query: ListQuery): Promise<{ items: S[]; more: boolean }>;
}

export type PersonEvent =
  | { type: 'fact'; at: number; command: PersonCommand; contactPoint?: string }
  | {
      type: 'notAsked';
      at: number;
      surveyId: string;
      conversationId: string;
      contactPoint: string;
      reason: string;
      detail: string;
    };

export interface People extends Records<Person, PersonEvent> {
  /** Applies facts of many people in one write. */
  apply(
    facts: { tenantId: string; id: string; command: PersonCommand; at: number; contactPoint?: string }[],
    at: number,
  ): Promise<void>;
}

/** What somebody must look at, and the share of the work it belongs to. */
export interface DueKey extends Key {
  shard: number;
}

export interface Dockets extends Records<Docket, DocketEvent> {
  /** Decides about each and writes all in one command. */
  changeMany(
    keys: Key[],
    decide: (key: Key, current: Docket | undefined) => { docket: Docket; events: DocketEvent[] } | undefined,
    at: number,
  ): Promise<void>;
  /** Conversations with a question that is due, in these shares of the work. */
  due(shards: number[], until: number, limit: number): Promise<DueKey[]>;
  /** True when another conversation of the issue is not over. */
  issueGoesOn(tenantId: string, issueId: string, except: string): Promise<boolean>;
}

export interface Invitations extends Records<Invitation, InvitationEvent> {
  /** By its id alone, for whoever comes with a link. */
  find(invitationId: string): Promise<{ tenantId: string; invitation: Invitation } | undefined>;
}

export interface Surveys {
  get(tenantId: string, id: string, version?: number): Promise<Survey | undefined>;
  list(tenantId: string): Promise<Survey[]>;
  /** Those in use, at most a second old. */
  inUse(tenantId: string): Promise<Survey[]>;
  /** A new one, or a new version. `check` sees what there is and refuses. */
  put(
    tenantId: string,
    id: string,
    content: SurveyContent,
    check: (current: Survey | undefined) => void,
    at: number,
    asked?: Asked,
  ): Promise<Survey>;
  archive(tenantId: string, id: string, at: number, asked?: Asked): Promise<boolean>;
}

/** Who belongs together, as journey says. */
export interface CustomerLinks {
  apply(facts: { tenantId: string; contactPoint: string; customerId: string; at: number }[]): Promise<void>;
  /** The customer of a contact point, and every address and id that customer goes by. */
  whois(tenantId: string, contactPoint: string): Promise<{ customerId: string; points: string[]; ids: string[] }>;
}

export interface CellQuery {
  tenantId: string;
  scope: string;
  /** `total` for the whole. */
  dim: string;
  fromDay: string;
  toDay: string;
}

export interface Cells {
  /** Sums by group; of `day` by day. */
  sums(query: CellQuery): Promise<Map<string, Distribution>>;
}

/** Makes and opens the links of invitations. */
export interface Links {
  urlOf(tenantId: string, invitation: Invitation): string;
  open(token: string): { invitationId: string; fits(tenantId: string, invitation: Invitation): boolean } | undefined;
}
