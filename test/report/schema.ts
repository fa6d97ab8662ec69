/** The shipped schemas, and stricter ones: what this version prints must not have a property that its schema does not name. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export type Schema = { [key: string]: unknown };

export const reportSchema = read('report');
export const comparisonSchema = read('comparison');

function read(name: string): Schema {
  return JSON.parse(readFileSync(new URL(`../../${name}.schema.json`, import.meta.url), 'utf8'));
}

/** Compiles a schema as shipped. */
export function openValidator(schema = reportSchema): ValidateFunction {
  return compile(schema, (shipped) => shipped);
}

/** Compiles a schema with every object that names its properties closed to others. */
export function closedValidator(schema = reportSchema): ValidateFunction {
  return compile(schema, (shipped) => close(shipped) as Schema);
}

/** The comparison's refers to the report's. */
function compile(schema: Schema, change: (shipped: Schema) => Schema): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  if (schema !== reportSchema) ajv.addSchema(change(reportSchema));
  return ajv.compile(change(schema));
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
