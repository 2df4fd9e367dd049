import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { ArpSilence } from './arp-silence.ts'

test('the setting of the host’s owner comes back, however often the node moves', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-arp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'arp_ignore')
  writeFileSync(file, '1\n')
  const silence = new ArpSilence(file, silentLog)
  silence.begin()
  silence.begin()
  t.is(readFileSync(file, 'utf8'), '8')
  silence.end()
  t.is(readFileSync(file, 'utf8'), '1')
  writeFileSync(file, '2')
  silence.end()
  t.is(readFileSync(file, 'utf8'), '2')
})

test('a setting that cannot be changed is told of, and is no fault', (t) => {
  const warnings: object[] = []
  const log = { ...silentLog, warn: (about: object) => warnings.push(about) }
  const silence = new ArpSilence('/nowhere/arp_ignore', log as unknown as typeof silentLog)
  silence.begin()
  silence.end()
  t.is(warnings.length, 1)
})

test('a process that was killed has left the node silent: its successor ends that', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-arp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'arp_ignore')
  writeFileSync(file, '1\n')
  new ArpSilence(file, silentLog).begin()
  const next = new ArpSilence(file, silentLog)
  next.begin()
  t.is(readFileSync(file, 'utf8'), '8')
  next.end()
  t.is(readFileSync(file, 'utf8'), '0')
})
