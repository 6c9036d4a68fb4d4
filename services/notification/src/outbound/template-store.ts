import type { Aggregates } from '@throughline/store';
import { alreadyAsked } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Template } from '../domain/template/template';
import type { TemplateStore } from '../use-cases/ports';

/** All versions of a template; what a delivery used can be read for ever. */
export interface Versions {
  versions: Template[];
}

const MOST_VERSIONS = 200;

export const versionsToDoc = ({ versions }: Versions): mongo.Document => ({ versions });
export const versionsFromDoc = (doc: mongo.Document): Versions => ({ versions: doc['versions'] });

/** One document per template with all its versions. */
export const createTemplateStore = (aggregates: Aggregates<Versions>): TemplateStore => ({
  async get(tenantId, id, version) {
    const versions = (await aggregates.load(`${tenantId}/${id}`))?.state.versions ?? [];
    return version === 0 ? versions.at(-1) : versions.find((one) => one.version === version);
  },
  async list(tenantId) {
    const found = await aggregates.loadMany({ tenantId: { $eq: tenantId } } as never);
    return found.flatMap(({ state }) => state.versions.at(-1) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
  },
  async put(tenantId, template, check, asked) {
    const before = await aggregates.load(`${tenantId}/${template.id}`);
    if (before && asked && alreadyAsked(before.asked, asked)) return before.state.versions.at(-1)!;
    const { state } = await aggregates.change(
      template.id,
      (current) => {
        const latest = current?.state.versions.at(-1);
        check(latest);
        const next = {
          ...template,
          version: (latest?.version ?? 0) + 1,
          createdAt: latest?.createdAt ?? template.createdAt,
        };
        return { state: { versions: [...(current?.state.versions ?? []), next].slice(-MOST_VERSIONS) }, events: [] };
      },
      { tenantId, request: asked },
    );
    return state!.versions.at(-1)!;
  },
});
