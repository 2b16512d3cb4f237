/** A plan that this engine cannot evaluate exactly as OPA does. It runs on OPA itself then. */
export class UnsupportedPlan extends Error {
  override readonly name = 'UnsupportedPlan';
  /** Built-ins that are called and not known here, or called with constants that they cannot take here, sorted. */
  readonly builtins: readonly string[];
  /** Kinds of statement (or of operand) that are not known here, sorted. */
  readonly statements: readonly string[];

  constructor(unknown: { readonly builtins: readonly string[]; readonly statements: readonly string[] }) {
    const parts = [
      ...unknown.builtins.map((name) => `built-in ${JSON.stringify(name)}`),
      ...unknown.statements.map((kind) => `statement ${JSON.stringify(kind)}`),
    ];
    super(`the plan needs what this engine does not have: ${parts.join(', ')}`);
    this.builtins = unknown.builtins;
    this.statements = unknown.statements;
  }
}
