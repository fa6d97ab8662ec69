/** Imports point one way: see docs/architecture.md. */
const room = (from, allowed, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [`^src/${from}/`, '^src/errors\\.ts$', ...allowed.map((name) => `^src/${name}/`)] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    room('wire', [], 'wire knows headers and nothing else'),
    room('capture', [], 'capture delivers bytes'),
    room('host', [], 'host reads what hosts print'),
    room('decode', ['wire'], 'decode reads headers'),
    room('flow', ['decode', 'wire'], 'flow correlates what was decoded'),
    room('findings', ['flow', 'host'], 'rules look at flows and host facts'),
    room('report', ['findings', 'flow', 'decode', 'wire', 'host'], 'reports show findings, flows and packets'),
    room('compare', ['report', 'findings', 'flow', 'host'], 'a comparison looks at two analyses'),
    {
      name: 'kernel-imports',
      comment: 'The kernel is compiled by another compiler, which is told of the rest of the program in one place',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: '^src/kernel/declarations\\.ts$' },
      to: { path: '^src/', pathNot: '^src/kernel/' },
    },
    {
      name: 'nobody-imports-the-kernel',
      comment: 'It is reached by what it was compiled to',
      severity: 'error',
      from: { pathNot: '^src/kernel/' },
      to: { path: '^src/kernel/' },
    },
    {
      name: 'node-modules-of-node',
      comment: 'Only what touches files, processes and terminals uses Node itself',
      severity: 'error',
      from: { path: '^src/(wire|decode|flow|kernel|findings|report|host|compare)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nobody-imports-the-command-line',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
