import type {
  CallChannel,
  ClientCapabilities,
  ServerNotification,
  ServerQuestion,
  ServerReply,
} from '@bailiff/contract';

export interface RecordingChannel extends CallChannel {
  readonly notifications: readonly ServerNotification[];
  readonly questions: readonly ServerQuestion[];
}

export const EVERYTHING: ClientCapabilities = { sampling: {}, elicitation: { form: {} }, roots: {} };

/** A client that wants to hear everything, and answers what it is asked with the given result. */
export function recordingChannel(
  answer: (question: ServerQuestion, signal: AbortSignal) => Promise<ServerReply> | ServerReply,
  capabilities: ClientCapabilities = EVERYTHING,
): RecordingChannel {
  const notifications: ServerNotification[] = [];
  const questions: ServerQuestion[] = [];
  return {
    capabilities,
    wantsProgress: true,
    logLevel: 'warning',
    notified: (notification) => void notifications.push(notification),
    asked: async (question, signal) => {
      questions.push(question);
      return answer(question, signal);
    },
    notifications,
    questions,
  };
}

/** A result as a client gives it. */
export const given = (result: unknown): ServerReply => ({ member: 'result', json: JSON.stringify(result) });
