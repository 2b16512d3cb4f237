import type { CallChannel, Json, ServerReply } from '@bailiff/contract';
import { Failure } from '@bailiff/contract';
import type { InputRequired } from '../input-required.ts';
import { errorOf } from '../reply.ts';
import type { Continued } from '../request-context.ts';

/**
 * Asks a client of the session era what a stateless server wants to know: each question is decided on its own. Where one gets no
 * answer, the call cannot go on, since that server’s era has no way to tell it so.
 */
export async function answersFor(
  { questions, requestState }: InputRequired,
  {
    channel,
    signal,
    decisionId,
  }: { readonly channel: CallChannel; readonly signal: AbortSignal; readonly decisionId: string },
): Promise<Continued> {
  const inputResponses: Record<string, Json> = Object.create(null);
  for (const [key, question] of questions) {
    const reply: ServerReply = await channel.asked(question, signal);
    if (reply.member === 'error') {
      const refused = new Failure(
        'forbidden',
        'The server asked a question that was refused, so that the call could not go on.',
      );
      return { kind: 'reply', reply: { ...errorOf(refused, decisionId), failure: refused } };
    }
    inputResponses[key] = JSON.parse(reply.json);
  }
  return { kind: 'answers', answers: { inputResponses: { ...inputResponses }, requestState } };
}
