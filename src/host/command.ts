/**
 * Lines that stand between the outputs and say what the next one is of: prompts with the command behind
 * them, a command as a title, and the headings of `ip -all netns exec`.
 *
 *     [root@podvm ~]# ip netns exec podns ip -d addr
 *     $ tc -n podns filter show dev ens2 ingress
 *     === ip -n podns neigh ===
 *     netns: podns
 */
import { type Origin, wordAfter, wordsOf } from './piece.ts';

/** Longer lines are neither prompts nor headings. */
const LONGEST = 512;

const NAMESPACE_HEADING = /^netns:\s*(\S*?)(\s+\(id: \d+\))?$/;
const PROMPT = /^(\[[^\]]{1,80}\]|[^\s#$%>]{0,80})\s?([#$%>])(\s+(.+))?$/;
const TRACE = /^\++ (.+)$/;
const TITLE = /^(?:[=*#~-]{2,}|`)\s*([^=*#~`]+?)\s*[=*#~`:-]*$/;

/** Commands whose output is read, with what may follow them where a line has no prompt to tell it from output. */
const PROGRAMS: ReadonlyMap<string, RegExp> = new Map([
  ['ip', /^(-|a$|addr|l$|link$|n$|neigh|r$|ro$|route$|netns$)/],
  ['bridge', /^(-|fdb$|link$|vlan$)/],
  ['tc', /^(-|filter$|qdisc$)/],
  ['arp', /^(-|$)/],
  ['ifconfig', /^(-|$)/],
  ['nft', /^(-|list$)/],
  ['iptables', /^-/],
  ['ip6tables', /^-/],
  ['iptables-save', /^(-|$)/],
  ['ip6tables-save', /^(-|$)/],
]);
/** Commands that run another one. */
const RUNNERS = ['sudo', 'ssh', 'nsenter', 'kubectl', 'oc', 'docker', 'podman', 'crictl', 'time', 'env'];
const LEAVING = ['exit', 'logout'];
const SHELLS = ['bash', 'sh', 'zsh', 'dash', 'ash'];

const NOWHERE: Origin = { namespace: null, device: null, family: null, hook: null, table: null };

/** Follows the headings of a text; `origin` is what they say of the lines that come next. */
export class HeadingReader {
  origin: Origin = NOWHERE;
  /** Namespace that `ip netns exec podns bash` entered and `exit` leaves. */
  private shell: string | null = null;

  /** True when the line is a heading; `origin` is that of the next line then. */
  read(line: string): boolean {
    if (line.length > LONGEST) return false;
    const heading = NAMESPACE_HEADING.exec(line);
    if (heading !== null) {
      const name = heading[1]!;
      this.origin = { ...NOWHERE, namespace: name === '' || name.startsWith('(') ? null : name };
      return true;
    }
    const prompt = PROMPT.exec(line);
    if (prompt !== null) {
      const [, before = '', sign, , command = ''] = prompt;
      // `#` and `>` alone begin comments and quotations too; `$` and `user@host` begin prompts only.
      const certain = before.startsWith('[') || before.includes('@') || sign === '$';
      if (certain || startsCommand(command)) {
        this.run(command);
        return true;
      }
    }
    const plain = (TRACE.exec(line) ?? TITLE.exec(line))?.[1] ?? line;
    if (!isBareCommand(plain)) return false;
    this.run(plain);
    return true;
  }

  private run(command: string): void {
    const words = commandWords(command);
    if (LEAVING.includes(words[0] ?? '')) this.shell = null;
    const { origin, shell } = originOf(words, { ...NOWHERE, namespace: this.shell });
    if (shell) this.shell = origin.namespace;
    this.origin = origin;
  }
}

function commandWords(command: string): string[] {
  return wordsOf(command).map((word) => word.replace(/^['"(]+|['"`);]+$/g, ''));
}

/** The program's name without its folder. */
function programOf(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

function startsCommand(command: string): boolean {
  const first = programOf(commandWords(command)[0] ?? '');
  return PROGRAMS.has(first) || RUNNERS.includes(first) || LEAVING.includes(first);
}

function isBareCommand(line: string): boolean {
  const words = commandWords(line);
  if (words[0] === 'sudo') words.shift();
  return PROGRAMS.get(programOf(words[0] ?? ''))?.test(words[1] ?? '') ?? false;
}

interface Invocation {
  origin: Origin;
  /** True when the command is a shell of its own in the namespace. */
  shell: boolean;
}

/** What a command line says of its output. */
function originOf(words: readonly string[], outer: Origin): Invocation {
  let origin = outer;
  let at = 0;
  for (; at < words.length; at++) {
    const program = programOf(words[at]!);
    if (program === 'nsenter') origin = { ...origin, namespace: enteredNamespace(words.slice(at + 1)) };
    else if (PROGRAMS.has(program)) break;
  }
  if (at === words.length) return { origin, shell: false };
  const program = programOf(words[at]!);
  const rest = words.slice(at + 1);
  if (program === 'ip') {
    const run = rest.indexOf('exec');
    if (run > 0 && rest[run - 1] === 'netns') {
      const all = rest.slice(0, run).some((word) => /^-a(ll)?$/.test(word));
      const inner = rest.slice(all ? run + 1 : run + 2);
      const namespace = all ? null : (rest[run + 1] ?? null);
      const shell = SHELLS.includes(programOf(inner[0] ?? '')) && !inner.includes('-c');
      return shell ? { origin: { ...origin, namespace }, shell } : originOf(inner, { ...origin, namespace });
    }
  }
  return { origin: { ...origin, ...optionsOf(program, rest) }, shell: false };
}

/** What the options of a program say of its output; nothing for what they leave open. */
function optionsOf(program: string, words: readonly string[]): Partial<Origin> {
  const said: { -readonly [Key in keyof Origin]?: Origin[Key] } = {};
  if (program.includes('tables')) {
    said.family = program.startsWith('ip6') ? 'inet6' : 'inet';
    said.table = wordAfter(words, '-t');
    return said;
  }
  const namespaceOption = words.findIndex((word) => /^-n(et|etns)?$/.test(word));
  const takesNamespace = program === 'ip' || program === 'bridge' || program === 'tc';
  if (takesNamespace && namespaceOption >= 0) said.namespace = words[namespaceOption + 1] ?? null;
  if (words.includes('-6')) said.family = 'inet6';
  if (words.includes('-4')) said.family = 'inet';
  said.device = wordAfter(words, 'dev') ?? wordAfter(words, 'brport');
  if (words.includes('ingress')) said.hook = 'ingress';
  if (words.includes('egress')) said.hook = 'egress';
  return said;
}

/** The namespace of `nsenter --net=/run/netns/podns …` by name, of `nsenter -t 1234 -n …` by path. */
function enteredNamespace(words: readonly string[]): string | null {
  for (const word of words) {
    const path = /^(?:--net=|-n)(\/.+)$/.exec(word)?.[1];
    if (path !== undefined) return /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(path)?.[1] ?? path;
  }
  const process = wordAfter(words, '-t') ?? wordAfter(words, '--target');
  return process !== null && /^\d+$/.test(process) ? `/proc/${process}/ns/net` : null;
}
