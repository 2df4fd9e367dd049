import { globSync, readFileSync } from 'node:fs'
import test from 'ava'
import { entriesOf, netlinkReference, publicEntries } from './netlink-reference.ts'

const folder = new URL('../netlink/', import.meta.url)
const sources = globSync('*.ts', { cwd: folder }).filter((file) => !/\.test\.ts$|^index\.ts$/.test(file))

test('netlink/reference.md is what the docstrings say', async (t) => {
  const written = readFileSync(new URL('reference.md', folder), 'utf8')
  t.true(written === (await netlinkReference()), 'stale: run `node scripts/netlink-reference.ts`')
})

/** A renderer prints its kind's part of a line: the table that it is beside says what there is to say. */
const isRenderer = /^render[A-Z]/

test('every exported function of netlink/ has a docstring', (t) => {
  const functions = sources.flatMap(entriesOf).filter(({ kind }) => kind === 'function' || kind === 'class')
  t.true(functions.length > 200)
  const bare = functions.filter(({ name, docstring }) => docstring === '' && !isRenderer.test(name))
  t.deepEqual(
    bare.map(({ file, name }) => `${file}: ${name}`),
    [],
  )
})

test('whatever does the same as a command is offered by index.ts', (t) => {
  const offered = new Set(publicEntries().map(({ file, name }) => `${file}: ${name}`))
  const alike = sources.flatMap(entriesOf).filter(({ docstring }) => /\bLike `/.test(docstring))
  t.true(alike.length > 100)
  t.deepEqual(
    alike.map(({ file, name }) => `${file}: ${name}`).filter((entry) => !offered.has(entry)),
    [],
  )
})
