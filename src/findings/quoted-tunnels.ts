/** Which ICMP errors are about tunnel packets, also where they quote too little of them to show the tunnel's header. */
import type { QuotedError } from '../flow/error-table.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import { perCase } from './per-case.ts';

export class QuotedTunnels {
  private readonly known: ReadonlySet<string>;

  /** `tunnels` are those that captures show. */
  constructor(tunnels: readonly TunnelDirection[]) {
    this.known = new Set(tunnels.map(({ source, destination, port }) => `${source} ${destination} ${port}`));
  }

  has({ quotedVni, quotedSource, quotedDestination, quotedDestinationPort }: QuotedError): boolean {
    return quotedVni >= 0 || this.known.has(`${quotedSource} ${quotedDestination} ${quotedDestinationPort}`);
  }
}

export const quotedTunnels = perCase(({ tunnels }) => new QuotedTunnels(tunnels));
