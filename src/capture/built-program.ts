/** Programs that run in a process of their own. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The program of that name, which the build puts beside the command; null when it is not there. */
export function builtProgram(name: string): string | null {
  const path = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  return existsSync(path) ? path : null;
}
