import { Failure, type ServerQuestion, type ServerReply } from '@bailiff/contract';
import { type Asking, decideQuestion } from './asks.ts';

const HANDED_ON: ServerReply = { member: 'result', json: '{}' };

/**
 * Decides questions that reach the client together or not at all. Each is decided and recorded, and none is carried out before all
 * are allowed: where one is refused, the records of the others say that they failed. The refusal of the first; undefined where all
 * may be asked. @throws Failure where one could not be decided, and none was refused.
 */
export async function refusalOfAny(
  questions: readonly ServerQuestion[],
  asking: Omit<Asking, 'carryOut'>,
  signal: AbortSignal,
): Promise<ServerReply | undefined> {
  const verdict = Promise.withResolvers<ServerReply>();
  verdict.promise.catch(() => undefined); // Where nobody waits for it, each question’s own outcome tells.
  let undecided = questions.length;
  const decided = await Promise.allSettled(
    questions.map(async (question) => {
      let isHandedOn = false;
      const carryOut = (carrying: AbortSignal) => {
        undecided -= 1;
        isHandedOn = true;
        if (undecided === 0) verdict.resolve(HANDED_ON);
        return beforeAbort(verdict.promise, carrying);
      };
      try {
        const reply = await decideQuestion(question, { ...asking, carryOut }, signal);
        if (isHandedOn) return undefined;
        verdict.reject(notAsked());
        return reply;
      } catch (thrown) {
        verdict.reject(notAsked());
        throw thrown;
      }
    }),
  );
  for (const one of decided) if (one.status === 'fulfilled' && one.value !== undefined) return one.value;
  const causes = decided.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const [cause] = causes.filter((thrown) => !(thrown instanceof NotAsked)).concat(causes);
  if (cause !== undefined) throw cause;
  return undefined;
}

/** What becomes of an allowed question because of another one. */
class NotAsked extends Failure {}

function notAsked(): Failure {
  return new NotAsked('forbidden', 'It was to be asked together with a question that was not allowed.');
}

async function beforeAbort<Value>(waited: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([waited, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
