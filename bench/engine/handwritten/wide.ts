interface WideData {
  readonly accounts: Readonly<
    Record<string, { readonly team: string; readonly tier: string; readonly flags: readonly string[] }>
  >;
  readonly limits: Readonly<
    Record<
      string,
      {
        readonly amounts: Readonly<Record<string, number>>;
        readonly regions: readonly string[];
        readonly stopping_flags: readonly string[];
        readonly grants: readonly string[];
      }
    >
  >;
}

interface WideInput {
  readonly team: string;
  readonly account: string;
  readonly tool: string;
  readonly amount: number;
  readonly region: string;
  readonly resource: string;
}

/** The hundreds of rules, which a person would write once, with a team and a tool as their parameters. */
export function widePolicy(given: unknown): (input: unknown) => unknown {
  const { accounts: all, limits: ofTeams } = given as WideData;
  const accounts = new Map(Object.entries(all));
  const limits = new Map(Object.entries(ofTeams));
  const amountsMax = new Map(
    Array.from({ length: 120 }, (_none, tool) => [`tool_${String(tool).padStart(3, '0')}`, tool * 10]),
  );
  return (text) => {
    const { team, account: id, tool, amount, region, resource } = text as WideInput;
    const account = accounts.get(id);
    const denied: { readonly rule: string; readonly team: string }[] = [];
    const amountMax = amountsMax.get(tool);
    if (amountMax !== undefined && amount > amountMax) denied.push({ rule: tool, team: '' });
    const own = limits.get(team);
    if (own !== undefined) {
      const { amounts, regions, stopping_flags, grants } = own;
      if (account === undefined) denied.push({ rule: 'unknown_account', team });
      else {
        const tierMax = amounts[account.tier];
        if (tierMax !== undefined && amount > tierMax) denied.push({ rule: 'amount', team });
        if (account.flags.some((flag) => stopping_flags.includes(flag)))
          denied.push({ rule: 'frozen', team });
        if (account.team !== team) denied.push({ rule: 'other_team', team });
      }
      if (!grants.some((prefix) => resource.startsWith(prefix))) denied.push({ rule: 'not_granted', team });
      if (!regions.includes(region)) denied.push({ rule: 'region', team });
    }
    // As Rego's sets are in order: by rule, then by team.
    denied.sort((a, b) => (a.rule < b.rule ? -1 : 1));
    return { allow: denied.length === 0, denied, account: { id, tier: account?.tier ?? 'none' } };
  };
}
