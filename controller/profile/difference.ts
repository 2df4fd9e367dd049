import { isDeepStrictEqual } from 'node:util'
import { type Fields, fieldPaths, fieldsOf } from './field.ts'
import type { EffectiveProfile } from './layers.ts'
import { valueAt, withValue } from './nested.ts'
import { type ProfileDocument, readProfile, type ServiceProfile } from './service-profile.ts'

/** What an edit can change: the fields, and the conditions and the tariff as a whole. */
export const editPaths = [...fieldPaths, 'conditions', 'tariff'] as const
export type EditPath = (typeof editPaths)[number]

type Comparable = ServiceProfile | EffectiveProfile
type EditFields = Fields & {
  conditions?: ServiceProfile['conditions'] | null
  tariff?: ServiceProfile['tariff'] | null
}

export interface Difference {
  path: EditPath
  /** In memory's units; null: none. */
  before: EditFields[EditPath]
  after: EditFields[EditPath]
}

/** Per field, in the order of `editPaths`. A difference in units or defaults only is none. */
export function diffProfiles(before: Comparable, after: Comparable): Difference[] {
  const [old, now] = [editFields(before), editFields(after)]
  return editPaths.flatMap((path) =>
    isDeepStrictEqual(old[path], now[path]) ? [] : [{ path, before: old[path], after: now[path] }],
  )
}

function editFields(profile: Comparable): EditFields {
  return {
    ...fieldsOf(profile),
    conditions: 'conditions' in profile ? profile.conditions : null,
    tariff: ('tariff' in profile && profile.tariff) || null,
  }
}

export interface Conflict {
  path: EditPath
  /** As the documents have it, with units; undefined: not there. */
  base: unknown
  theirs: unknown
  mine: unknown
}

/**
 * A three-way merge per field: what only one side changed is taken from it, in that side's words; what both changed
 * to the same is no conflict; what both changed differently is, and stands in `merged` as they have it. `merged`
 * can lack consistency that each side had (a ceil below a rate): read it before it is committed.
 * @param base what both started from @throws profile/invalid when a document is no profile
 */
export function mergeEdits(
  base: ProfileDocument,
  theirs: ProfileDocument,
  mine: ProfileDocument,
): { merged: ProfileDocument; conflicts: Conflict[] } {
  const read = (document: ProfileDocument, where: string) => editFields(readProfile(document, where))
  const fields = {
    base: read(base, 'the version edited'),
    theirs: read(theirs, 'the version stored'),
    mine: read(mine, 'the edit'),
  }
  const conflicts: Conflict[] = []
  let merged: unknown = theirs
  for (const path of editPaths) {
    if (isDeepStrictEqual(fields.mine[path], fields.base[path])) continue
    if (isDeepStrictEqual(fields.mine[path], fields.theirs[path])) continue
    const at = (document: unknown) => valueAt(document, path.split('.'))
    if (isDeepStrictEqual(fields.theirs[path], fields.base[path]))
      merged = withValue(merged, path.split('.'), at(mine))
    else conflicts.push({ path, base: at(base), theirs: at(theirs), mine: at(mine) })
  }
  return { merged: merged as ProfileDocument, conflicts }
}
