/**
 * Captures on another machine by ssh. The remote shell starts tcpdump and waits for its own standard input to
 * end: that is how tcpdump is ended in order there, also when the connection breaks.
 */
import { type Invocation, shellLine, shellWord } from './command.ts';
import type { BackendOptions } from './live-backend.ts';
import type { Namespace } from './namespace.ts';
import { inNamespace } from './namespace.ts';

/**
 * The command that runs `line` in a shell on `target`. `sshCommand` is the ssh program with options, as a
 * shell reads it.
 */
export function sshInvocation(sshCommand: string, target: string, line: string): Invocation {
  // The login shell over there may be any; the line is for a POSIX shell.
  const remote = `exec sh -c ${shellWord(line)}`;
  return { program: 'sh', args: ['-c', `exec ${sshCommand} -- ${shellWord(target)} ${shellWord(remote)}`] };
}

/** Command line for the remote shell that captures, and ends when its standard input does. */
export function remoteCapture(options: BackendOptions, namespace: string | null): string {
  const { interfaceName, filter, snapLength } = options;
  const tcpdump: Invocation = {
    program: 'tcpdump',
    args: [
      ...['-i', interfaceName, '-n', '-U', '-s', String(snapLength), '-w', '-'],
      ...(filter === null ? [] : ['--', filter]),
    ],
  };
  const capture = shellLine(namespace === null ? tcpdump : inNamespace(remoteNamespaceOf(namespace), tcpdump));
  return [
    'PATH="$PATH:/usr/sbin:/sbin"; set --; [ "$(id -u)" = 0 ] || set -- sudo -n; exec 3<&0',
    `"$@" ${capture} </dev/null 3<&- & capture=$!`,
    '{ while read -r _ <&3; do :; done; kill -TERM $capture; } >/dev/null 2>&1 & watcher=$!',
    'wait $capture; status=$?; kill $watcher 2>/dev/null; exit $status',
  ].join('\n');
}

/** A namespace of another machine, where its name, path or process id is looked up. */
export function remoteNamespaceOf(namespace: string): Namespace {
  const path = /^\d+$/.test(namespace) ? `/proc/${namespace}/ns/net` : namespace;
  return { name: path.includes('/') ? null : path, path };
}
