// Tests that need a kernel with the drivers, run by scripts/test.ts inside one, as root. One after the other: it has one processor.
export default {
  extensions: ['ts'],
  files: ['**/*.kernel.test.ts'],
  concurrency: 1,
  timeout: '120s',
}
