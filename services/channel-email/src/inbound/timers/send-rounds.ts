import { createRounds } from '@throughline/lifecycle';
import type { Facts } from '../../facts';

export interface SendWork {
  sendNext(): Promise<boolean>;
  report(): Promise<number>;
}

/** Several lanes that send what is due and one that tells the core what became of it. */
export function createSendRounds(work: SendWork, options: { lanes: number; facts: Facts }) {
  const paces = { pauseMs: 500, failurePauseMs: 1_000 };
  const reporting = createRounds({
    ...paces,
    work: work.report,
    failed: (error) => options.facts.roundFailed('report sends', error),
  });
  const lane = async (): Promise<void> => {
    while (await work.sendNext()) reporting.wake();
  };
  const lanes = Array.from({ length: options.lanes }, () =>
    createRounds({ ...paces, work: lane, failed: (error) => options.facts.roundFailed('send mail', error) }),
  );
  const all = [reporting, ...lanes];
  return {
    start: (): void => {
      for (const round of all) round.start();
    },
    /** Something new is due. */
    wake: (): void => {
      for (const round of lanes) round.wake();
    },
    stop: async (): Promise<void> => {
      await Promise.all(all.map((round) => round.stop()));
    },
  };
}
