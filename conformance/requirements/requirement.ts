/** One promise. */
export interface Requirement {
  /** A row of the fail-closed matrix, a law of ARCHITECTURE.md, or where it went wrong elsewhere. */
  readonly source: string;
  readonly sentence: string;
  /** Tests that show it beside their sources, as `file > words of its name`, the file below `packages/gateway/src`. */
  readonly tests?: readonly string[];
  /** What the promise does not cover, or what was not shown. */
  readonly limits?: readonly string[];
}

/** A law of the resolver, by its name in `conformance/laws/laws.ts`. */
export const law = (name: string) => `conformance/laws/laws.property.test.ts > LAWS.${name}`;
