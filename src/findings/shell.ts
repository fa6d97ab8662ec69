/** Commands that a person can paste: one line, with names quoted where they need it. */

/** A name as one word of a shell: names from files and labels may hold anything. */
export function shellWord(word: string): string {
  return /^[\w.@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The name of an interface as one word of a shell, or the placeholder where it is not known. */
export function deviceWord(name: string | null, placeholder: string): string {
  return name === null ? placeholder : shellWord(name);
}

/** `ip netns exec NAME ` before a command that is to run in a network namespace; nothing for the host's own. */
export function inNamespace(namespace: string | null): string {
  if (namespace === null) return '';
  return namespace.startsWith('/')
    ? `nsenter --net=${shellWord(namespace)} `
    : `ip netns exec ${shellWord(namespace)} `;
}
