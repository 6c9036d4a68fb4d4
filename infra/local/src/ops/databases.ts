import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import { repoRoot } from '../paths';
import type { Place } from './connect';

/** Names of the services, which are the names of their databases. */
export const serviceNames = (): string[] =>
  readdirSync(join(repoRoot, 'services'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

/** Databases of our services that exist. */
export const databasesOf = async (
  client: mongo.MongoClient,
  place: Place,
  services = serviceNames(),
): Promise<string[]> => {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  const ours = new Set(services.map((name) => `${place.databasePrefix}${name}`));
  return databases.map(({ name }) => name).filter((name) => ours.has(name));
};
