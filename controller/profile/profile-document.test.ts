import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import { schemaText, withTables } from './profile-document.ts'
import { readProfile } from './service-profile.ts'

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const page = read('profiles.md')
const written = 'is old: run node scripts/profile-document.ts'

test('docs/profile.schema.json and the tables of docs/profiles.md are those of the schema', (t) => {
  t.is(read('profile.schema.json'), schemaText(), `docs/profile.schema.json ${written}`)
  t.is(page, withTables(page), `docs/profiles.md ${written}`)
  t.regex(page, /\| `class\.downlink\.rate` \|/)
  t.regex(page, /\| `volume` \|/)
})

const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)

test('there are examples of whole profiles and of conditions', (t) => {
  t.true(examples.length >= 3)
})

for (const [index, text] of examples.entries())
  test(`example ${index + 1} of docs/profiles.md is valid: ${text.split('\n')[0]}`, (t) => {
    const document: unknown = parse(text)
    if (!Array.isArray(document)) return t.notThrows(() => readProfile(document, 'the example'))
    const profile = { name: 'example', class: { downlink: { rate: '1mbit' } }, conditions: document }
    t.is(readProfile(profile, 'the example').conditions.length, document.length)
  })

test('the profiles of docs/examples/subscribers.yaml are valid', (t) => {
  const { profiles } = parse(read('examples/subscribers.yaml')) as { profiles: unknown[] }
  t.true(profiles.length > 0)
  for (const profile of profiles) t.notThrows(() => readProfile(profile, 'the example'))
})

test('every kind of condition has an example', (t) => {
  const conditions = examples.flatMap((text) =>
    (text.match(/\b(\w+): \{/g) ?? []).map((key) => key.slice(0, -3)),
  )
  for (const [, kind = ''] of page.split('## All conditions')[1]?.matchAll(/^\| `(\w+)` \|/gm) ?? [])
    t.true(conditions.includes(kind) || examples.some((text) => text.includes(`${kind}:`)), kind)
})

test('the faults shown are those that are answered', (t) => {
  const document = {
    name: 'gold',
    class: { downlink: { rate: '20mbit', ceil: '10mbit' } },
    conditions: [{ when: { clock: { from: '18:00', to: '23:00', timeZone: 'Berlin' } }, become: 'silver' }],
  }
  const error = t.throws(() => readProfile(document, 'gold.yaml'), { code: 'profile/invalid' })
  t.true(page.includes(`\`\`\`text\n${error?.message}\n\`\`\``), error?.message)
})
