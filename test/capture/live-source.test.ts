import { describe, expect, test } from 'vitest';
import { lastCounts } from '../../src/capture/backend-tcpdump.ts';
import { shellLine, shellWord } from '../../src/capture/command.ts';
import { liveSource } from '../../src/capture/live-source.ts';
import { remoteCapture, sshInvocation } from '../../src/capture/live-ssh.ts';

describe('sources', () => {
  test.each([
    ['ens3', { kind: 'interface', label: 'ens3', host: null, interfaceName: 'ens3', namespace: null }],
    ['any', { kind: 'interface', label: 'any', host: null, interfaceName: 'any', namespace: null }],
    [
      'vxlan0@podns',
      { kind: 'interface', label: 'vxlan0@podns', host: null, interfaceName: 'vxlan0', namespace: 'podns' },
    ],
    ['podvm:vxlan0@podns', { label: 'podvm:vxlan0', host: 'podvm', interfaceName: 'vxlan0', namespace: 'podns' }],
    ['eth0@/proc/1/ns/net', { host: null, interfaceName: 'eth0', namespace: '/proc/1/ns/net' }],
    ['a:eth0@1234', { label: 'a:eth0', host: 'a', interfaceName: 'eth0', namespace: '1234' }],
    ['eth0.12@x', { interfaceName: 'eth0.12', namespace: 'x' }],
    [
      'podvm:vxlan0=exec:ssh podvm tcpdump -i a=b -w -',
      {
        kind: 'command',
        label: 'podvm:vxlan0',
        host: 'podvm',
        interfaceName: 'vxlan0',
        command: 'ssh podvm tcpdump -i a=b -w -',
      },
    ],
    ['podvm=exec:cat x', { kind: 'command', label: 'podvm', host: 'podvm', interfaceName: null, command: 'cat x' }],
    [
      'ssh:core@podvm:ens2@podns',
      {
        kind: 'ssh',
        label: 'podvm:ens2',
        host: 'podvm',
        target: 'core@podvm',
        interfaceName: 'ens2',
        namespace: 'podns',
      },
    ],
    ['ssh:10.0.0.5:any', { kind: 'ssh', target: '10.0.0.5', interfaceName: 'any', namespace: null }],
    [
      'ssh:root@[fe80::1%eth0]:ens2',
      { kind: 'ssh', target: 'root@fe80::1%eth0', host: 'fe80::1%eth0', interfaceName: 'ens2' },
    ],
  ])('%s', (argument, expected) => {
    expect(liveSource(argument)).toMatchObject(expected);
  });

  test.each([
    '',
    ':eth0',
    'a:',
    'eth0@',
    '-i',
    'a:-w',
    'an-interface-name-too-long',
    'eth 0',
    'eth0/../x',
    '..',
    '=exec:cat x',
    'a:b=exec: ',
    'ssh:',
    'ssh:podvm',
    'ssh:-oProxyCommand=x:eth0',
    'ssh:-x@podvm:eth0',
    'ssh:a b:eth0',
    'ssh:podvm:-w',
  ])('%j is none', (argument) => {
    expect(() => liveSource(argument)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('words for a shell', () => {
  test.each(['plain', "it's", 'a b', '$(x)', '`x`', ';rm -rf', '', '"', '\\', 'new\nline', '*', '~', '!x', '=x', 'ä'])(
    '%j comes out of a shell as it went in',
    async (word) => {
      const { execFileSync } = await import('node:child_process');
      const line = shellLine({ program: 'printf', args: ['%s', word] });
      expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe(word);
      const twice = `sh -c ${shellWord(line)}`;
      expect(execFileSync('sh', ['-c', twice], { encoding: 'utf8' })).toBe(word);
    },
  );

  test('nothing of a remote capture is read by the shell here', () => {
    const line = remoteCapture({ interfaceName: 'e;x', filter: "udp and '$(x)'", snapLength: 100 }, "n'; x");
    const { program, args } = sshInvocation('ssh -p 1', 'a@b', line);
    expect(program).toBe('sh');
    expect(args[0]).toBe('-c');
    expect(args[1]).toMatch(/^exec ssh -p 1 -- a@b 'exec sh -c /);
  });
});

describe('counts of tcpdump', () => {
  test.each([
    ['', null],
    ['tcpdump: listening on lo', null],
    ['12 packets captured\n15 packets received by filter\n3 packets dropped by kernel\n', { received: 15, dropped: 3 }],
    [
      'tcpdump: 1 packet captured, 1 packet received by filter, 0 packets dropped by kernel\n',
      { received: 1, dropped: 0 },
    ],
    [
      'tcpdump: 1 packet captured, 1 packet received by filter, 0 packets dropped by kernel\n5 packets captured\n9 packets received by filter\n4 packets dropped by kernel\n1 packet dropped by interface\n',
      { received: 9, dropped: 4 },
    ],
  ])('%j', (messages, expected) => {
    expect(lastCounts(messages)).toEqual(expected);
  });
});
