interface SmallData {
  readonly hours: { readonly opens: number; readonly closes: number };
  readonly folder: string;
  readonly rows_max: Readonly<Record<string, number>>;
  readonly grants: Readonly<Record<string, readonly string[]>>;
}

interface SmallInput {
  readonly user: { readonly roles: readonly string[] };
  readonly action: {
    readonly tool: string;
    readonly args: { readonly rows?: number; readonly path?: string };
  };
  readonly environment: { readonly minute_of_day: number };
}

/** The five rules, as a person would write them without a policy language. */
export function smallPolicy(given: unknown): (input: unknown) => unknown {
  const { hours, folder, rows_max, grants } = given as SmallData;
  const limits = new Map(Object.entries(rows_max));
  const granted = new Map(Object.entries(grants).map(([role, tools]) => [role, new Set(tools)]));
  const below = `${folder}/`;
  return (text) => {
    const { user, action, environment } = text as SmallInput;
    const { tool, args } = action;
    const reasons: string[] = [];
    if (environment.minute_of_day < hours.opens || environment.minute_of_day >= hours.closes)
      reasons.push('closed');
    const limit = limits.get(tool);
    if (limit !== undefined && args.rows !== undefined && args.rows > limit)
      reasons.push(`${tool} may ask for ${limit} rows at most`);
    if (args.path !== undefined && (!args.path.startsWith(below) || args.path.includes('..')))
      reasons.push('path_outside');
    const allow = reasons.length === 0 && user.roles.some((role) => granted.get(role)?.has(tool) === true);
    return { allow, reasons: reasons.sort() };
  };
}
