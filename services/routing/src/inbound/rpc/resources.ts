import { invalidField } from '@throughline/core';
import type { Call } from '@throughline/rpc';
import type { Kind, Resource } from '../../domain/setup';
import type { Deps } from './deps';
import { asking, idFor } from './deps';
import { pageSize, readToken, writeToken } from './page';

interface Wire<P, D> {
  read(resource: P): D;
  show(resource: D): P;
}

interface Asked {
  requestId: string;
}

const camel = (path: string): string => path.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** The fields that the mask names, from the resource as read. */
const masked = (resource: Resource, mask: readonly string[] | undefined): Record<string, unknown> => {
  if (!mask || mask.length === 0) throw invalidField('update_mask', 'required', 'name the fields to set');
  const settable = new Set(Object.keys(resource).filter((name) => name !== 'id' && name !== 'version'));
  return Object.fromEntries(
    mask.map((path) => {
      const name = camel(path);
      if (!settable.has(name)) throw invalidField('update_mask', 'known', `${path} is not a field that can be set`);
      return [name, resource[name as keyof Resource]];
    }),
  );
};

/** The five calls of one kind of resource. They differ in nothing but the names of their fields. */
export const resourceCalls = <P extends { id: string; version: bigint }, D extends Resource>(
  deps: Deps,
  kind: Kind,
  wire: Wire<P, D>,
) => {
  const show = (found: unknown): P => wire.show(found as D);
  return {
    async create(method: string, given: P | undefined, request: Asked, call: Call): Promise<P> {
      const by = asking(method, request, call);
      const resource = wire.read(given as P);
      const id = resource.id || idFor(kind, by);
      return show(await deps.execute({ do: 'create', kind, resource: { ...resource, id }, ...by }));
    },
    get: async (id: string, call: Call): Promise<P> => show(await deps.look.resource(kind, call.caller.tenantId, id)),
    async list(
      request: { pageSize: number; pageToken: string },
      call: Call,
    ): Promise<{ list: P[]; nextPageToken: string }> {
      const [after = ''] = readToken(request.pageToken, kind) ?? [];
      const size = pageSize(request.pageSize);
      const found = await deps.reads.listSetup(kind, call.caller.tenantId, String(after), size + 1);
      const list = found.slice(0, size);
      const nextPageToken = found.length > size ? writeToken([kind, list.at(-1)!.id]) : '';
      return { list: list.map(show), nextPageToken };
    },
    async update(
      method: string,
      id: string,
      given: P | undefined,
      request: Asked & { updateMask: string[] | undefined },
      call: Call,
    ): Promise<P> {
      const by = asking(method, request, call);
      const resource = wire.read(given as P);
      const fields = masked(resource, request.updateMask);
      return show(await deps.execute({ do: 'update', kind, id, fields, version: resource.version, ...by }));
    },
    async remove(method: string, id: string, request: Asked, call: Call): Promise<Record<string, never>> {
      await deps.execute({ do: 'delete', kind, id, ...asking(method, request, call) });
      return {};
    },
  };
};
