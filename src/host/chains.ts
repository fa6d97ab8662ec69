/**
 * What becomes of a packet in a host's firewall: its chains are run as the kernel runs them, as far as
 * what is known of rules and packet allows.
 *
 * The first rule that a packet meets and that decides, decides in its chain. One that accepts does so for
 * that chain alone; a rule that drops does so for all.
 */
import { type FirewallRule, isDropping } from './facts.ts';
import { type FilteredPacket, meetsRule } from './match.ts';

export interface FirewallVerdict {
  /** The rule that drops the packet, for certain; null where none does or that cannot be told. */
  certain: FirewallRule | null;
  /** Rules that drop the packet if it comes to them and meets them. */
  possible: FirewallRule[];
}

interface Chain {
  rules: FirewallRule[];
  /** What becomes of packets that come to its end; null where they go on, or nothing is known. */
  end: FirewallRule | null;
}

/** How a packet leaves a chain for certain: it need not come further, or it comes back to where it was sent from. */
type Way = 'decided' | 'returned';

/** Chains that lead to one another: as many as the kernel admits. */
const MOST_JUMPS = 16;
/** Rules looked at for one packet and one base chain; what comes behind them is not named. */
const MOST_STEPS = 200_000;

/** Runs the chains of a namespace at the hooks that the packet passes, which come in the order in which it passes them. */
export function runFirewall(
  firewall: readonly FirewallRule[],
  packet: FilteredPacket,
  namespace: string | null,
  hooks: readonly string[],
): FirewallVerdict {
  const { chains, hooked } = ruleset(firewall, namespace);
  const verdict: FirewallVerdict = { certain: null, possible: [] };
  let isDiverted = false;
  for (const hook of hooks) {
    const runs = [...(hooked.get(hook) ?? [])].map((key) => new ChainRun(chains, packet, key));
    // Which of the chains of one hook is run first is not known.
    isDiverted ||= runs.some((run) => run.isDiverted);
    for (const { certain, possible } of runs) {
      verdict.possible.push(...possible);
      if (certain === null) continue;
      // Only frames that are bridged come to rules of a bridge.
      if (isDiverted || certain.family === 'bridge') verdict.possible.push(certain);
      else verdict.certain ??= certain;
    }
  }
  return verdict;
}

function chainKey({ family, table, chain }: Pick<FirewallRule, 'family' | 'table' | 'chain'>): string {
  return JSON.stringify([family, table ?? null, chain]);
}

/** The rules of one namespace by chain, and the chains by hook. */
interface Ruleset {
  chains: Map<string, Chain>;
  hooked: Map<string, Set<string>>;
}

/** What was sorted once: there may be many packets to ask about, and many rules. */
const sorted = new WeakMap<readonly FirewallRule[], Map<string | null, Ruleset>>();

function ruleset(firewall: readonly FirewallRule[], namespace: string | null): Ruleset {
  const known = sorted.get(firewall) ?? new Map<string | null, Ruleset>();
  sorted.set(firewall, known);
  const found = known.get(namespace) ?? rulesetOf(firewall.filter((rule) => rule.namespace === namespace));
  known.set(namespace, found);
  return found;
}

function rulesetOf(rules: readonly FirewallRule[]): Ruleset {
  const chains = new Map<string, Chain>();
  const hooked = new Map<string, Set<string>>();
  for (const rule of rules) {
    const key = chainKey(rule);
    const chain = chains.get(key) ?? { rules: [], end: null };
    chains.set(key, chain);
    if (rule.policy) chain.end = rule;
    else chain.rules.push(rule);
    if (rule.hook == null) continue;
    const base = hooked.get(rule.hook) ?? new Set();
    hooked.set(rule.hook, base.add(key));
  }
  return { chains, hooked };
}

/** One packet's way through a base chain and those that it leads to. */
class ChainRun {
  certain: FirewallRule | null = null;
  readonly possible: FirewallRule[] = [];
  /** A rule of which not all is known may have sent the packet elsewhere, or given it another address. */
  isDiverted = false;
  /** A rule that the packet may or may not meet may have decided. */
  private isDoubtful = false;
  private steps = 0;
  private readonly chains: ReadonlyMap<string, Chain>;
  private readonly packet: FilteredPacket;

  constructor(chains: ReadonlyMap<string, Chain>, packet: FilteredPacket, base: string) {
    this.chains = chains;
    this.packet = packet;
    const chain = chains.get(base);
    if (chain === undefined || this.run(chain.rules, 0) === 'decided' || chain.end === null) return;
    const meets = meetsRule(chain.end, packet);
    if (meets !== false) this.take(chain.end, meets === true, 0);
  }

  private run(rules: readonly FirewallRule[], depth: number): Way {
    for (const rule of rules) {
      if (++this.steps > MOST_STEPS) {
        this.isDoubtful = true;
        break;
      }
      const meets = meetsRule(rule, this.packet);
      if (meets === false) continue;
      const way = this.take(rule, meets === true, depth);
      if (way !== null && meets === true) return way;
    }
    return 'returned';
  }

  /** What a rule does with the packet, which meets it for certain or perhaps; null when the packet goes on to the next. */
  private take(rule: FirewallRule, isMet: boolean, depth: number): Way | null {
    if (rule.action === 'jump' || rule.action === 'goto') return this.jump(rule, isMet, depth);
    if (isDropping(rule)) this.drop(rule, isMet);
    if (rule.action === 'other') this.isDiverted = true;
    if (!isMet || rule.action === 'other') this.isDoubtful = true;
    if (rule.action === 'other') return null;
    return rule.action === 'return' ? 'returned' : 'decided';
  }

  private drop(rule: FirewallRule, isMet: boolean): void {
    if (isMet && !this.isDoubtful) this.certain = rule;
    else this.possible.push(rule);
  }

  private jump(rule: FirewallRule, isMet: boolean, depth: number): Way | null {
    const chain = this.chains.get(chainKey({ ...rule, chain: rule.target ?? '' }));
    // A chain without an end was not listed, or not in full.
    if (chain === undefined || chain.end === null || depth === MOST_JUMPS) {
      this.isDoubtful = true;
      this.isDiverted = true;
      return null;
    }
    const wasDoubtful = this.isDoubtful;
    if (!isMet) this.isDoubtful = true;
    const way = this.run(chain.rules, depth + 1);
    if (way === 'decided') return 'decided';
    if (rule.action === 'goto') return 'returned';
    if (!isMet && !this.mayEnd(chain)) this.isDoubtful = wasDoubtful;
    return null;
  }

  /** True when a rule of the chain itself may keep the packet from coming back. */
  private mayEnd({ rules }: Chain): boolean {
    return rules.some((rule) => rule.action !== 'return' && meetsRule(rule, this.packet) !== false);
  }
}
