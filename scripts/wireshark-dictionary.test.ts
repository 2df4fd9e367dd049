import { readFileSync } from 'node:fs'
import test from 'ava'
import { sojournAvps } from '#wire/diameter/dictionary/sojourn.ts'
import { dictionaryFile, wiresharkDictionary } from './wireshark-dictionary-text.ts'

test('docs/wireshark/sojourn.xml is what the table of AVPs gives', (t) => {
  t.is(readFileSync(dictionaryFile, 'utf8'), wiresharkDictionary())
})

test('it holds every AVP with its code and type', (t) => {
  const rows = [
    ...wiresharkDictionary().matchAll(
      /<avp name="([^"]+)" code="(\d+)".*?<(grouped|type type-name="[^"]+")/g,
    ),
  ]
  t.deepEqual(
    rows.map(([, name, code, type]) => [name, Number(code), type]),
    Object.entries(sojournAvps).map(([name, { code, type }]) => [
      name,
      code,
      type === 'Grouped' ? 'grouped' : `type type-name="${type}"`,
    ]),
  )
})
