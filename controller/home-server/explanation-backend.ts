import type { AuditEntry } from '../database/audit-table.ts'
import type { StoredEvent } from '../database/event-table.ts'
import type { RevisedProfile, Session } from '../database/service-control-database.ts'
import type {
  AgentDatapath,
  AuditList,
  ChangeBackend,
  EventList,
  Explanation,
} from '../operator-api/change-resources.ts'
import { OperatorApiError } from '../operator-api/problem.ts'
import { type Difference, diffProfiles, type EditPath, editPaths } from '../profile/difference.ts'
import { type FieldPath, type Fields, fieldPaths, fieldsOf, formatField } from '../profile/field.ts'
import { type Decision, type LayerEntry, resolve } from '../profile/layers.ts'
import { readProfile } from '../profile/service-profile.ts'
import { describeEdit, iso, requireSubscriber } from './change-backend.ts'
import { formatClassId, kernelObjects } from './kernel-objects.ts'
import type { Server } from './server.ts'

/** How many of the last events and changes an explanation has. */
const lastOnes = 10

/** Why a subscriber has what he has, and what he would have. */
export function explanationBackend(
  server: Server,
): Pick<ChangeBackend, 'preview' | 'events' | 'audit' | 'explain'> {
  const { database, clock } = server
  const events = async (nai: string, limit: number) => (await database.events(nai, limit)).map(describeEvent)
  const audit: ChangeBackend['audit'] = async (range) => (await database.audit(range)).map(describeAudit)

  /** What the subscriber bought, as it is written: his own or that of the profile which he has. */
  async function bought(nai: string): Promise<{ subjects: string[]; document: unknown }> {
    const own = (await database.document(nai))?.document
    const name = typeof own === 'object' && own !== null && 'profile' in own ? String(own.profile) : undefined
    if (name === undefined) return { subjects: [nai], document: own }
    return { subjects: [nai, name], document: (await database.document(name))?.document }
  }

  return {
    audit,

    async events(nai, limit) {
      await requireSubscriber(server, nai)
      return events(nai, limit)
    },

    async preview(nai, document) {
      await requireSubscriber(server, nai)
      const mine = readProfile(document, `the profile for ${nai}`)
      const theirs = readProfile((await bought(nai)).document, `the profile of ${nai}`)
      const entries = (await database.layers(nai)).map((entry) =>
        entry.layer === 'base' ? { ...entry, source: mine.name, fields: fieldsOf(mine) } : entry,
      )
      const before = (await database.effective(nai)).profile
      const then = resolve(entries, clock.now())
      const inForce = byPath(then ? diffProfiles(before, then.profile) : [])
      const written = byPath(diffProfiles(theirs, mine))
      const same: Fields = fieldsOf(mine)
      const agents = (await database.openSessions(nai)).map(({ node, installation }) => ({
        node,
        datapath: installation.datapath,
      }))
      // What nobody has written can follow: a ceil from its rate, flows from their class.
      const paths = editPaths.filter((path) => written.has(path) || inForce.has(path))
      const differences = paths.map((path) => {
        const asWritten = written.get(path) ?? { before: writtenIn(same, path), after: writtenIn(same, path) }
        const effect = inForce.get(path)
        return {
          path,
          before: textOf(path, asWritten.before),
          after: textOf(path, asWritten.after),
          inForce: effect ? { before: textOf(path, effect.before), after: textOf(path, effect.after) } : null,
          decidedBy: isField(path) ? (then?.decidedBy[path]?.layer ?? null) : null,
          kernelObjects: effect ? kernelObjects(path, agents) : [],
        }
      })
      return { differences }
    },

    async explain(nai, at) {
      await requireSubscriber(server, nai)
      const effective = at === undefined ? await database.effective(nai) : await database.effectiveAt(nai, at)
      if (!effective)
        throw new OperatorApiError('api/not-found', `${nai} had no profile at ${iso(at ?? clock.now())}`)
      const { subjects } = await bought(nai)
      return {
        nai,
        revision: effective.revision,
        since: iso(effective.since),
        fields: describeFields(effective),
        layers: (await database.layers(nai)).map(describeLayer),
        datapath: (await database.openSessions(nai)).flatMap(describeDatapath),
        edits: (await database.openEdits())
          .filter(({ subject }) => subjects.includes(subject))
          .map(describeEdit),
        events: await events(nai, lastOnes),
        audit: await audit({ subject: nai, limit: lastOnes }),
      }
    },
  }
}

function byPath(differences: readonly Difference[]): ReadonlyMap<EditPath, Difference> {
  return new Map(differences.map((difference) => [difference.path, difference]))
}

/** Conditions and tariff are decided by no layer. */
function isField(path: EditPath): path is FieldPath {
  return path !== 'conditions' && path !== 'tariff'
}

function writtenIn(fields: Fields, path: EditPath): Fields[FieldPath] {
  return isField(path) ? fields[path] : null
}

function textOf(path: EditPath, value: unknown): string {
  return isField(path) ? fieldText(path, { [path]: value }) : JSON.stringify(value)
}

function fieldText<Path extends FieldPath>(path: Path, fields: Fields): string {
  const value: Fields[Path] = fields[path]
  return formatField(path, value)
}

function describeFields({ profile, decidedBy }: Pick<RevisedProfile, 'profile' | 'decidedBy'>) {
  const fields = fieldsOf(profile)
  return fieldPaths.map((path): Explanation['fields'][number] => {
    const decision = decidedBy[path]
    return {
      path,
      value: fieldText(path, fields),
      decidedBy: decision ? describeDecision(decision) : null,
      note: decision?.note ?? null,
    }
  })
}

function describeDecision({ layer, source, reason, author, since, until }: Decision) {
  return { layer, source, reason, author, since: iso(since), until: until === undefined ? null : iso(until) }
}

function describeLayer({ fields, ...decision }: LayerEntry): Explanation['layers'][number] {
  const named = fieldPaths.filter((path) => fields[path] !== undefined)
  return {
    ...describeDecision(decision),
    fields: Object.fromEntries(named.map((path) => [path, fieldText(path, fields)])),
  }
}

function describeDatapath({ node, installation: { datapath } }: Session): AgentDatapath[] {
  if (!datapath) return []
  const tunnels = datapath.tunnels.map((tunnel) => ({ ...tunnel, key: tunnel.key ?? null }))
  const classes = datapath.classes.map(({ classId, mark, ...named }) => ({
    ...named,
    classId: formatClassId(classId),
    mark: mark === undefined ? null : `0x${mark.toString(16)}`,
  }))
  return [{ node, tunnels, classes }]
}

function describeEvent({ event, state, settledAt }: StoredEvent): EventList['events'][number] {
  const { id, at, kind } = event
  return { id, at: iso(at), kind, state, settledAt: settledAt === undefined ? null : iso(settledAt) }
}

function describeAudit({ at, author, action, subject, detail }: AuditEntry): AuditList['entries'][number] {
  return { at: iso(at), author, action, subject, detail }
}
