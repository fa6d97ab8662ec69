/**
 * One rule of nft in text.
 *
 *     ip saddr 10.132.2.0/24 tcp dport { 22, 80 } counter packets 0 bytes 0 reject with tcp reset
 *     udp dport vmap { 53 : accept, 4789 : drop }
 */
import type { FactCollection } from './collection.ts';
import { addVerdict, type Chain, CONTINUING, Conditions, type Verdict } from './firewall.ts';
import { requireSelector, type Selector, selectorOf } from './nft-selector.ts';

/** Strings, punctuation and words of a rule or of the lines around it. */
export function nftTokens(line: string): string[] {
  return line.match(/"[^"]*"|[{},;]|[^\s{},;"]+/g) ?? [];
}

export function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1) : token;
}

/** Options of `log`, each with a value. */
const LOG_OPTIONS = ['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags'];
const COMPARISONS = ['==', '!=', '<', '>', '<=', '>='];

const VERDICTS = ['drop', 'reject', 'accept', 'return', 'jump', 'goto'] as const;
/** Statements that send a packet elsewhere, or give it another address. */
const DIVERSIONS = ['queue', 'dnat', 'redirect', 'tproxy', 'snat', 'masquerade', 'synproxy'];

/** The verdict that begins with the words; null where none does, which `continue` is, too. */
export function nftVerdict([word, target]: readonly string[]): Verdict | null {
  const action = VERDICTS.find((name) => name === word);
  if (action === undefined) return word !== undefined && DIVERSIONS.includes(word) ? { action: 'other' } : null;
  return action === 'jump' || action === 'goto' ? { action, target: target ?? '' } : { action };
}

/** Reads a rule and adds what it decides. */
export function readNftRule(tokens: readonly string[], text: string, chain: Chain, facts: FactCollection): void {
  const rule = new RuleReader(tokens);
  rule.read();
  for (const { selector, verdict, values } of rule.mapped) {
    const conditions = rule.conditions();
    if (selector === null) conditions.further = true;
    else requireSelector(conditions, selector, values);
    addVerdict(facts, chain, verdict, conditions, text);
  }
  if (rule.verdict !== null) addVerdict(facts, chain, rule.verdict, rule.conditions(), text);
}

class RuleReader {
  /** Null for a rule that only counts or marks, or that has its verdicts in a map. */
  verdict: Verdict | null = null;
  /** Verdicts of a map with the values that they are for; the selector is null where no field can hold it. */
  readonly mapped: { selector: Selector | null; verdict: Verdict; values: string[] }[] = [];
  private readonly required: { selector: Selector; values: string[] }[] = [];
  private readonly tokens: readonly string[];
  private further = false;
  private at = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  conditions(): Conditions {
    const conditions = new Conditions();
    conditions.further = this.further;
    for (const { selector, values } of this.required) requireSelector(conditions, selector, values);
    return conditions;
  }

  read(): void {
    while (this.at < this.tokens.length) this.readStatement(this.tokens[this.at++]!);
  }

  private readStatement(word: string): void {
    switch (word) {
      case 'drop':
        this.verdict = { action: 'drop' };
        return;
      case 'reject':
      case 'accept':
      case 'return':
      case 'continue':
      case 'jump':
      case 'goto':
      case 'queue':
      case 'dnat':
      case 'redirect':
      case 'tproxy':
      case 'snat':
      case 'masquerade':
      case 'synproxy':
        this.verdict = nftVerdict([word, this.tokens[this.at] ?? '']);
        this.at = this.tokens.length;
        return;
      case 'counter':
        if (this.tokens[this.at] === 'packets') this.at += 4;
        else if (this.tokens[this.at] === 'name') this.at += 2;
        return;
      case 'comment':
        this.at++;
        return;
      case 'log':
        while (LOG_OPTIONS.includes(this.tokens[this.at] ?? '')) this.at += 2;
        return;
      case 'xt':
        this.readExtension();
        return;
      case 'iif':
      case 'iifname':
      case 'oif':
      case 'oifname':
        return this.readComparison(selectorOf('meta', word));
      case 'ip':
      case 'ip6':
      case 'meta':
      case 'th':
      case 'tcp':
      case 'udp':
      case 'sctp':
      case 'icmp':
      case 'icmpv6':
      case 'arp':
      case 'ether':
        return this.readComparison(selectorOf(word, this.tokens[this.at++] ?? ''));
      case 'vmap':
        return this.readMap(null);
      default:
        this.further = true;
        if (word === '{') this.readSet();
    }
  }

  /** `xt target "REJECT"`, as nft prints what iptables put in and it cannot translate. */
  private readExtension(): void {
    const kind = this.tokens[this.at++];
    const name = unquoted(this.tokens[this.at++] ?? '');
    if (kind === 'target') {
      if (!CONTINUING.has(name)) this.verdict = { action: name === 'REJECT' ? 'reject' : 'other' };
    } else if (name !== 'comment') this.further = true;
  }

  /** What follows a selector: a value, a set, a map of verdicts, or a statement that sets it. */
  private readComparison(selector: Selector): void {
    const next = this.tokens[this.at] ?? '';
    if (next === 'vmap') {
      this.at++;
      this.readMap(selector);
    } else if (next === '.' || next === 'set') {
      this.further = true;
    } else if (COMPARISONS.includes(next) && next !== '==') {
      this.at++;
      this.readValues();
      this.further = true;
    } else {
      if (next === '==') this.at++;
      this.required.push({ selector, values: this.readValues() });
    }
  }

  private readValues(): string[] {
    const first = this.tokens[this.at++] ?? '';
    if (first === '{') return this.readSet();
    while (this.tokens[this.at] === ',') {
      // `established,related` is a list of flags, not of addresses or ports.
      this.further = true;
      this.at += 2;
    }
    return [unquoted(first)];
  }

  /** The elements up to `}`; one of several words (a range of another kind, a mapping) is given as ''. */
  private readSet(): string[] {
    const elements: string[][] = [[]];
    for (; this.at < this.tokens.length; this.at++) {
      const token = this.tokens[this.at]!;
      if (token === '}') break;
      if (token === ',') elements.push([]);
      else elements.at(-1)!.push(unquoted(token));
    }
    this.at++;
    return elements.map((words) => (words.length === 1 ? words[0]! : ''));
  }

  /** `{ 53 : accept, 4789 : drop }`, or the name of a map, of which nothing is known here. */
  private readMap(selector: Selector | null): void {
    if (this.tokens[this.at] !== '{') {
      this.at++;
      this.mapped.push({ selector, verdict: { action: 'other' }, values: [''] });
      return;
    }
    const end = this.tokens.indexOf('}', this.at);
    const body = this.tokens.slice(this.at + 1, end < 0 ? undefined : end);
    const entries = splitAt(body, ',').map((words) => {
      const colon = words.indexOf(':');
      return { value: colon === 1 ? unquoted(words[0]!) : '', verdict: nftVerdict(words.slice(colon + 1)) };
    });
    for (const { verdict, values } of byVerdict(entries)) this.mapped.push({ selector, verdict, values });
    this.at = end < 0 ? this.tokens.length : end + 1;
  }
}

/** The values of a map by what befalls them; those that go on through the chain are left out. */
export function byVerdict(
  entries: readonly { value: string; verdict: Verdict | null }[],
): { verdict: Verdict; values: string[] }[] {
  const groups = new Map<string, { verdict: Verdict; values: string[] }>();
  for (const { value, verdict } of entries) {
    if (verdict === null) continue;
    const key = `${verdict.action} ${verdict.target ?? ''}`;
    const group = groups.get(key) ?? { verdict, values: [] };
    groups.set(key, group);
    group.values.push(value);
  }
  return [...groups.values()];
}

function splitAt(tokens: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (token === separator) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}
