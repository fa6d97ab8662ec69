/** The shipped schema, and a stricter one: a report of this version must not have a property that the schema does not name. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const FILE = new URL('../../report.schema.json', import.meta.url);

export type Schema = { [key: string]: unknown };

export const reportSchema = JSON.parse(readFileSync(FILE, 'utf8')) as Schema;

/** Compiles the schema as shipped. */
export function openValidator(): ValidateFunction {
  return new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(reportSchema);
}

/** Compiles the schema with every object that names its properties closed to others. */
export function closedValidator(): ValidateFunction {
  const closed = close(reportSchema) as Schema;
  return new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(closed);
}

function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Schema = {};
  for (const [key, value] of Object.entries(node)) copy[key] = close(value);
  const { type } = copy;
  const isObject = type === 'object' || (Array.isArray(type) && type.includes('object'));
  if (isObject && 'properties' in copy && !('additionalProperties' in copy)) copy['additionalProperties'] = false;
  return copy;
}
