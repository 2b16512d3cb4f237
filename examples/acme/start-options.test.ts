import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { COMPANY, readStartOptions } from './start-options.ts';

function read(...args: readonly string[]) {
  let [out, error] = ['', ''];
  const options = readStartOptions(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { options, out, error };
}

test('without options the company is started on its own port, and the demo is played', () => {
  expect(read()).toEqual({
    options: { config: COMPANY, port: undefined, playsDemo: true },
    out: '',
    error: '',
  });
});

test('the demo is played for the company alone, unless it is asked for or declined', () => {
  const other = { config: resolve('other.yaml'), port: undefined };
  expect(read('--config', 'other.yaml').options).toEqual({ ...other, playsDemo: false });
  expect(read('--config', 'other.yaml', '--demo').options).toEqual({ ...other, playsDemo: true });
  expect(read('--no-demo').options).toMatchObject({ playsDemo: false });
});

test('help is told on standard output and is no error', () => {
  const { options, out, error } = read('--help');
  expect(options).toEqual({ exitCode: 0 });
  expect(out).toMatch(/^Usage: npm start -- \[options\]/);
  expect(error).toBe('');
});

test.each([
  [['--port', 'abc'], /A port is a whole number/],
  [['--port'], /argument missing/],
  [['--bogus'], /unknown option '--bogus'/],
  [['bogus'], /too many arguments/],
])('options that cannot be used are told with the usage, and exit with 2: %j', (args, why) => {
  const { options, out, error } = read(...args);
  expect(options).toEqual({ exitCode: 2 });
  expect(error).toMatch(why);
  expect(error).toContain('Usage: npm start -- [options]');
  expect(error).not.toMatch(/^ +at /m);
  expect(out).toBe('');
});
