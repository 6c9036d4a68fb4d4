/** A bucket that refills with time: `perSecond` on average, twice that at once. */
export interface Bucket {
  tokens: number;
  at: number;
}

export const fullBucket = (perSecond: number, now: number): Bucket => ({ tokens: perSecond * 2, at: now });

/** The bucket after one more message; `undefined` when it is empty. */
export const takeToken = (bucket: Bucket, perSecond: number, now: number): Bucket | undefined => {
  const tokens = Math.min(perSecond * 2, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  return tokens >= 1 ? { tokens: tokens - 1, at: now } : undefined;
};
