/** RFC 5424, as MCP spells it, the least severe first. */
export const LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const RANKED: readonly string[] = LOG_LEVELS;

export function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.some((level) => level === value);
}

/**
 * Whether a message of this level is at least as severe as the lowest that is wanted; where none is, nothing is. What has no level
 * passes nowhere.
 */
export function isSevereEnough(level: unknown, lowest: string | undefined): boolean {
  if (lowest === undefined || !isLogLevel(level)) return false;
  return RANKED.indexOf(level) >= RANKED.indexOf(lowest);
}
