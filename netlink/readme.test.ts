import { globSync, readFileSync } from 'node:fs'
import test from 'ava'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** They are files so that the compiler checks them, and examples.kernel.test.ts runs them. */
test('the examples of README.md are the files of examples/', (t) => {
  const blocks = [...read('README.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block)
  const files = globSync('examples/*.ts', { cwd: import.meta.dirname })
  t.true(files.length > 0)
  const examples = files.map((file) => read(file).replace("'../index.ts'", "'./index.ts'"))
  t.deepEqual(blocks.toSorted(), examples.toSorted())
})
