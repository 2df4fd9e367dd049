import { DatabaseError } from '../database/database-error.ts'
import type { CommitOutcome } from '../database/edit.ts'
import type { Edit } from '../database/edit-table.ts'
import type { StoredDocument } from '../database/profile-table.ts'
import { rollBackName } from '../database/roll-back.ts'
import type { Settled } from '../database/settle.ts'
import type { ChangeBackend, Committed, Distributed, EditState } from '../operator-api/change-resources.ts'
import { isAllowed, type Operator } from '../operator-api/operators.ts'
import { OperatorApiError } from '../operator-api/problem.ts'
import { fieldsOfSet } from '../profile/field.ts'
import { type ProfileDocument, readProfile, readSet } from '../profile/service-profile.ts'
import { distribute } from './distribution.ts'
import { describeNodes } from './distribution-report.ts'
import { watchEditLeases } from './edit-leases.ts'
import type { Server } from './server.ts'

type Changes = Omit<ChangeBackend, 'preview' | 'events' | 'audit' | 'explain'>

/** What operators change, over the database and the distribution. */
export function changeBackend(server: Server): Changes {
  const { database, clock, live } = server

  async function distributed(settled: readonly Settled[]): Promise<Distributed> {
    const changed = settled.filter((each) => each.changed)
    return Promise.all(
      changed.map(async ({ nai }) => {
        const { revision, state, nodes } = await distribute(server, nai)
        return { nai, revision, state, nodes: describeNodes(nodes) }
      }),
    )
  }

  /** Whose it is, as long as it is open. @throws api/forbidden */
  async function editOf(id: string, operator: Operator): Promise<Edit | undefined> {
    const edit = (await database.openEdits()).find((open) => open.id === id)
    if (!edit || edit.editor === operator.name || isAllowed(operator, 'admin')) return edit
    throw new OperatorApiError('api/forbidden', `the edit is that of ${edit.editor}; an admin may end it`)
  }

  async function conclude(outcome: CommitOutcome, edit: Edit | undefined): Promise<Committed> {
    switch (outcome.outcome) {
      case 'committed':
        if (edit) live.publish({ kind: 'edit', ...about(edit), change: 'committed' })
        return { version: outcome.version, distributed: await distributed(outcome.settled) }
      case 'stale': {
        const { outcome: _, ...versions } = outcome
        const fields = outcome.conflicts.map(({ path }) => path).join(', ') || 'no field'
        const message = `somebody committed version ${outcome.version} meanwhile; in conflict: ${fields}`
        throw new OperatorApiError('api/stale', message, { more: versions })
      }
      case 'closed':
        throw new OperatorApiError('api/closed', `the edit is ${outcome.state}: open another`)
    }
  }

  return {
    async edits() {
      return (await database.openEdits()).map(describeEdit)
    },

    async openEdit({ subject, leaseSeconds }, { name: editor }) {
      if (!(await database.document(subject)))
        throw new OperatorApiError('api/not-found', `there is no profile or subscriber "${subject}"`)
      const at = clock.now()
      const expiresAt = at + leaseSeconds * 1000
      const { edit, document, others } = await database.openEdit({ subject, editor, at, expiresAt })
      live.publish({ kind: 'edit', ...about(edit), change: 'opened' })
      await watchEditLeases(server)
      return { edit: describeEdit(edit), document, others: others.map(describeEdit) }
    },

    async commitEdit(id, { document, reason }, { operator, version }) {
      const edit = await editOf(id, operator)
      // One that is no longer open is answered by its own state, whatever the version.
      const baseVersion = version ?? edit?.baseVersion ?? ''
      const request = { id, baseVersion, document: document as ProfileDocument, reason, at: clock.now() }
      const outcome = await database.commitEdit({ ...request, author: operator.name }).catch(unknownEdit(id))
      return conclude(outcome, edit)
    },

    async cancelEdit(id, operator) {
      const edit = await editOf(id, operator)
      const outcome = await database.cancelEdit(id, clock.now(), operator.name).catch(unknownEdit(id))
      if (outcome.outcome === 'closed')
        throw new OperatorApiError('api/closed', `the edit is ${outcome.state}`)
      if (edit) live.publish({ kind: 'edit', ...about(edit), change: 'cancelled' })
      return distributed(outcome.settled)
    },

    async profiles() {
      return (await database.profiles()).map(describeProfile)
    },

    async profile(name) {
      const stored = name.includes('@') ? undefined : await database.document(name)
      return stored && describeProfile(stored)
    },

    async putProfile(subject, { document, reason }, { operator, version }) {
      const where = `profile "${subject}"`
      const { name } = readProfile(document, where)
      if (name !== subject)
        throw new OperatorApiError('api/invalid', `${where} cannot have the name "${name}"`)
      const known = await database.document(subject)
      if (!known && version !== undefined)
        throw new OperatorApiError('api/stale', `there is no ${where}, in no version`)
      if (!known) await database.import({ profiles: [document], subscribers: [] }, clock.now(), operator.name)
      const at = clock.now()
      const lease = { subject, editor: operator.name, at, expiresAt: at + 60_000 }
      const { edit } = await database.openEdit(lease)
      try {
        const baseVersion = version ?? edit.baseVersion
        const request = { id: edit.id, baseVersion, document: document as ProfileDocument, reason, at }
        return await conclude(await database.commitEdit(request), edit)
      } finally {
        await distributed(await endIfOpen(edit.id))
      }
    },

    async pay(nai, id, { amount, reason }, { name: author }) {
      await requireSubscriber(server, nai)
      const payment = { id, amount, reason, author, at: clock.now() }
      const { balance, duplicate, ...settled } = await database.pay(nai, payment)
      live.publish({ kind: 'payment', nai, author, amount, balance })
      return { balance, duplicate, distributed: await distributed([settled]) }
    },

    async removeSubscriber(nai, reason, { name: author }) {
      await requireSubscriber(server, nai)
      await database.removeSubscriber(nai, { author, reason, at: clock.now() })
    },

    async removeProfile(name, reason, { name: author }) {
      if (name.includes('@') || !(await database.document(name)))
        throw new OperatorApiError('api/not-found', `there is no profile "${name}"`)
      await database.removeProfile(name, { author, reason, at: clock.now() })
    },

    async putOverride(nai, name, { set, reason, until }, { name: author }) {
      await requireSubscriber(server, nai)
      if (name === rollBackName)
        throw new OperatorApiError('api/invalid', `"${name}" is the home server's own: use another name`)
      const fields = fieldsOfSet(readSet(set, `override "${name}"`))
      const since = clock.now()
      const end = until === undefined ? undefined : Date.parse(until)
      if (end !== undefined && end <= since)
        throw new OperatorApiError('api/invalid', `until: ${until} is over`)
      const settled = await database.putOverride(
        nai,
        { name, fields, reason, author, since, until: end },
        since,
      )
      live.publish({ kind: 'override', nai, name, author, change: 'put' })
      return distributed([settled])
    },

    async removeOverride(nai, name, { name: author }) {
      await requireSubscriber(server, nai)
      const settled = await database.removeOverride(nai, name, { author, at: clock.now() })
      if (!settled) throw new OperatorApiError('api/not-found', `${nai} has no override "${name}"`)
      live.publish({ kind: 'override', nai, name, author, change: 'removed' })
      return distributed([settled])
    },
  }

  /** The edit, and not something that the document names. */
  function unknownEdit(id: string) {
    return async (error: unknown): Promise<never> => {
      const isEdit = error instanceof DatabaseError && error.message === `there is no edit "${id}"`
      throw isEdit ? new OperatorApiError('api/not-found', error.message) : error
    }
  }

  /** What was refused is no edit that anybody could go on with. */
  async function endIfOpen(id: string): Promise<Settled[]> {
    const outcome = await database.cancelEdit(id, clock.now())
    return outcome.outcome === 'cancelled' ? outcome.settled : []
  }
}

/** @throws api/not-found */
export async function requireSubscriber({ database }: Server, nai: string): Promise<void> {
  if (await database.subscriber(nai)) return
  throw new OperatorApiError('api/not-found', `there is no subscriber "${nai}"`)
}

function about({ subject, editor }: Edit): { subject: string; editor: string } {
  return { subject, editor }
}

export function describeEdit({ id, subject, editor, openedAt, expiresAt, baseVersion }: Edit): EditState {
  return { id, subject, editor, openedAt: iso(openedAt), expiresAt: iso(expiresAt), version: baseVersion }
}

function describeProfile({ subject, revision, document, reason, author, since }: StoredDocument) {
  return {
    name: subject,
    version: String(revision),
    document: document as Record<string, unknown>,
    reason,
    author,
    since: iso(since),
  }
}

export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
