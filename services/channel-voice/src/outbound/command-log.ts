import type { Store } from '@throughline/store';
import type { CommandLog } from '../use-cases/ports';

interface Doc {
  _id: string;
  outcome: string;
  at: Date;
}

/** Commands that were carried out, by id. */
export const createCommandLog = (store: Store): CommandLog => {
  const commands = () => store.db.collection<Doc>('call_commands');
  return {
    async done(ids) {
      const found = await commands()
        .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
        .toArray();
      return new Set(found.map(({ _id }) => _id));
    },
    async remember(id, outcome, at) {
      await commands().updateOne({ _id: id }, { $setOnInsert: { outcome, at } }, { upsert: true });
    },
  };
};
