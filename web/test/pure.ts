// What metrics_pure.test.mjs looks at: the parts of the explorer that need no page.
export * from '../src/metrics/asked';
export * from '../src/metrics/context';
export * from '../src/metrics/fault';
export * from '../src/metrics/matrix';
export * from '../src/metrics/share';
export * from '../src/metrics/tokens';
export * from '../src/metrics/units';
export * from '../src/metrics/words';
export * from '../src/plot/columns';
export * from '../src/plot/grid';
