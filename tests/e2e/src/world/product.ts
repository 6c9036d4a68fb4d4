import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How to reach a running product: written by `npm start` to `.local/run.json`. */
export type Product = {
  restUrl: string;
  grpcAddress: string;
  apiKey: string;
  tenantId: string;
  smtp: { host: string; port: number; mailbox: string };
  /** Folder in which the local mail sink keeps what the product sent. */
  mailFolder: string;
  chat: { url: string; secret: string };
  voice: { url: string; publicUrl: string; accountPath: string; authToken: string };
  /** The one address on this machine that webhooks may be sent to. */
  receiver: { port: number; url: string };
};

/** Reads how to reach the product that runs in this checkout; says what to do when none does. */
export function readProduct(root: string): Product {
  const file = join(root, '.local', 'run.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Product;
  } catch {
    throw new Error('No running product found (.local/run.json is missing). Start it first: npm start');
  }
}
