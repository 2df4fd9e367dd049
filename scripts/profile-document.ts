/** Writes what stands in docs/ out of the schema of service profiles: the JSON Schema, and the tables of profiles.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { schemaText, withTables } from '#controller/profile/profile-document.ts'

const page = new URL('../docs/profiles.md', import.meta.url)
writeFileSync(page, withTables(readFileSync(page, 'utf8')))
writeFileSync(new URL('../docs/profile.schema.json', import.meta.url), schemaText())
