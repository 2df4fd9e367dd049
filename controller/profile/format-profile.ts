import { documentValue, type FieldPath, type Fields, fieldPaths, fieldsOf } from './field.ts'
import type { EffectiveProfile } from './layers.ts'
import { withValue } from './nested.ts'
import type { ProfileDocument } from './service-profile.ts'

/**
 * The document that `readProfile` reads as this profile, with units, every field written out. What is effective has
 * no conditions.
 */
export function formatProfile(profile: EffectiveProfile): ProfileDocument {
  const fields = fieldsOf(profile)
  let document: unknown = {}
  for (const path of fieldPaths) document = withValue(document, path.split('.'), written(path, fields))
  return document as ProfileDocument
}

/** What `readSet` reads as these fields: only those that are there, `null` where they say none. */
export function formatSet(fields: Fields): unknown {
  let document: unknown = {}
  for (const path of fieldPaths) {
    if (fields[path] === undefined) continue
    const isNone = fields[path] === null
    if (path === 'class.uplink.rate' && isNone) document = withValue(document, ['class', 'uplink'], null)
    else if (path !== 'class.uplink.ceil' || !isNone || fields['class.uplink.rate'] !== null)
      document = withValue(document, path.split('.'), written(path, fields) ?? null)
  }
  return document
}

function written<Path extends FieldPath>(path: Path, fields: Fields): unknown {
  const value: Fields[Path] = fields[path]
  return value === null || value === undefined ? undefined : documentValue(path, value)
}
