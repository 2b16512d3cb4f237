import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { marshalJson } from './json.ts';
import { decodeYaml } from './yaml/decoding/decode-yaml.ts';
import { normalizeYaml } from './yaml/decoding/normalize-yaml.ts';
import { valueOfYaml } from './yaml/decoding/value-of-yaml.ts';
import { parseYaml } from './yaml/reading/parse-yaml.ts';
import { YamlError } from './yaml/reading/yaml-source.ts';
import { writeYaml } from './yaml/writing/write-yaml.ts';

/** `yaml.*` (`v1/topdown/encoding.go`, OPA's `internal/yaml` over Go's `yaml.v3`). */
export const yamlBuiltins: BuiltinGroup = {
  'yaml.marshal': (context, value: Value) => marshal(context, value),

  'yaml.unmarshal': (context, text: Value) => unmarshal(context, stringOperand(text, 1)),

  'yaml.is_valid': (context, text: Value) => typeof text === 'string' && isYaml(context, text),
};

function unmarshal(context: BuiltinContext, text: string): Value {
  try {
    return documentOf(context, text);
  } catch (error) {
    if (error instanceof YamlError) throw new BuiltinError(error.message);
    throw error;
  }
}

function isYaml(context: BuiltinContext, text: string): boolean {
  try {
    documentOf(context, text);
    return true;
  } catch (error) {
    if (error instanceof YamlError) return false;
    throw error;
  }
}

function documentOf(context: BuiltinContext, text: string): Value {
  const checkLimits = () => context.checkLimits();
  const root = parseYaml(text, checkLimits);
  if (root === undefined) return null;
  normalizeYaml(root, checkLimits);
  return valueOfYaml(decodeYaml(root, checkLimits), checkLimits);
}

/** OPA writes the value as JSON, reads that as YAML, and writes what it has read: what YAML cannot take is an error. */
function marshal(context: BuiltinContext, value: Value): string {
  try {
    const checkLimits = () => context.checkLimits();
    const root = parseYaml(marshalJson(value), checkLimits);
    return writeYaml(root === undefined ? null : decodeYaml(root, checkLimits), checkLimits);
  } catch (error) {
    if (error instanceof YamlError) throw new BuiltinError(error.message);
    throw error;
  }
}
