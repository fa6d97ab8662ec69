/** Regions of the kernel's memory are apart from one another, aligned, empty, and stay where they are when it grows. */
import { expect, test } from 'vitest';
import { portTable } from '../../src/decode/ports.ts';
import { Kernel } from '../../src/flow/kernel.ts';
import { RESERVED_BYTES } from '../../src/flow/state.ts';
import { TableMemory } from '../../src/flow/table-memory.ts';

const SIZES = [1, 64, 0, 65, 100_000, 3, 5_000_000, 12];

test("regions of a kernel's memory", () => {
  const { memory, shared } = Kernel.start(portTable())!;
  const regions = SIZES.map((size) => {
    const { buffer, byteOffset } = memory.region(size);
    expect(byteOffset % 64).toBe(0);
    expect(byteOffset).toBeGreaterThanOrEqual(RESERVED_BYTES);
    return new Uint8Array(buffer, byteOffset, size);
  });
  for (const [i, region] of regions.entries()) {
    expect(region.every((byte) => byte === 0)).toBe(true);
    region.fill(i + 1);
  }
  for (const [i, region] of regions.entries()) expect(region.every((byte) => byte === i + 1)).toBe(true);
  const all = new Uint8Array(shared.wasm.buffer);
  for (const [i, { byteOffset, length }] of regions.entries()) if (length > 0) expect(all[byteOffset]).toBe(i + 1);
});

test('threads that share a memory get regions apart', () => {
  const { memory, shared } = Kernel.start(portTable())!;
  const other = new Kernel(shared).memory;
  const places = [memory, other, other, memory].map((one) => one.words(100).byteOffset);
  expect(new Set(places).size).toBe(4);
});

test('memory of no kernel is a buffer for each region', () => {
  const memory = new TableMemory();
  expect(memory.words(3).buffer).not.toBe(memory.words(3).buffer);
  expect(memory.doubles(5).length).toBe(5);
});
