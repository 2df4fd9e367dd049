import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { tryInHost } from '../../topology/host-command.ts'
import type { OperatorAnswer, OperatorRequests } from '../operator-requests.ts'
import { type Agent, agents } from '../profile/held-by-kernels.ts'
import { homeAddress, nai } from '../profile/offer.ts'
import { putCounter, removeCounter } from '../refused-update/fault.ts'
import type { Lab } from '../scenario.ts'
import { type Change, type Content, type ProfileName, profileNames } from './changes.ts'
import { heldLines } from './held.ts'
import { type Model, overrideSet, profileDocument, volume } from './model.ts'

const edit = z.object({ id: z.string() })
const opened = z.object({ edit })
const openEdits = z.object({ edits: z.array(edit) })
const stale = z.object({ version: z.string() })
const stored = z.object({ document: z.unknown() })
const committed = z.object({ distributed: z.array(z.object({ state: z.string() })) })
const audit = z.object({ entries: z.array(z.object({ action: z.string() })) })
const subscriber = z.object({
  state: z.string(),
  profile: z.object({ revision: z.number() }),
  nodes: z.record(z.string(), z.object({ revision: z.number().nullable() })),
})

const pingBytes = 1200
/** In the direction that the kernel of the foreign agent refuses while somebody else has its list. */
const uplinkFilter = {
  direction: 'uplink',
  match: { protocol: 'tcp', destinationPort: 7 },
  action: 'drop',
}

/** Makes changes happen, and keeps the model as it must be then. Each answer is checked. */
export class Story {
  readonly #lab: Lab
  readonly #operator: OperatorRequests
  readonly #model: Model
  /** Commits that must stand in the audit log, each once. */
  #commits = profileNames.length

  constructor(lab: Lab, operator: OperatorRequests, model: Model) {
    this.#lab = lab
    this.#operator = operator
    this.#model = model
  }

  async tell(change: Change): Promise<void> {
    switch (change.kind) {
      case 'put':
        return this.#put(change.name, change.content)
      case 'buy':
        await this.#operator.order('PUT', `/v1/subscribers/${nai}/profile`, { profile: change.name })
        this.#model.bought = change.name
        return
      case 'impose': {
        const { name, imposed } = change
        const request = { set: overrideSet(imposed), reason: 'random' }
        await this.#operator.order('PUT', `/v1/subscribers/${nai}/overrides/${name}`, request)
        this.#model.overrides = [...this.#others(name), { name, imposed }]
        return
      }
      case 'release': {
        const { status } = await this.#operator.ask(
          'DELETE',
          `/v1/subscribers/${nai}/overrides/${change.name}`,
        )
        const others = this.#others(change.name)
        this.#expect('release', others.length < this.#model.overrides.length ? 200 : 404, status)
        this.#model.overrides = others
        return
      }
      case 'edits':
        return this.#edits(change.name, change.first, change.second)
      case 'race':
        return this.#race(change.name, change.contents)
      case 'use':
        return this.#use()
      case 'kill':
        return this.#kill(change)
      case 'refuse':
        return this.#refuse(change)
    }
  }

  /** The home server's own account. */
  async conclude(): Promise<void> {
    const { witness } = this.#lab
    const { body } = await this.#operator.order('GET', `/v1/subscribers/${nai}`)
    const { state, profile, nodes } = subscriber.parse(body)
    const revisions = Object.values(nodes).map(({ revision }) => revision)
    witness.check(
      'revisions',
      'State and revisions of both agents, as the home server has them',
      `applied: ${profile.revision}, ${profile.revision}`,
      `${state}: ${revisions.join(', ')}`,
    )
    let found = 0
    for (const name of profileNames) {
      const log = await this.#operator.order('GET', `/v1/audit?limit=1000&subject=${name}`)
      found += audit.parse(log.body).entries.filter(({ action }) => action === 'commit-edit').length
    }
    witness.check('audit', 'Commits in the audit log', String(this.#commits), String(found))
  }

  #others(name: string): Model['overrides'] {
    return this.#model.overrides.filter((override) => override.name !== name)
  }

  #expect(what: string, expected: number | string, seen: number | string): void {
    this.#lab.witness.check(`answer ${what}`, `Answer to ${what}`, String(expected), String(seen))
  }

  async #put(name: ProfileName, content: Content): Promise<void> {
    const document = profileDocument(name, content)
    await this.#operator.order('PUT', `/v1/profiles/${name}`, { document, reason: 'random' })
    this.#committed(name, content)
  }

  #committed(name: ProfileName, content: Content): void {
    this.#model.profiles[name] = content
    this.#commits++
  }

  async #open(subject: ProfileName): Promise<string> {
    const { body } = await this.#operator.order('POST', '/v1/edits', { subject })
    return opened.parse(body).edit.id
  }

  #commit(id: string, name: ProfileName, content: Content, version?: string): Promise<OperatorAnswer> {
    const request = { document: profileDocument(name, content), reason: 'random' }
    const ifMatch = version === undefined ? undefined : `"${version}"`
    return this.#operator.ask('POST', `/v1/edits/${id}/commit`, request, ifMatch)
  }

  async #edits(name: ProfileName, first: Content, second: Content | undefined): Promise<void> {
    const [one, other] = [await this.#open(name), await this.#open(name)]
    this.#expect('the first commit', 200, (await this.#commit(one, name, first)).status)
    this.#committed(name, first)
    if (second === undefined) return this.#cancel(other)
    const refusal = await this.#commit(other, name, second)
    this.#expect('a commit from an old version', 412, refusal.status)
    const { version } = stale.parse(refusal.body)
    this.#expect('the same from the new', 200, (await this.#commit(other, name, second, version)).status)
    this.#committed(name, second)
  }

  async #cancel(id: string): Promise<void> {
    await this.#operator.order('DELETE', `/v1/edits/${id}`)
  }

  async #race(name: ProfileName, contents: [Content, Content]): Promise<void> {
    const ids = [await this.#open(name), await this.#open(name)]
    const runs = contents.map((content, index) => this.#commit(ids[index] ?? '', name, content))
    const statuses = (await Promise.all(runs)).map(({ status }) => status)
    this.#expect('two commits at once', '200, 412', statuses.toSorted().join(', '))
    for (const [index, content] of contents.entries())
      if (statuses[index] === 200) this.#committed(name, content)
      else await this.#cancel(ids[index] ?? '')
  }

  async #use(): Promise<void> {
    const count = String(Math.ceil(volume.useBytes / pingBytes))
    const flood = ['ping', '-n', '-q', '-f', '-c', count, '-s', String(pingBytes), homeAddress]
    const { exitCode } = await tryInHost('cn', flood)
    this.#expect('ping', 0, exitCode)
    this.#model.isUsedUp = true
  }

  /** Whether a change came before the end is only known afterwards; half of it is never there. */
  async #kill({ name, content, after }: Change & { kind: 'kill' }): Promise<void> {
    const document = profileDocument(name, content)
    const answering = this.#operator.ask('PUT', `/v1/profiles/${name}`, { document, reason: 'random' })
    await delay(after)
    await this.#lab.roles.kill('hs')
    await this.#lab.roles.startAgain('hs')
    const { status } = await answering
    const { body } = await this.#operator.order('GET', '/v1/edits')
    for (const { id } of openEdits.parse(body).edits) await this.#cancel(id)
    const now = stored.parse((await this.#operator.order('GET', `/v1/profiles/${name}`)).body).document
    const former = profileDocument(name, this.#model.profiles[name])
    const isStored = isDeepStrictEqual(now, document)
    const isFormer = status !== 200 && isDeepStrictEqual(now, former)
    this.#lab.witness.check(
      'kill',
      `What is stored of a change that was answered with ${status === 0 ? 'nothing' : status} before a kill`,
      status === 200 ? 'all' : 'all or nothing',
      isStored ? 'all' : isFormer ? 'nothing' : 'something else',
      isStored || isFormer,
    )
    if (isStored) this.#committed(name, content)
  }

  async #refuse({ refused, mended }: Change & { kind: 'refuse' }): Promise<void> {
    const { bought: name, overrides } = this.#model
    const before = await this.#held()
    await putCounter(this.#lab)
    const isRefused = overrides.every(({ imposed }) => imposed.dropped === undefined)
    const request = { document: profileDocument(name, refused, [uplinkFilter]), reason: 'refused' }
    const { body } = await this.#operator.order('PUT', `/v1/profiles/${name}`, request)
    this.#committed(name, refused)
    const [outcome] = committed.parse(body).distributed
    if (isRefused) {
      this.#expect('what a kernel refuses', 'rolled-back', outcome?.state ?? 'nothing')
      const after = await this.#held()
      for (const agent of agents)
        this.#lab.witness.check(
          `held ${agent}`,
          `What tc shows of mn1 at ${agent} then, and before`,
          before[agent],
          after[agent],
        )
    }
    await removeCounter(this.#lab)
    await this.#put(name, mended)
  }

  async #held(): Promise<Record<Agent, string>> {
    const look = this.#lab.witness.look.bind(this.#lab.witness)
    return { ha: (await heldLines(look, 'ha')).join('; '), a1: (await heldLines(look, 'a1')).join('; ') }
  }
}
