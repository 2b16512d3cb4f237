import type { Logger } from 'pino';
import type { Metrics } from '../insight/metrics.ts';

/**
 * Hands notifications to people through the log, as a warning, and counts them. A log that is kept to errors tells them all the
 * same; only one that is silent does not. That a decision asked for one is on its record as an obligation.
 */
export function notifierOf(logger: Logger, metrics: Pick<Metrics, 'observeNotification'>) {
  const isErrorsOnly = logger.level === 'error' || logger.level === 'fatal';
  const log = isErrorsOnly ? logger.child({}, { level: 'warn' }) : logger;
  return async (to: readonly string[], decisionId: string): Promise<void> => {
    metrics.observeNotification();
    log.warn({ to, decision_id: decisionId }, 'policy asks to notify');
  };
}
