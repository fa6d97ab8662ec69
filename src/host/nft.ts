/**
 * `nft list ruleset` (also `list table`, `-a`, `-n`), in text.
 *
 *     table inet filter { # handle 1
 *             set bad {
 *                     type ipv4_addr
 *             }
 *             chain input {
 *                     type filter hook input priority filter; policy drop;
 *                     ip saddr 10.132.2.0/24 icmp type echo-request drop # handle 4
 *             }
 *     }
 */
import type { FactCollection } from './collection.ts';
import { addPolicy, addReturn, type Chain, type FirewallFamily } from './firewall.ts';
import { nftTokens, readNftRule, unquoted } from './nft-rule.ts';
import type { Continuation, LineParser, Origin } from './piece.ts';

const TABLE = /^table (?:(ip|ip6|inet|arp|bridge|netdev) )?(\S{1,255}) \{(?:$|\s*#|\s*\})/;
const CHAIN = /^chain (\S{1,255}) \{$/;
/** Rules begin with a word; an address, a MAC or `table` means that the text of the ruleset was cut short. */
const RULE_START = /^(?!table\s|[0-9a-f]{2}:|default\s|filter\s)[a-z@}]/;
/** A rule of more tokens than this is read as far as it came. */
const RULE_TOKENS = 20_000;

export const readNft: LineParser = (line, origin, facts) => {
  const table = TABLE.exec(line);
  if (table === null) return null;
  const family = (table[1] ?? 'ip') as FirewallFamily;
  return /\}\s*$/.test(line) ? () => false : tableLines(origin, facts, family, table[2]!);
};

function tableLines(origin: Origin, facts: FactCollection, family: FirewallFamily, table: string): Continuation {
  let chain: Chain | null = null;
  /** Braces open in a block that is no chain (a set, a map, a flow table). */
  let depth = 0;
  /** A rule of which only the first lines are read so far: its sets may run over several. */
  let rule = emptyRule();
  let ended = false;

  return (line) => {
    if (ended) return false;
    const text = withoutHandle(line);
    const tokens = nftTokens(text);
    if (depth > 0) {
      depth += braces(tokens);
      return true;
    }
    if (chain === null) {
      const opened = CHAIN.exec(text);
      if (opened !== null) chain = newChain(origin, family, table, opened[1]!);
      else if (text === '}') ended = true;
      else if (braces(tokens) > 0) depth = braces(tokens);
      // What else may stand in a table: its own flags and comment.
      else return /^(flags|comment)\b/.test(text);
      return true;
    }
    if (rule.tokens.length === 0) {
      if (!RULE_START.test(text)) return false;
      if (text === '}') {
        if (chain.hook === null) addReturn(facts, chain, `chain ${chain.name}`);
        chain = null;
        return true;
      }
    }
    for (const token of tokens) rule.tokens.push(token);
    rule.lines.push(text);
    rule.open += braces(tokens);
    if (rule.open > 0 && rule.tokens.length < RULE_TOKENS) return true;
    const whole = rule.lines.join(' ');
    if (!readHook(rule.tokens, chain, facts, whole)) readNftRule(rule.tokens, whole, chain, facts);
    rule = emptyRule();
    return true;
  };
}

function emptyRule(): { tokens: string[]; lines: string[]; open: number } {
  return { tokens: [], lines: [], open: 0 };
}

function newChain(origin: Origin, family: FirewallFamily, table: string, name: string): Chain {
  return { namespace: origin.namespace, family, table, name, hook: null, devices: [] };
}

/** `type filter hook ingress device "ens3" priority 0; policy drop;` says where a chain is run; false for any other line. */
function readHook(tokens: readonly string[], chain: Chain, facts: FactCollection, text: string): boolean {
  if (tokens[0] === 'comment' || tokens[0] === 'flags') return true;
  const hook = tokens.indexOf('hook');
  if (tokens[0] === 'policy' || (tokens[0] === 'type' && hook > 0)) {
    if (hook > 0) chain.hook = tokens[hook + 1] ?? null;
    const device = tokens.indexOf('device');
    const devices = tokens.indexOf('devices');
    if (device > 0) chain.devices = [unquoted(tokens[device + 1] ?? '')];
    if (devices > 0) {
      const end = tokens.indexOf('}', devices);
      chain.devices = tokens
        .slice(devices + 3, end < 0 ? undefined : end)
        .filter((token) => token !== ',')
        .map(unquoted);
    }
    const policy = tokens.indexOf('policy');
    if (policy >= 0) addPolicy(facts, chain, tokens[policy + 1] ?? '', text);
    return true;
  }
  return false;
}

/** How many braces are opened and not closed again; those inside strings are none. */
function braces(tokens: readonly string[]): number {
  let open = 0;
  for (const token of tokens) {
    if (token === '{') open++;
    else if (token === '}') open--;
  }
  return open;
}

/** A line without the `# handle 4` that `-a` adds. */
function withoutHandle(line: string): string {
  const handle = /\s?# handle \d+$/.exec(line);
  return handle === null ? line : line.slice(0, handle.index).trimEnd();
}
