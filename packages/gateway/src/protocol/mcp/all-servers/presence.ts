import type { Failure, FailureCode } from '@bailiff/contract';
import type { McpPorts } from '../ports.ts';

/** What a server is missing for; whatever else fails is not its doing, and told where it is known. */
const MISSING: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'upstream_unavailable',
  'upstream_timeout',
  'upstream_invalid',
]);

/** Which servers were missing among all of them when they were last asked, told once at each change. */
export class Presence {
  readonly #ports: Pick<McpPorts, 'noted' | 'report'>;
  /** Why each is missing, by its name. */
  readonly #missing = new Map<string, string>();

  constructor(ports: Pick<McpPorts, 'noted' | 'report'>) {
    this.#ports = ports;
  }

  isMissing(name: string, failure: Failure): void {
    const { code, detail } = failure;
    if (code === 'internal') this.#ports.report(failure);
    if (!MISSING.has(code) || this.#missing.get(name) === code) return;
    this.#missing.set(name, code);
    this.#ports.noted('warn', name, `The server is left out at /mcp (${code}): ${detail}`);
  }

  isThere(name: string): void {
    if (this.#missing.delete(name)) this.#ports.noted('info', name, 'The server is there again at /mcp.');
  }
}
