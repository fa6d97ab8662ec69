/** The command line. Each command is loaded when it is asked for. */
import { Command, Option } from 'commander';
import { fileSize } from '../capture/file-size.ts';
import { VxtraceError } from '../errors.ts';
import { prepareThread } from '../thread.ts';
import { complain } from './complain.ts';
import { usageLine } from './usage.ts';

declare const VXTRACE_VERSION: string;

/** Collects a repeatable option. */
const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

function program(): Command {
  const vxtrace = new Command('vxtrace')
    .description('Finds out why a VXLAN overlay is broken, from captures of one or both tunnel ends.')
    .version(VXTRACE_VERSION)
    .exitOverride();
  vxtrace.addHelpText(
    'after',
    `
Examples:
  vxtrace analyze worker.pcap podvm.pcap
  vxtrace analyze worker:ens3=a.pcap podvm:vxlan0=b.pcap --host podvm=ip-addr.txt
  vxtrace decode --vni 555005 --count 20 a.pcap

Exit status: 0 nothing of severity error found, 1 something found, 2 not analysed.`,
  );
  vxtrace.helpCommand(false);
  vxtrace
    .command('analyze')
    .description('analyse captures together and report what is wrong, with the frames that prove it')
    .argument('<capture...>', '[HOST[:INTERFACE]=]FILE; - for standard input; pcap or pcapng, gzip or zstd around it')
    .option('-f, --format <format>', 'text, json, markdown or html', 'text')
    .option('-o, --output <file>', 'write the report to a file, whole or not at all')
    .option(
      '--host <HOST=FILE>',
      "what a host's own commands print: ip -d addr, ip neigh, ip route, bridge fdb, … (repeatable)",
      collect,
    )
    .option('--mac <[HOST:]IP=MAC>', 'the MAC that owns an inner address (repeatable)', collect)
    .option('--vni <n>', 'only this VNI (repeatable)', collect)
    .option('--vxlan-port <n>', 'a UDP port that carries VXLAN, besides 4789 and 8472 (repeatable)', collect)
    .option('--reply-timeout <seconds>', 'a reply later than this is late', '1')
    .option('--exit-zero', 'exit with 0 even when something is found')
    .addHelpText(
      'after',
      `
Examples:
  vxtrace analyze worker.pcap podvm.pcap --host podvm=ip-addr.txt
  vxtrace analyze -f markdown -o ticket.md worker:ens3=a.pcap podvm:ens2=b.pcap
  tcpdump -i vxlan0 -c 100 -w - | vxtrace analyze podvm:vxlan0=-

Exit status: 0 nothing of severity error found, or --exit-zero; 1 something found; 2 not analysed.`,
    )
    .action(async (captures: string[], options: Record<string, unknown>) => {
      const { runAnalyze } = await import('./analyze.ts');
      process.exitCode = await runAnalyze(captures, options);
    });
  vxtrace
    .command('decode')
    .description('print one line a packet, with all layers')
    .argument('<file>', 'a capture; - for standard input')
    .option('-f, --format <format>', 'text, or json: one object a line', 'text')
    .option('--vni <n>', 'only packets of this VNI (repeatable)', collect)
    .option('--vxlan-port <n>', 'a UDP port that carries VXLAN, besides 4789 and 8472 (repeatable)', collect)
    .option('--count <n>', 'stop after so many packets')
    // As --format json and --vxlan-port were called first.
    .addOption(new Option('--json').implies({ format: 'json' }).hideHelp())
    .addOption(new Option('--port <n>').argParser(collect).hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  vxtrace decode --vni 555005 --count 20 a.pcap
  vxtrace decode --format json a.pcap | jq 'select(.frame == 7)'

Exit status: 0 printed, as far as it goes where a capture breaks off; 2 not printed.`,
    )
    .action(async (file: string, options: Record<string, unknown>) => {
      const { runDecode } = await import('./decode.ts');
      process.exitCode = await runDecode(file, options);
    });
  vxtrace
    .command('capture')
    .description('watch tunnels live, at one end or at both at once; findings come and go while it runs')
    .argument(
      '<source...>',
      '[HOST:]INTERFACE[@NETNS], HOST:INTERFACE=exec:COMMAND, or ssh:[user@]host:interface[@netns]',
    )
    .option('--backend <name>', 'auto, dumpcap, tcpdump or cap', 'auto')
    .option('--ssh <command>', 'the ssh program with its options', 'ssh')
    .option('--filter <expression>', 'what to capture, as for tcpdump; an underlay has a default that fits tunnels')
    .option('--snaplen <bytes>', 'bytes kept of each packet')
    .option('--duration <seconds>', 'end after this time')
    .option('--count <n>', 'end when every source has brought so many packets')
    .option('--interval <seconds>', 'time between two flow summaries', '10')
    .option('--window <seconds>', 'findings are judged over the last one to two times this', '10')
    .option('--write <dir>', 'write the packets of each source to pcapng files there')
    .option('--rotate-size <bytes>', 'begin a new file after so many bytes: 500k, 100M, 1G')
    .option('--rotate-seconds <seconds>', 'begin a new file after this time')
    .option('--report <file>', 'write the report of the whole run at its end')
    .option(
      '-f, --format <format>',
      'of the report: text, json, markdown or html; json prints events on a terminal too',
    )
    .option('--host <HOST=FILE>', "what a host's own commands print (repeatable)", collect)
    .option('--mac <[HOST:]IP=MAC>', 'the MAC that owns an inner address (repeatable)', collect)
    .option('--vni <n>', 'only this VNI (repeatable)', collect)
    .option('--vxlan-port <n>', 'a UDP port that carries VXLAN, besides 4789 and 8472 (repeatable)', collect)
    .option('--reply-timeout <seconds>', 'a reply later than this is late', '1')
    .option('--exit-zero', 'exit with 0 even when something is found')
    .addHelpText(
      'after',
      `
Examples:
  vxtrace capture vxlan0@podns
  vxtrace capture ens3 ssh:core@podvm:ens2 --report report.html
  vxtrace capture worker:ens3 'podvm:vxlan0=exec:ssh podvm sudo ip netns exec podns tcpdump -i vxlan0 -U -w -'

Ctrl-C ends the run in order; a second one ends it at once.

Exit status: 0 the report of the whole run has nothing of severity error, or --exit-zero; 1 it has; 2 nothing captured.`,
    )
    .action(async (sources: string[], options: Record<string, unknown>) => {
      const { runCapture } = await import('./capture.ts');
      process.exitCode = await runCapture(sources, options);
    });
  vxtrace
    .command('compare')
    .description('say what differs between captures of a run that works and of one that does not')
    .option('--good <capture...>', 'captures of the run that works: [HOST[:INTERFACE]=]FILE')
    .option('--bad <capture...>', 'captures of the run that does not')
    .option('-f, --format <format>', 'text, json or markdown', 'text')
    .option('-o, --output <file>', 'write the comparison to a file, whole or not at all')
    .option('--host-good <HOST=FILE>', "what a host's own commands printed in the good run (repeatable)", collect)
    .option('--host-bad <HOST=FILE>', "what a host's own commands printed in the bad run (repeatable)", collect)
    .option('--vni <n>', 'only this VNI (repeatable)', collect)
    .option('--vxlan-port <n>', 'a UDP port that carries VXLAN, besides 4789 and 8472 (repeatable)', collect)
    .option('--reply-timeout <seconds>', 'a reply later than this is late', '1')
    .option('--exit-zero', 'exit with 0 even when something differs')
    .addHelpText(
      'after',
      `
Example:
  vxtrace compare --good works/worker.pcap works/podvm.pcap --bad fails/worker.pcap fails/podvm.pcap

Exit status: 0 nothing that matters differs, or --exit-zero; 1 something does; 2 not compared.`,
    )
    .action(async (options: Record<string, unknown>) => {
      const { runCompare } = await import('./compare.ts');
      process.exitCode = await runCompare(options);
    });
  vxtrace
    .command('interfaces')
    .description('list what can be captured here, in all network namespaces, with tunnels marked')
    .option('--json', 'one JSON object')
    .action(async (options: Record<string, unknown>) => {
      const { runInterfaces } = await import('./interfaces.ts');
      process.exitCode = await runInterfaces(options);
    });
  vxtrace
    .command('help')
    .description('show help for a command')
    .argument('[command]')
    .action((name: string | undefined) => showHelp(vxtrace, name));
  for (const command of [vxtrace, ...vxtrace.commands]) {
    const called = command === vxtrace ? 'vxtrace' : `vxtrace ${command.name()}`;
    command.configureOutput({ outputError: (text, write) => write(usageLine(text, called)) });
  }
  return vxtrace;
}

/** Shows the help of a command, or of the whole; a command that there is not is unknown here, too. */
async function showHelp(vxtrace: Command, name: string | undefined): Promise<void> {
  const wanted = name === undefined ? vxtrace : vxtrace.commands.find((command) => command.name() === name);
  if (wanted !== undefined) wanted.help();
  await vxtrace.parseAsync([String(name)], { from: 'user' });
}

/** A closed pipe on stdout (`| head`) is the reader's choice and no error; a full disk is one. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  complain(`cannot write to standard output: ${error.message}`);
  process.exit(2);
});

/** Bytes of a file from which on all commands that read one have use for a second thread. */
const WORTH_A_THREAD = 48 << 20;

/** True for a large file, with or without a label before it. */
function namesLargeFile(argument: string): boolean {
  const path = argument.slice(argument.indexOf('=') + 1);
  return Math.max(fileSize(argument), fileSize(path)) >= WORTH_A_THREAD;
}

async function main(): Promise<void> {
  if (process.argv.slice(2).some(namesLargeFile)) prepareThread();
  try {
    await program().parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
  // All is done; V8 would finish what it is compiling first. What was written is on its way when the pipe takes it.
  process.stdout.write('', () => process.exit());
}

function report(error: unknown): number {
  if (error instanceof VxtraceError) {
    complain(error.message);
    return 2;
  }
  if (error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.')) {
    return error.exitCode === 0 ? 0 : 2;
  }
  throw error;
}

void main();
