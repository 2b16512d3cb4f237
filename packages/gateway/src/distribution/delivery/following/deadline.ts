/** A signal that aborts with its parent’s reason, or with `reason` once the time is up. Disposed of, it aborts as well and leaves nothing behind. */
export function deadlineOf(
  parent: AbortSignal,
  timeoutMs: number,
  reason: Error,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  const timer = setTimeout(() => controller.abort(reason), timeoutMs);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent.removeEventListener('abort', follow);
      controller.abort(reason);
    },
  };
}

/** The value, or the signal’s reason if that comes first. The work behind the promise may go on. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Resolves after a time. @throws the signal’s reason. */
export function paused(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return untilAborted(promise, signal).finally(() => clearTimeout(timer));
}
