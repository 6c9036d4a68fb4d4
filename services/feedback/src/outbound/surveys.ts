import { Refusal } from '@throughline/core';
import type { Aggregates, NewEvent, Store } from '@throughline/store';
import { alreadyAsked } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Survey, SurveyContent } from '../domain/survey/survey';
import type { Surveys } from '../use-cases/ports';
import { surveyEvent } from './survey-events';

/** What the document of a survey holds: its latest version. Every version lies beside it and never changes. */
export interface KeptSurvey {
  id: string;
  latest: number;
  content: SurveyContent;
  createdAt: number;
  updatedAt: number;
  archived: boolean;
}

interface Version {
  _id: string;
  content: SurveyContent;
  at: number;
}

const FRESH_MS = 1_000;
const MOST_TENANTS = 1_000;
const TRIES = 10;

const surveyOf = (kept: KeptSurvey, version = kept.latest, content = kept.content): Survey => ({
  ...kept,
  version,
  content,
});

/** Surveys with their versions, on MongoDB. */
export const createSurveys = (
  store: Pick<Store, 'db'>,
  aggregates: Aggregates<KeptSurvey>,
  now: () => number,
): Surveys => {
  const versions = () => store.db.collection<Version>('survey_versions') as unknown as mongo.Collection<Version>;
  const fresh = new Map<string, { at: number; surveys: Promise<Survey[]> }>();
  const nameOf = (tenantId: string, id: string, version: number): string => `${tenantId}/${id}/${version}`;
  // Before a newer version takes its place in the document: a version that an invitation names is always there.
  const keep = async (tenantId: string, { id, latest, content, updatedAt }: KeptSurvey) => {
    await versions().updateOne(
      { _id: nameOf(tenantId, id, latest) },
      { $setOnInsert: { content, at: updatedAt } },
      { upsert: true },
    );
  };
  const list = async (tenantId: string): Promise<Survey[]> => {
    const found = await aggregates.loadMany({ tenantId: { $eq: tenantId }, archived: false } as never);
    return found
      .map(({ state }) => surveyOf(state))
      .sort((a, b) => a.content.order - b.content.order || (a.id < b.id ? -1 : 1));
  };
  return {
    list,
    async get(tenantId, id, version = 0) {
      const kept = (await aggregates.load(`${tenantId}/${id}`))?.state;
      if (!kept) return undefined;
      if (version === 0 || version === kept.latest) return surveyOf(kept);
      const stored = await versions().findOne({ _id: nameOf(tenantId, id, version) });
      return stored ? surveyOf(kept, version, stored.content) : undefined;
    },
    async inUse(tenantId) {
      const known = fresh.get(tenantId);
      if (known && known.at > now() - FRESH_MS) return known.surveys;
      if (fresh.size >= MOST_TENANTS) fresh.clear();
      const surveys = list(tenantId);
      fresh.set(tenantId, { at: now(), surveys });
      surveys.catch(() => fresh.delete(tenantId));
      return surveys;
    },
    async put(tenantId, id, content, check, at, asked) {
      for (let attempt = 1; ; attempt++) {
        const before = await aggregates.load(`${tenantId}/${id}`);
        if (before && asked && alreadyAsked(before.asked, asked)) return surveyOf(before.state);
        check(before && surveyOf(before.state));
        if (before) await keep(tenantId, before.state);
        const latest = (before?.state.latest ?? 0) + 1;
        const createdAt = before?.state.createdAt ?? at;
        const kept = { id, latest, content, createdAt, updatedAt: at, archived: false };
        const change = { id: `${tenantId}/${id}`, tenantId, from: before, state: kept, events: surveyEvent(kept, at) };
        try {
          await aggregates.writeOne({ ...change, request: asked });
          fresh.delete(tenantId);
          return surveyOf(kept);
        } catch (error) {
          if (!(error instanceof Refusal) || error.reason !== 'CHANGED_MEANWHILE' || attempt >= TRIES) throw error;
        }
      }
    },
    async archive(tenantId, id, at, asked) {
      const { state, repeated } = await aggregates.change(
        id,
        (current): { state: KeptSurvey; events: NewEvent[] } | undefined => {
          if (!current || current.state.archived) return undefined;
          const kept = { ...current.state, archived: true };
          return { state: kept, events: surveyEvent(kept, at) };
        },
        { tenantId, request: asked },
      );
      fresh.delete(tenantId);
      return state !== undefined && (repeated || state.archived);
    },
  };
};
