/** `vxtrace interfaces`. */
import { type ListedInterface, listInterfaces } from '../live/interface-list.ts';
import { jsonText, printable } from '../report/escape.ts';
import { writeOutput } from './output.ts';

/** Runs the command; returns its exit status. */
export async function runInterfaces(options: Record<string, unknown>): Promise<number> {
  const list = await listInterfaces();
  if (options['json'] === true) {
    await writeOutput(null, [`${jsonText(JSON.stringify(list, null, 2))}\n`]);
    return 0;
  }
  const rows = list.interfaces.map(row);
  const widths = rows.reduce(
    (most, cells) => most.map((width, column) => Math.max(width, cells[column].length)),
    [0, 0, 0, 0],
  );
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const missed = list.unreadable.map(({ namespace, reason }) => `cannot look into ${namespace}: ${reason}`);
  await writeOutput(
    null,
    [...lines, ...missed].map((line) => `${printable(line)}\n`),
  );
  return 0;
}

function row(one: ListedInterface): string[] {
  const { source, mac, addresses, up, kind, tunnel, process } = one;
  const remarks = [
    ...(tunnel === null ? [] : [`TUNNEL ${kind} ${tunnelText(tunnel)}`.trimEnd()]),
    ...(tunnel === null && kind !== null ? [kind] : []),
    ...(up === false ? ['down'] : []),
    ...(process === null ? [] : [`namespace of ${process}`]),
  ];
  return [source, mac ?? '-', addresses.join(' ') || '-', remarks.join(', ')];
}

function tunnelText({ vni, remote, local, port, device }: NonNullable<ListedInterface['tunnel']>): string {
  const parts = [
    vni === null ? null : `VNI ${vni}`,
    remote === null ? null : `remote ${remote}`,
    local === null ? null : `local ${local}`,
    port === null ? null : `port ${port}`,
    device === null ? null : `over ${device}`,
  ];
  return parts.filter((part) => part !== null).join(' ');
}
