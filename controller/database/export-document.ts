import { isDeepStrictEqual } from 'node:util'
import { formatSet } from '../profile/format-profile.ts'
import { referenceOf } from './base-profile.ts'
import type { Connection } from './connection.ts'
import type { ImportText } from './import-file.ts'
import { findObservation } from './observation-table.ts'
import { listOverrides, type Override } from './override-table.ts'
import { listDocuments } from './profile-table.ts'
import { rollBackName } from './roll-back.ts'
import { findSubscriber } from './subscriber-table.ts'

type SubscriberText = NonNullable<ImportText['subscribers']>[number]

/** Everything that people have decided, as `sojourn database import` reads it; keys only by their files. */
export async function exportDocument(connection: Connection): Promise<ImportText> {
  const profiles = await listDocuments(connection, 'profiles')
  const subscribers: SubscriberText[] = []
  for (const { subject: nai, document } of await listDocuments(connection, 'subscribers')) {
    const subscriber = await findSubscriber(connection, nai)
    if (!subscriber) continue
    const { homeAddress, authentication } = subscriber
    const overrides = (await listOverrides(connection, nai)).filter(({ name }) => name !== rollBackName)
    const { balance } = await findObservation(connection, nai)
    subscribers.push({
      nai,
      ...(homeAddress !== undefined && { homeAddress }),
      authentication,
      profile: referenceOf(document) ?? (document as Exclude<SubscriberText['profile'], string>),
      ...(overrides.length > 0 && { overrides: overrides.map(overrideText) }),
      ...(balance !== undefined && { balance }),
    })
  }
  return {
    profiles: profiles.map(({ document }) => document as NonNullable<ImportText['profiles']>[number]),
    subscribers,
  }
}

function overrideText({ name, fields, reason, author, since, until }: Override) {
  const set = formatSet(fields) as NonNullable<SubscriberText['overrides']>[number]['set']
  const iso = (time: number): string => new Date(time).toISOString()
  return { name, set, reason, author, since: iso(since), ...(until !== undefined && { until: iso(until) }) }
}

/** What an import changes, for people. */
export interface ImportChange {
  /** The profile or the subscriber. */
  subject: string
  /** As in the file, such as `class.downlink.rate`; empty: all of it is new. */
  path: string
  /** JSON; undefined: not there. */
  before: string | undefined
  after: string | undefined
}

/** In the order of the file. */
export function differences(before: ImportText, after: ImportText): ImportChange[] {
  const known = bySubject(before)
  return [...bySubject(after)].flatMap(([subject, now]): ImportChange[] => {
    const old = known.get(subject)
    if (old === undefined) return [{ subject, path: '', before: undefined, after: JSON.stringify(now) }]
    const [was, is] = [leaves(old, ''), leaves(now, '')]
    return [...new Set([...was.keys(), ...is.keys()])]
      .filter((path) => !isDeepStrictEqual(was.get(path), is.get(path)))
      .map((path) => ({ subject, path, before: was.get(path), after: is.get(path) }))
  })
}

function bySubject({ profiles = [], subscribers = [] }: ImportText): Map<string, unknown> {
  return new Map<string, unknown>([
    ...profiles.map((profile): [string, unknown] => [profile.name, profile]),
    ...subscribers.map((subscriber): [string, unknown] => [subscriber.nai, subscriber]),
  ])
}

/** By path; a list is one value. */
function leaves(value: unknown, path: string): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, path === '' ? key : `${path}.${key}`)]),
  )
}
