import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { StateStore } from './state-store.ts'
import { bytes, moment, wholeNumber } from './stored-value.ts'

const second = 1000
const value = z.strictObject({
  key: bytes,
  count: wholeNumber,
  until: moment,
  name: z.string().exactOptional(),
})
type Value = z.output<typeof value>
const sample: Value = { key: Buffer.from([1, 2, 3]), count: 2n ** 63n, until: Number.POSITIVE_INFINITY }

function file(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-state-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'state', 'ha.home.example.sqlite')
}

function opened(name: string, atSeconds = 100) {
  const store = new StateStore(name, atSeconds * second)
  return { store, values: store.map<Value>('value', value) }
}

test('what was committed is there after a restart, what was only staged is not', (t) => {
  const name = file(t)
  const { store, values } = opened(name)
  values.set('one', sample)
  values.set('two', { ...sample, name: 'two' })
  store.commit()
  values.delete('two')
  values.set('three', sample)
  store.close()
  const again = opened(name)
  t.deepEqual(again.values.entries(), [
    ['one', sample],
    ['two', { ...sample, name: 'two' }],
  ])
  again.values.delete('two')
  again.store.commit()
  again.store.close()
  t.is(opened(name).values.entries().length, 1)
})

test('the Origin-State-Id stays with the file, and a new file has a greater one', (t) => {
  const name = file(t)
  const { store } = opened(name, 100)
  store.close()
  const again = opened(name, 200)
  t.is(again.store.originStateId, 100)
  again.store.close()
  rmSync(name)
  t.is(opened(name, 300).store.originStateId, 300)
})

test('only the owner can read the files, however they were before', (t) => {
  const name = file(t)
  const { store, values } = opened(name)
  values.set('one', sample)
  store.commit()
  for (const one of [name, `${name}-wal`]) t.is(statSync(one).mode & 0o777, 0o600, one)
  store.close()
  chmodSync(name, 0o644)
  opened(name)
  t.is(statSync(name).mode & 0o777, 0o600)
})

test('a file that cannot be used says why, and what to do', (t) => {
  const name = file(t)
  const { store, values } = opened(name)
  values.set('one', sample)
  store.commit()
  t.like(
    t.throws(() => opened(name)),
    { code: 'state/unreadable', message: `${name} is in use: an agent of this identity runs already` },
  )
  store.close()

  const change = (sql: string) => {
    const database = new DatabaseSync(name)
    database.exec(sql)
    database.close()
  }
  change('PRAGMA user_version = 9')
  const newer = t.throws(() => opened(name))
  t.like(newer, { code: 'state/unreadable' })
  t.regex(newer.message, /has version 9, this program knows up to 1: use a newer Sojourn/)
  change('PRAGMA user_version = 1')

  for (const body of ['{"key":"AQID"}', 'no JSON', '{"key":"AQID","count":"1","until":null,"more":1}']) {
    change(`UPDATE entry SET body = '${body}' WHERE kind = 'value'`)
    const odd = opened(name)
    const unread = t.throws(() => odd.values.entries())
    t.like(unread, { code: 'state/unreadable' })
    t.regex(unread.message, /is damaged \(its value one does not fit\): restore it, or move it away/)
    odd.store.close()
  }

  const whole = readFileSync(name)
  writeFileSync(name, Buffer.concat([Buffer.alloc(200, 7), whole.subarray(200)]))
  t.like(
    t.throws(() => opened(name)),
    { code: 'state/unreadable' },
  )
  writeFileSync(name, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(200, 7), whole.subarray(4296)]))
  t.like(
    t.throws(() => opened(name)),
    { code: 'state/unreadable' },
  )
})

test('a place where nothing can be written shows at the start', (t) => {
  const noFolder = file(t)
  writeFileSync(dirname(noFolder), '')
  const noFile = file(t)
  mkdirSync(noFile, { recursive: true })
  for (const name of [noFolder, noFile]) {
    const error = t.throws(() => opened(name))
    t.like(error, { code: 'state/unwritable' })
    t.regex(error.message, /look at stateFolder, its owner and its disk space/)
  }
})

test('what a full disk has refused is written later', (t) => {
  const name = file(t)
  const store = new StateStore(name, 100 * second, 5 * 4096)
  const values = store.map<Value>('value', value)
  values.set('one', sample)
  store.commit()
  values.delete('one')
  values.set('long', { ...sample, name: 'x'.repeat(20_000) })
  t.like(
    t.throws(() => store.commit()),
    { code: 'state/unwritable' },
  )
  t.is(values.entries().length, 1, 'nothing of it was written')
  values.delete('long')
  store.commit()
  t.deepEqual(values.entries(), [])
})
