/** Runs the examples of README.md as root, each in namespaces of its own, and compares what they print with what they say. */
import { globSync, readFileSync } from 'node:fs'
import { formatWithOptions } from 'node:util'
import test from 'ava'
import { deleteNamespace, listNamespaces } from './namespace.ts'

for (const file of globSync('examples/*.ts', { cwd: import.meta.dirname }))
  test.serial(`${file} prints what it says`, async (t) => {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8')
    const said = [...source.matchAll(/^\/\/> (.*)$/gm)].map(([, line]) => line)
    const printed: string[] = []
    const namespaces = listNamespaces()
    const { log } = console
    console.log = (...values) => printed.push(formatWithOptions({ colors: false }, ...values))
    let left: string[] = []
    try {
      await import(new URL(file, import.meta.url).href)
    } finally {
      console.log = log
      left = listNamespaces().filter((name) => !namespaces.includes(name))
      for (const name of left) deleteNamespace(name)
    }
    t.true(said.length > 0)
    t.deepEqual(printed, said)
    t.deepEqual(left, [])
  })
