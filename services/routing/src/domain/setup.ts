import type { Selection, SkillNeed } from './demand';
import type { Guard } from './guard';

/** What administrators set up. Every kind has an id and a version that grows with each change. */
export interface Skill {
  id: string;
  name: string;
  version: number;
}

export interface Team {
  id: string;
  name: string;
  version: number;
}

export interface Goal {
  targetPercent: number;
  thresholdSeconds: number;
  shortAbandonSeconds: number;
}

/** What is told to those who wait. */
export interface Notices {
  firstAfterSeconds: number;
  repeatSeconds: number;
  position: boolean;
  estimate: boolean;
  texts: Record<string, string>;
}

export interface Queue {
  id: string;
  name: string;
  serviceLevel: Goal;
  notices?: Notices | undefined;
  guard?: Guard | undefined;
  version: number;
}

export interface Agent {
  id: string;
  name: string;
  teamId: string;
  queueIds: string[];
  skills: { skillId: string; proficiency: number }[];
  capacityUnits: number;
  channelCosts: Record<string, number>;
  interruptions: { active: string; by: string }[];
  /** Where calls are connected; empty when not by us. */
  callAddress?: string;
  version: number;
}

export type Priority = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT';

export interface Condition {
  channels: string[];
  priorities: Priority[];
  languages: string[];
  topics: string[];
  attributes: Record<string, string>;
}

export interface Relaxation {
  afterSeconds: number;
  dropSkillIds: string[];
  /** 0 leaves proficiencies as they are. */
  maxRequiredProficiency: number;
  widenQueueIds: string[];
}

/** When a queue is passed over: nobody signed in, or more contacts waiting than that (0: no limit). */
export interface SkipCondition {
  noAgents: boolean;
  queueLongerThan: number;
}

/** A further queue of a rule: where its contacts go on to after so long. */
export interface Target {
  queueId: string;
  afterSeconds: number;
  /** Those of the rule when empty. */
  skills: SkillNeed[];
  boostPoints: number;
  skipWhen: SkipCondition;
}

export interface Rule {
  name: string;
  when: Condition;
  queueId: string;
  skills: SkillNeed[];
  boostPoints: number;
  skipWhen: SkipCondition;
  preferredAgentSeconds: number;
  relaxation: Relaxation[];
  /** In order of time. */
  targets?: Target[] | undefined;
  overflow?: { afterSeconds: number; queueId: string; skipWhen?: SkipCondition | undefined } | undefined;
  selection: Selection;
  offerTimeoutSeconds: number;
  wrapUpSeconds: number;
}

export interface Policy {
  id: string;
  name: string;
  rules: Rule[];
  priorityPoints: Record<Priority, number>;
  ageingPointsPerMinute: number;
  version: number;
}

export interface Setup {
  skills: ReadonlyMap<string, Skill>;
  teams: ReadonlyMap<string, Team>;
  queues: ReadonlyMap<string, Queue>;
  agents: ReadonlyMap<string, Agent>;
  policies: ReadonlyMap<string, Policy>;
}

export type Kind = keyof Setup;
/** Which resources there are, by id. */
export type Known = Readonly<Record<Kind, ReadonlyMap<string, unknown>>>;
export type Resource = Skill | Team | Queue | Agent | Policy;
