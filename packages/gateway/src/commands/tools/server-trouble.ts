import { Failure, failureOf, type ServerConfiguration } from '@bailiff/contract';
import { INHERITED } from '../../enforcement/upstream/stdio/child-environment.ts';
import { shown } from './hidden-characters.ts';

/** Lines of a server’s standard error that are told when it cannot be asked, and how much of each, and of its command. */
const LINES_MAX = 5;
const LINE_CHARACTERS_MAX = 300;
const COMMAND_CHARACTERS_MAX = 80;

/** What was under way when a server failed, and how long it had for that. */
export interface Step {
  readonly method: string;
  readonly timeoutMs: number;
}

/** What a server and its connection say while it is asked, to be told where that fails. */
export class ServerTrouble {
  readonly #lines: string[] = [];
  #warning: string | undefined;

  /** As `UpstreamsOptions.log` has it: a server’s standard error comes as `info`. */
  heard(level: 'info' | 'warn', message: string): void {
    if (level === 'warn') {
      this.#warning = message;
      return;
    }
    this.#lines.push(shown(message.slice(0, LINE_CHARACTERS_MAX)));
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
  }

  /** The failure in words for whoever configures the server: which one, what it did not do, what it said, what it lacks. */
  failureOf(
    thrown: unknown,
    {
      name,
      settings,
      step,
    }: { readonly name: string; readonly settings: ServerConfiguration; readonly step: Step },
  ): Failure {
    const failure = failureOf(thrown);
    if (settings.transport !== 'stdio' || !failure.code.startsWith('upstream_')) return failure;
    const said = this.#lines.length === 0 ? 'nothing' : this.#lines.join(' | ');
    const isLate = failure.code === 'upstream_timeout';
    const what = isLate
      ? `did not answer \`${step.method}\` in ${step.timeoutMs / 1_000} s.`
      : `cannot be asked: ${shown(this.#warning ?? failure.detail)}`;
    const words = isLate || this.#warning === undefined ? ` Its last lines on standard error: ${said}.` : '';
    const detail = `The server \`${name}\` (\`${commandOf(settings)}\`) ${what}${words} It gets only ${INHERITED.join(', ')} of this environment; pass more, as of a proxy or a certificate authority, with servers.${name}.env.`;
    return new Failure(failure.code, detail, { cause: thrown });
  }
}

function commandOf({ command, args }: Extract<ServerConfiguration, { transport: 'stdio' }>): string {
  const line = shown([command, ...args].join(' '));
  return line.length > COMMAND_CHARACTERS_MAX ? `${line.slice(0, COMMAND_CHARACTERS_MAX)} …` : line;
}
