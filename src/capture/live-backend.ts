/** A program that captures from an interface and prints what it captured: what all of them have in common. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Invocation } from './command.ts';

export type BackendName = 'dumpcap' | 'tcpdump' | 'cap';

/** What to capture. */
export interface BackendOptions {
  readonly interfaceName: string;
  /** In the language of pcap-filter(7); null for everything. */
  readonly filter: string | null;
  /** Bytes kept per packet. */
  readonly snapLength: number;
}

/** What the capturing system counted. */
export interface CaptureCounters {
  readonly received: number;
  readonly dropped: number;
}

export interface Backend {
  readonly name: BackendName;
  /** Whose clock stamps the packets, as a phrase. */
  readonly clock: string;
  /** A sentence on what weakens its captures; null when nothing does. */
  readonly weakness: string | null;
  /** Bytes kept per packet when nobody says. */
  readonly usualSnapLength: number;
  /** The program, for what `find` looks up and a message says to install. */
  readonly install: string;
  /** True when its program does nothing but capture, so that the right to can be given to its file. */
  readonly isGrantable: boolean;
  /** The path of the program; null when it is not on this machine. */
  find(): string | null;
  /** The command that prints the capture on its standard output. */
  command(program: string, options: BackendOptions): Invocation;
  /** The newest counts it told on stderr; null when it told none. */
  countersOf(messages: string): CaptureCounters | null;
  /** The signal on which it tells its counts while it goes on; null when there is none. */
  readonly countersSignal: NodeJS.Signals | null;
  /** True when what it said on stderr means that it may not capture. */
  lacksPrivilege(messages: string): boolean;
}

/** Looks a program up in PATH, and where system administrators' programs are. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  }
  return null;
}

/** What programs on libpcap say when they may not capture. */
export function saysNotPermitted(messages: string): boolean {
  return /don't have permission|Operation not permitted|Permission denied|CAP_NET_RAW/i.test(messages);
}
