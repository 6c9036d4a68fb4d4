import type { IndexSpec, Store } from '@throughline/store';
import { createIndexes } from '@throughline/store';
import type { Question } from '../domain/question';
import type { Questions } from '../use-cases/ports';

interface Doc {
  _id: string;
  question: Question;
  at: Date;
}

const DAY = 86_400;
const indexes: IndexSpec[] = [
  // No call lasts longer.
  { collection: 'call_questions', name: 'forget', keys: { at: 1 }, expireAfterSeconds: DAY },
];

/** Brings the database to what the code expects. */
export const prepareSchema = (store: Store): Promise<void> => createIndexes(store, indexes);

/** Questions by call, on MongoDB: whichever process is asked by the provider knows them. */
export const createQuestions = (store: Store, now: () => number): Questions => {
  const questions = () => store.db.collection<Doc>('call_questions');
  return {
    async keep(tenantId, callSid, question) {
      const kept = { question, at: new Date(now()) };
      await questions().updateOne({ _id: `${tenantId}/${callSid}` }, { $set: kept }, { upsert: true });
    },
    async of(tenantId, callSid) {
      return (await questions().findOne({ _id: { $eq: `${tenantId}/${callSid}` } }))?.question;
    },
  };
};
