/** What can be captured live, as it is named on the command line. */
import { VxtraceError } from '../errors.ts';

/** An interface of this machine, or `any`. */
export interface InterfaceSource {
  readonly kind: 'interface';
  readonly label: string;
  /** As given; null when it was not. */
  readonly host: string | null;
  readonly interfaceName: string;
  /** Name, path or process id of a network namespace; null for our own. */
  readonly namespace: string | null;
}

/** Any command that prints a capture. */
export interface CommandSource {
  readonly kind: 'command';
  readonly label: string;
  readonly host: string;
  readonly interfaceName: string | null;
  readonly command: string;
}

/** An interface of another machine, by ssh. */
export interface SshSource {
  readonly kind: 'ssh';
  readonly label: string;
  readonly host: string;
  /** `[user@]host` as ssh takes it. */
  readonly target: string;
  readonly interfaceName: string;
  readonly namespace: string | null;
}

export type LiveSource = InterfaceSource | CommandSource | SshSource;

const FORMS = '[HOST:]INTERFACE[@NETNS], HOST:INTERFACE=exec:COMMAND or ssh:[user@]host:interface[@netns]';
const EXEC = /^([^=]*)=exec:(.*)$/s;
const SSH_TARGET = /^(?:([\w.+-]+)@)?(\[[0-9a-fA-F:.%\w]+\]|[\w.-]+):([^:@]+)(?:@(.+))?$/;
/** The kernel's own rule for device names (dev_valid_name), and no option. */
const DEVICE = /^(?!-|\.\.?$)[^\s/:]{1,15}$/;

/**
 * Reads one source.
 *
 * @throws VxtraceError `usage` when it is none of the forms.
 */
export function liveSource(argument: string): LiveSource {
  const exec = EXEC.exec(argument);
  if (exec !== null) return commandSource(argument, exec[1], exec[2]);
  if (argument.startsWith('ssh:')) return sshSource(argument);
  const at = argument.indexOf('@');
  const place = at < 0 ? argument : argument.slice(0, at);
  const namespace = at < 0 ? null : argument.slice(at + 1);
  const colon = place.indexOf(':');
  const host = colon < 0 ? null : place.slice(0, colon);
  const interfaceName = place.slice(colon + 1);
  if (host === '' || namespace === '' || !DEVICE.test(interfaceName)) throw notASource(argument);
  return { kind: 'interface', label: host === null ? argument : place, host, interfaceName, namespace };
}

function commandSource(argument: string, label: string, command: string): CommandSource {
  const colon = label.indexOf(':');
  const host = colon < 0 ? label : label.slice(0, colon);
  if (host === '' || command.trim() === '') throw notASource(argument);
  const interfaceName = colon < 0 || colon === label.length - 1 ? null : label.slice(colon + 1);
  return { kind: 'command', label, host, interfaceName, command };
}

function sshSource(argument: string): SshSource {
  const match = SSH_TARGET.exec(argument.slice('ssh:'.length));
  if (match === null) throw notASource(argument);
  const [, user, name, interfaceName, namespace] = match;
  if (name.startsWith('-') || user?.startsWith('-') || !DEVICE.test(interfaceName)) throw notASource(argument);
  const host = name.replace(/^\[|\]$/g, '');
  const target = user === undefined ? host : `${user}@${host}`;
  return { kind: 'ssh', label: `${host}:${interfaceName}`, host, target, interfaceName, namespace: namespace ?? null };
}

function notASource(argument: string): VxtraceError {
  return new VxtraceError('usage', `${argument}: no source to capture from; expected ${FORMS}`);
}
