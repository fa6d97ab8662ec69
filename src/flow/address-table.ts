/**
 * Numbers for IPv6 addresses, so that a flow's key is the same five words for both families.
 * An IPv4 address is its own number; `isIpv6` of the protocol tells which is meant.
 */
import { finish, mix } from './hash.ts';
import { INITIAL_KEYS, KeyTable } from './key-table.ts';
import { TableMemory } from './table-memory.ts';

export class AddressTable {
  /** Key: the four words of an address. */
  readonly table: KeyTable;

  constructor(limit: number, memory = new TableMemory()) {
    this.table = new KeyTable(limit, INITIAL_KEYS, memory);
  }

  /** Number of the address in the 16 bytes at `at`; -1 when the table is full. */
  add(view: DataView, at: number): number {
    return this.table.add(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12), 0);
  }

  /** Hash of the address itself, equal in every capture. */
  hash(number: number): number {
    const { table } = this;
    return finish(
      mix(mix(mix(mix(6, table.word(number, 0)), table.word(number, 1)), table.word(number, 2)), table.word(number, 3)),
    );
  }

  /** Copies the address into 16 bytes at `at`. */
  write(number: number, view: DataView, at: number): void {
    for (let word = 0; word < 4; word++) view.setInt32(at + 4 * word, this.table.word(number, word));
  }

  /** The four words of the address. */
  words(number: number): [number, number, number, number] {
    const { table } = this;
    return [table.word(number, 0), table.word(number, 1), table.word(number, 2), table.word(number, 3)];
  }
}
