import { Failure } from '@bailiff/contract';

/** Why a wait was given up: the failure that the signal carries, else that the client left. */
export function abortFailure(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure ? signal.reason : new Failure('client_gone');
}

/** The longest time that a timer takes. */
const TIMER_MAX_MS = 2_147_483_647;

/** The value, or the signal’s failure if that comes first. The work behind the promise goes on for others. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) return Promise.reject(abortFailure(signal));
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortFailure(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Resolves after a time, which may be longer than a timer takes. @throws Failure the signal’s. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortFailure(signal));
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortFailure(signal));
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(ms, TIMER_MAX_MS),
    );
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
