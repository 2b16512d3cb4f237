/**
 * A key of a form for which it is not known that OPA reads it as this engine would. Not a `BuiltinError`, so that the
 * evaluation fails rather than goes on with another outcome than OPA's.
 */
export class UnprovenKeyError extends Error {
  override readonly name = 'UnprovenKeyError';

  constructor(what: string, options?: ErrorOptions) {
    super(`not known to be read as OPA reads it: ${what}`, options);
  }
}
