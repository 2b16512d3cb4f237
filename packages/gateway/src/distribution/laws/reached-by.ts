import type { ActiveOverride, JsonObject } from '@bailiff/contract';
import { isObject } from '../sources/document.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** The input as a call that the override covers, made in its first second. */
export function reachedBy(override: ActiveOverride, input: JsonObject): JsonObject {
  const { agents, teams, users, servers, tools, models } = override.scope;
  const at = new Date(override.not_before * 1_000);
  const own = (section: string) => {
    const value = input[section];
    return isObject(value) ? value : {};
  };
  const tool = tools?.[0];
  const server = servers?.[0] ?? tool?.split('.')[0];
  const model = models?.[0];
  return {
    ...input,
    agent: {
      ...own('agent'),
      ...(agents && { id: agents[0] ?? '' }),
      ...(teams && { owner_team: teams[0] ?? '' }),
    },
    user: { ...own('user'), ...(users && { id: users[0] ?? '' }) },
    action: {
      ...own('action'),
      ...(server !== undefined && { server }),
      ...(tool !== undefined && {
        tool,
        tool_name: tool.slice(tool.indexOf('.') + 1),
        target: { kind: 'tool', id: tool },
      }),
      ...(model !== undefined && { model, target: { kind: 'model', id: model } }),
    },
    environment: {
      ...own('environment'),
      time: at.toISOString(),
      time_s: override.not_before,
      weekday: WEEKDAYS[at.getUTCDay()] ?? 'sunday',
      minute_of_day: at.getUTCHours() * 60 + at.getUTCMinutes(),
    },
  };
}
