/** `npm run lab -- <scenario> <folder>`: makes one scenario; without arguments, lists them. */
import { labAvailability, runScenario, scenarios } from './lab.ts';

const [name, folder] = process.argv.slice(2);
const { available, reason } = labAvailability();
if (name === undefined || folder === undefined) {
  console.log('usage: npm run lab -- <scenario> <folder>\n');
  for (const scenario of scenarios) console.log(`  ${scenario.name.padEnd(26)} ${scenario.title}`);
  process.exitCode = 2;
} else if (!available) {
  console.error(`lab: ${reason}`);
  process.exitCode = 2;
} else {
  try {
    const { sent, received, expected } = await runScenario(name, folder);
    console.log(`${name}: ${sent} sent, ${received} received; expected verdict ${expected.verdict}`);
  } catch (error) {
    console.error(`lab: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
