import type { UpstreamEntry } from '../upstream.ts';
import { digestOfTool } from './tool-definition.ts';

/** Tool → digest of its definition as it was approved. */
export type ApprovedTools = Readonly<Record<string, string>>;

/**
 * Why a tool may be neither shown nor called: `new` if nobody approved a tool of this name, `changed` if it is no longer what was
 * approved, `ambiguous` if two parsers could read its definition differently.
 */
export type QuarantineCause = 'new' | 'changed' | 'ambiguous';

/** A list is read for each client, and rarely changes. */
const DIGESTS = new WeakMap<UpstreamEntry, { readonly digest: string | undefined }>();

/** Whether a tool is what was approved; undefined where it is, and where its server is not pinned. */
export function quarantineOf(
  tool: UpstreamEntry,
  approved: ApprovedTools | undefined,
): QuarantineCause | undefined {
  if (approved === undefined) return undefined;
  let known = DIGESTS.get(tool);
  if (known === undefined) {
    known = { digest: digestOfTool(tool) };
    DIGESTS.set(tool, known);
  }
  if (known.digest === undefined) return 'ambiguous';
  const pinned = Object.hasOwn(approved, tool.id) ? approved[tool.id] : undefined;
  if (pinned === undefined) return 'new';
  return pinned === known.digest ? undefined : 'changed';
}

/** Definitions that are remembered as told; beyond that they are told again. */
const TOLD_MAX = 2_000;

/** Tells of each quarantined definition once, for the log of whoever operates the gateway. */
export class QuarantineLog {
  readonly #log: (level: 'warn', message: string) => void;
  readonly #told = new Set<string>();

  constructor(log: (level: 'warn', message: string) => void) {
    this.#log = log;
  }

  found(tool: UpstreamEntry, cause: QuarantineCause): void {
    const key = `${cause}\n${tool.id}\n${DIGESTS.get(tool)?.digest ?? ''}`;
    if (this.#told.has(key)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(key);
    this.#log('warn', `The tool ${tool.id} is quarantined: ${WORDS[cause]}`);
  }
}

const WORDS: Readonly<Record<QuarantineCause, string>> = {
  new: 'nobody has approved it. `./bailiff tools diff` shows it.',
  changed: 'it is not as it was approved. `./bailiff tools diff` shows what changed.',
  ambiguous: 'parsers would read its definition differently, so that nobody can approve it.',
};
