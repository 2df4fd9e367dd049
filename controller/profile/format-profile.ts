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

function written<Path extends FieldPath>(path: Path, fields: Fields): unknown {
  const value: Fields[Path] = fields[path]
  return value === null || value === undefined ? undefined : documentValue(path, value)
}
