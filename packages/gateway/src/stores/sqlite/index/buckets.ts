/**
 * Each bucket of the latency histogram ends this much higher than the one before it: percentiles are right to within
 * 5 %.
 */
const GROWTH = 1.05;

/** Where the first bucket ends, in milliseconds. */
const FIRST_MS = 0.01;

/** The bucket that counts a latency. */
export function bucketOf(latencyMs: number): number {
  return Math.max(0, Math.ceil(Math.log(latencyMs / FIRST_MS) / Math.log(GROWTH)));
}

/** Where a bucket ends, in milliseconds, inclusive. */
export function endOfBucketMs(bucket: number): number {
  return FIRST_MS * GROWTH ** bucket;
}
