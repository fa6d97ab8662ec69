import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ScenarioResult, scenarios } from './lab.ts';
import { countLost, tsharkAvailable } from './witness.ts';

const results = scenarios.map(({ name, title, wire }) => {
  const folder = join('captures', name);
  return { name, title, wire: wire ?? [], folder, shipped: readResult(folder) };
});

function readResult(folder: string): ScenarioResult {
  return JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')) as ScenarioResult;
}

describe('captures that ship', () => {
  test('are those of the lab, and no others', () => {
    const folders = readdirSync('captures', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((folder) => folder.name).sort()).toEqual(scenarios.map((scenario) => scenario.name).sort());
  });

  test.each(results)('$name is whole and was made by the scenario as it stands', ({ title, wire, folder, shipped }) => {
    expect(shipped).toMatchObject({ title, wire });
    for (const file of [...shipped.captures, ...Object.values(shipped.hosts)]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    for (const { after, before } of shipped.expected.losses) {
      expect(shipped.captures).toContain(`${after}.pcap`);
      if (before !== null) expect(shipped.captures).toContain(`${before}.pcap`);
    }
  });

  test.each(results)('$name is told in the README', ({ name }) => {
    expect(readFileSync('captures/README.md', 'utf8')).toContain(`\`${name}\``);
  });
});

describe.skipIf(!tsharkAvailable())('what the scenarios say is what tshark sees', () => {
  const losing = results.filter(({ shipped }) => shipped.expected.losses.length > 0);
  test.each(losing)('$name', ({ folder, shipped }) => {
    for (const loss of shipped.expected.losses) {
      expect({ ...loss, count: countLost(folder, loss.protocol, loss) }).toEqual(loss);
    }
  });
});
