import { UNUSABLE_ROW } from '@bailiff/contract';
import type { Entrypoint } from '../engine.ts';

/** Whether an answer may be given again: policy was usable, and no rule asked for a person's approval. */
export function isKeepable(entrypoint: Entrypoint, value: unknown): boolean {
  if (entrypoint === 'bailiff/visible' || entrypoint === 'bailiff/watched') return true;
  const decision = entrypoint === 'bailiff/decision' ? value : memberOf(value, 'decision');
  const metadata = memberOf(decision, 'metadata');
  const [resolution, rules] = [memberOf(metadata, 'resolution'), memberOf(metadata, 'rules')];
  if (typeof resolution !== 'number' || resolution === UNUSABLE_ROW || !Array.isArray(rules)) return false;
  return !rules.some((rule) => memberOf(rule, 'effect') === 'require_approval');
}

function memberOf(value: unknown, key: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  return isObject ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
