/**
 * `npm run lab -- <scenario> <folder>` makes one scenario, `npm run lab -- all <folder>` makes each in a
 * folder of its own name; without arguments the scenarios are listed.
 */
import { join } from 'node:path';
import { labAvailability, runScenario, scenarios } from './lab.ts';

async function make(name: string, folder: string): Promise<void> {
  const { traffic, expected } = await runScenario(name, folder);
  const summaries = traffic
    .filter((one) => one.sent !== null)
    .map(({ sent, received }) => `${received} of ${sent} answered`);
  console.log(`${name}: ${summaries.join(', ')}; expected verdict ${expected.verdict}`);
}

const [name, folder] = process.argv.slice(2);
const { available, reason } = labAvailability();
if (name === undefined || folder === undefined) {
  console.log('usage: npm run lab -- <scenario | all> <folder>\n');
  for (const scenario of scenarios) console.log(`  ${scenario.name.padEnd(28)} ${scenario.title}`);
  process.exitCode = 2;
} else if (!available) {
  console.error(`lab: ${reason}`);
  process.exitCode = 2;
} else {
  try {
    if (name === 'all') for (const scenario of scenarios) await make(scenario.name, join(folder, scenario.name));
    else await make(name, folder);
  } catch (error) {
    console.error(`lab: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
