import { Command } from 'commander';
import { defaultConfigurationFile } from '../places.ts';
import { type ApiOptions, GatewayApi } from './gateway-api.ts';
import { tellDifference } from './tell-difference.ts';
import {
  tellActivation,
  tellList,
  tellPromotion,
  tellRelease,
  tellStatus,
  tellStop,
} from './tell-release.ts';

interface Common extends ApiOptions {
  readonly json?: true;
}

/** `bailiff release`: what decides, what did, and what comes next, asked of the running gateway. */
export function releaseCommand(): Command {
  const release = new Command('release').description(
    'See, promote and roll back what the running gateway decides by.',
  );
  const add = (name: string, description: string) => {
    const command = withApi(new Command(name).description(description));
    release.addCommand(command);
    return command;
  };
  add(
    'status',
    'How policy stands: what decides, what is on trial, each bundle’s source, and what is held back.',
  )
    .option('--pull', 'look at every source now, and wait until that is in force or refused')
    .action(async ({ pull, ...common }: Common & { readonly pull?: true }) => {
      const api = await GatewayApi.open(common);
      print(
        await (pull ? api.post('v1/releases/pull', {}) : api.get('v1/releases/status')),
        common,
        tellStatus,
      );
    });
  add('list', 'The releases that are kept, newest first, and what became of each.').action(
    async (common: Common) => {
      print(await (await GatewayApi.open(common)).get('v1/releases'), common, tellList);
    },
  );
  add(
    'show',
    'One release: its bundles, who brought, promoted and left it and why, and what came of trying it.',
  )
    .argument('[version]', 'policy version (default: the active one)')
    .action(async (version: string | undefined, common: Common) => {
      const api = await GatewayApi.open(common);
      const asked = version ?? (await activeVersion(api));
      print(await api.get(`v1/releases/${encodeURIComponent(asked)}`), common, tellRelease);
    });
  add(
    'diff',
    'What changes from one release to another: bundles, rules, agents, tool pins, launches, who answers for a bundle, keys, overrides, and value by value the data of bundles and the catalogue.',
  )
    .argument('<version>', 'policy version')
    .argument('[from]', 'the one it is compared with (default: the active one)')
    .action(async (version: string, from: string | undefined, common: Common) => {
      const api = await GatewayApi.open(common);
      const against = from === undefined ? '' : `?from=${encodeURIComponent(from)}`;
      const path = `v1/releases/${encodeURIComponent(version)}/diff${against}`;
      print(await api.get(path), common, tellDifference);
    });
  add('promote', 'Take the release on trial further, or bring one that is kept into force.')
    .argument('<to>', '`canary`, `everyone`, or a policy version')
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--insist', 'promote though it is halted because more agents are denied than before')
    .action(
      async (
        to: string,
        { reason, insist = false, ...common }: Common & { reason: string; insist?: boolean },
      ) => {
        const api = await GatewayApi.open(common);
        print(await api.post('v1/releases/promote', { to, reason, insist }), common, tellPromotion);
      },
    );
  add('stop', 'End the trial of a release.')
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .action(async ({ reason, ...common }: Common & { reason: string }) => {
      const api = await GatewayApi.open(common);
      print(await api.post('v1/releases/stop', { reason }), common, tellStop);
    });
  add(
    'rollback',
    'Go back to a release that decided before: policies, agents, tool pins and launches together.',
  )
    .argument('[version]', 'policy version (default: the one before the active one)')
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .action(async (version: string | undefined, { reason, ...common }: Common & { reason: string }) => {
      const api = await GatewayApi.open(common);
      const body = version === undefined ? { reason } : { to: version, reason };
      print(await api.post('v1/releases/rollback', body), common, tellActivation);
    });
  return release;
}

function withApi(command: Command): Command {
  return command
    .option('--config <file>', 'configuration of the gateway', defaultConfigurationFile())
    .option('--url <url>', 'where the gateway is (default: where that of the configuration listens)')
    .option(
      '--token <token>',
      'credential with the permission operator (default: BAILIFF_TOKEN, or one of the development issuer)',
    )
    .option('--json', 'print the gateway’s answer as it is');
}

async function activeVersion(api: GatewayApi): Promise<string> {
  const { active } = (await api.get('v1/releases/status')) as { active: string | null };
  return active ?? '';
}

function print(answer: unknown, { json }: Common, tell: (answer: unknown) => string): void {
  process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : tell(answer));
}
