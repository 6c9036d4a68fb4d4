import type { Infra } from '../find-infra';

export default async (): Promise<void> => {
  const shared = globalThis as { throughlineInfra?: Promise<Infra> | undefined };
  const infra = shared.throughlineInfra;
  shared.throughlineInfra = undefined;
  await (await infra)?.stop();
};
