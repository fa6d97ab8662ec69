/**
 * What to look at when captures cannot tell why a request that arrived was not answered: the commands
 * that decide it, the likeliest cause first.
 */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Case } from './case.ts';
import type { Remedy } from './finding.ts';
import { acceptance, isNarrow, type MetRule, requestRule } from './firewall.ts';
import { shellWord } from './shell.ts';

/** The next things to do about requests that reached `loss.after` and were not answered. */
export function undecidedChecks(subject: Case, flow: JoinedFlow, loss: JoinedLoss): Remedy[] {
  const { after } = loss;
  const host = after.host ?? ownerHost(subject, flow.destination);
  if (after.kind === 'underlay' && flow.vni !== null) return [captureInside(after, flow, host)];
  const met = requestRule(subject, flow, after, host);
  const prefix = namespacePrefix(subject, host, flow.destination, after.interfaceName);
  if (met?.isCertain) return dropped(met, host, prefix);
  if (isMissing(subject, host, flow.destination)) {
    const text = `${flow.destination} stands on no interface that ${host} listed. Is it assigned?`;
    const isAll = flow.protocol === 'arp' || flow.protocol === 'ndp';
    const missing = check(text, `${prefix}ip addr`, host);
    return isAll ? [missing] : [missing, ...deliveryChecks(flow, host, prefix)];
  }
  if (flow.protocol === 'arp') return arpChecks(host, prefix);
  if (flow.protocol === 'ndp') return neighborChecks(host, prefix);
  const isKnown = subject.owners.facts(host) !== null;
  return [...(isKnown ? [] : [macCheck(host, prefix)]), ...deliveryChecks(flow, host, prefix)];
}

function arpChecks(host: string | null, prefix: string): Remedy[] {
  const ignored = 'net.ipv4.conf.all.arp_ignore net.ipv4.conf.all.arp_filter';
  return [
    check(
      'Is the address on an interface there, and is that interface up and answering ARP?',
      `${prefix}ip -d addr`,
      host,
    ),
    check('Does the namespace ignore such requests?', `${prefix}sysctl ${ignored}`, host),
  ];
}

function neighborChecks(host: string | null, prefix: string): Remedy[] {
  return [
    check(
      'Is the address on an interface there, is it past duplicate address detection, and is that interface up?',
      `${prefix}ip -6 -d addr`,
      host,
    ),
    check('Does a firewall drop ICMPv6?', `${prefix}ip6tables -S; ${prefix}nft list ruleset`, host),
  ];
}

/** What may befall packets that their host took. */
function deliveryChecks(flow: JoinedFlow, host: string | null, prefix: string): Remedy[] {
  const tables = flow.ipVersion === 4 ? 'iptables' : 'ip6tables';
  const checks = [check('Does a firewall drop them?', `${prefix}${tables} -S; ${prefix}nft list ruleset`, host)];
  if (flow.ipVersion === 4) {
    checks.push(
      check(
        'Does reverse path filtering drop them? Compare the route back with the interface they came in on.',
        `${prefix}sysctl net.ipv4.conf.all.rp_filter; ${prefix}ip route get ${flow.source}`,
        host,
      ),
    );
  } else {
    checks.push(check('Is there a route back?', `${prefix}ip -6 route get ${flow.source}`, host));
  }
  if (flow.protocol === 'icmp-echo' || flow.protocol === 'icmpv6-echo') {
    const name = flow.ipVersion === 4 ? 'net.ipv4.icmp_echo_ignore_all' : 'net.ipv6.icmp.echo_ignore_all';
    checks.push(check('Is echo switched off?', `${prefix}sysctl ${name}`, host));
  }
  checks.push(check('Where does the kernel drop them?', `${prefix}nstat -az | grep -iE 'drop|err|filter'`, host));
  return checks;
}

/** What to do about a rule that drops the packets. */
function dropped(met: MetRule, host: string | null, prefix: string): Remedy[] {
  const { text } = met.rule;
  return [
    isNarrow(met)
      ? { text: `Remove or narrow the rule on ${host} that drops these packets: ${text}`, command: null, host }
      : check(`Let these packets pass before the rule on ${host} that drops them: ${text}`, acceptance(met), host),
    check('See it count while the requests come in', `${prefix}iptables -vnL; ${prefix}nft list ruleset`, host),
  ];
}

/** The host that has the address, when exactly one said so. */
function ownerHost(subject: Case, address: string): string | null {
  const hosts = subject.owners.hostsOf(address);
  return hosts.length === 1 ? hosts[0] : null;
}

/** True when the host listed its addresses, and that one is not among them. */
function isMissing(subject: Case, host: string | null, address: string): boolean {
  return host !== null && subject.owners.facts(host) !== null && !subject.owners.owns(host, address);
}

function macCheck(host: string | null, prefix: string): Remedy {
  return check(
    'Is the MAC in these frames that of the interface with the address? Pass this output with --host',
    `${prefix}ip -d addr`,
    host,
  );
}

function captureInside(after: Vantage, flow: JoinedFlow, host: string | null): Remedy {
  return {
    text: `They reached the underlay at ${after.label}. Capture on the overlay interface behind it, too, to see whether they were decapsulated`,
    command: `tcpdump -ni <vxlan interface> -w overlay.pcap host ${flow.destination}`,
    host,
  };
}

function check(text: string, command: string, host: string | null): Remedy {
  return { text, command, host };
}

/** `ip netns exec NAME ` for the namespace of the address, or of the interface where the capture was taken. */
function namespacePrefix(subject: Case, host: string | null, address: string, device: string | null): string {
  const facts = subject.owners.facts(host);
  if (host === null || facts === null) return '';
  const [owner] = subject.owners.interfacesOf(host, address, device);
  const place = owner ?? facts.interfaces.find(({ name }) => name === device);
  return place?.namespace == null ? '' : `ip netns exec ${shellWord(place.namespace)} `;
}
