import type { Namespaces } from './namespaces.ts';

/** Starts a program in a namespace and resolves when it prints that it is ready; it ends with the namespaces. */
export async function startService(namespaces: Namespaces, namespace: string, line: string): Promise<void> {
  const child = namespaces.spawn(namespace, line);
  await new Promise<void>((ready, failed) => {
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('ready')) ready();
    });
    child.on('close', () => failed(new Error(`${line} ended: ${complaint}`)));
    child.on('error', failed);
  });
}
