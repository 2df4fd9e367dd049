/** Random interleavings of two operators, events, overrides, expiry and crashes, against a slow and obvious model. */
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { ServiceProfile } from '../profile/service-profile.ts'
import { ControlDatabase } from './control-database.ts'
import { accepted } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'
import { Crash, FaultyEngine } from './faulty-engine.ts'
import { type DatabaseLocation, openEngine } from './open-database.ts'

const editMilliseconds = 500
const operators = ['ann', 'bob'] as const
type Operator = (typeof operators)[number]

/** What the operators can change. With `alert`, an event puts the subscriber into quarantine for the rest of the session. */
interface Plan {
  rate: number
  dscp: number
  alert: boolean
}
const change: fc.Arbitrary<Partial<Plan>> = fc.oneof(
  fc.record({ rate: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ dscp: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ alert: fc.boolean() }),
)
const by = fc.constantFrom(...operators)
const step = fc.record({
  does: fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('open' as const), by }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), by, change }) },
    fc.record({ kind: fc.constant('cancel' as const), by }),
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('event' as const), id: fc.integer({ min: 0, max: 5 }) }),
    },
    fc.record({ kind: fc.constant('override' as const), rate: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('no-override' as const) }),
    fc.record({ kind: fc.constant('wait' as const) }),
  ),
  /** After so many statements the process dies, and what was asked for is asked for again. */
  crashesAfter: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 3 }),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

function documentOf(name: string, { rate, dscp, alert }: Plan) {
  const condition = {
    name: 'alert',
    when: { translation: { event: 'rule-changed' as const } },
    become: 'quarantine',
  }
  return {
    name,
    class: { downlink: { rate: `${rate}mbit` }, dscp },
    conditions: alert ? [{ ...condition, until: 'session-end' as const }] : [],
  }
}

/** What has to be true. */
class Model {
  plan: Plan = { rate: 5, dscp: 1, alert: true }
  /** Who changed the value last. */
  changedBy: Record<'rate' | 'dscp', string> = { rate: 'import', dscp: 'import' }
  /** When each open edit expires, and what its operator has before him. Those of operators that crashed have none. */
  edits: { expiresAt: number; by?: Operator; id?: string; version?: string; base?: Plan }[] = []
  waiting = new Set<number>()
  applied = new Set<number>()
  alerted = false
  alerts = 0
  overrideRate: number | undefined

  settle(): void {
    if (this.edits.length > 0) return
    const isAlerted = this.plan.alert && (this.alerted || this.waiting.size > 0)
    if (isAlerted && !this.alerted) this.alerts++
    this.alerted = isAlerted
    for (const id of this.waiting) this.applied.add(id)
    this.waiting.clear()
  }

  effective() {
    const { rate, dscp } = this.alerted ? { rate: 0.1, dscp: undefined } : this.plan
    return { rate: (this.overrideRate ?? rate) * 1e6, dscp, name: this.alerted ? 'quarantine' : 'plan' }
  }
}

/** One subscriber with a plan of his own, so that runs do not see each other. */
class Run {
  readonly model = new Model()
  readonly plan: string
  readonly nai: string
  #engine: FaultyEngine
  #database: ControlDatabase
  #now = 10_000
  readonly #location: DatabaseLocation

  constructor(location: DatabaseLocation, engine: FaultyEngine, number: number) {
    this.#location = location
    this.#engine = engine
    this.#database = new ControlDatabase(engine)
    this.plan = `plan-${number}`
    this.nai = `u${number}@home.example`
  }

  async start(t: ExecutionContext): Promise<void> {
    const subscriber = { nai: this.nai, authentication: { spi: 4100, keyFile: 'k' }, profile: this.plan }
    const quarantine = { name: 'quarantine', class: { downlink: { rate: '100kbit' } } }
    const profiles = [quarantine, documentOf(this.plan, this.model.plan)]
    await this.#database.import({ profiles, subscribers: [subscriber] }, 1)
    const { homeAgent } = accepted({ sessionId: '', node: '' })
    const visit = { sessionId: `visit of ${this.nai}`, node: 'fa1.a.example' }
    const session = { ...homeAgent, sessionId: `session of ${this.nai}` }
    await this.#database.commitRegistration(accepted(visit, { nai: this.nai, homeAgent: session }))
    await this.check(t)
  }

  /** As an operator or an agent would who gets no answer: once more. Returns whether an answer had been lost. */
  async #persistently<Result>(
    crashesAfter: number | undefined,
    ask: (database: ControlDatabase) => Promise<Result>,
  ): Promise<{ result: Result; answerLost: boolean }> {
    if (crashesAfter === undefined) return { result: await ask(this.#database), answerLost: false }
    this.#engine.arm(crashesAfter)
    try {
      return { result: await ask(this.#database), answerLost: false }
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      const answerLost = this.#engine.committed
      await this.#database.close()
      this.#engine = new FaultyEngine(await openEngine(this.#location))
      this.#database = new ControlDatabase(this.#engine)
      return { result: await ask(this.#database), answerLost }
    }
  }

  async take(t: ExecutionContext, { does, crashesAfter }: Step): Promise<void> {
    const { model, nai, plan } = this
    const at = ++this.#now
    const own = 'by' in does ? model.edits.find((edit) => edit.by === does.by) : undefined
    switch (does.kind) {
      case 'open': {
        if (own) return
        const expiresAt = at + editMilliseconds
        const request = { subject: plan, editor: does.by, at, expiresAt }
        const { result, answerLost } = await this.#persistently(crashesAfter, (db) => db.openEdit(request))
        if (answerLost) model.edits.push({ expiresAt })
        const { id, baseVersion: version } = result.edit
        model.edits.push({ expiresAt, by: does.by, id, version, base: { ...model.plan } })
        break
      }
      case 'commit': {
        if (own?.id === undefined || own.version === undefined || own.base === undefined) return
        const { id, base } = own
        const send = async (document: object, baseVersion: string) =>
          (
            await this.#persistently(crashesAfter, (db) =>
              db.commitEdit({ id, baseVersion, document: document as never, reason: 'edit', at }),
            )
          ).result
        let outcome = await send(documentOf(plan, { ...base, ...does.change }), own.version)
        if (outcome.outcome === 'stale') {
          const resolved = { ...model.plan, ...does.change }
          t.true(outcome.conflicts.length <= 1, 'each changes one field')
          outcome = await send(documentOf(plan, resolved), outcome.version)
        }
        t.is(outcome.outcome, 'committed')
        for (const field of ['rate', 'dscp'] as const)
          if (does.change[field] !== undefined && does.change[field] !== model.plan[field])
            model.changedBy[field] = does.by
        model.plan = { ...model.plan, ...does.change }
        model.edits.splice(model.edits.indexOf(own), 1)
        break
      }
      case 'cancel':
        if (own?.id === undefined) return
        await this.#persistently(crashesAfter, (db) => db.cancelEdit(own.id ?? '', at))
        model.edits.splice(model.edits.indexOf(own), 1)
        break
      case 'event': {
        const event = { id: `${nai} ${does.id}`, at, kind: 'rule-changed' as const }
        await this.#persistently(crashesAfter, (db) => db.recordEvents([{ nai, event }], at))
        if (!model.applied.has(does.id)) model.waiting.add(does.id)
        break
      }
      case 'override': {
        const fields = { 'class.downlink.rate': does.rate * 1e6 }
        const override = { name: 'fair', fields, reason: 'r', author: 'ann', since: at, until: undefined }
        await this.#persistently(crashesAfter, (db) => db.putOverride(nai, override, at))
        model.overrideRate = does.rate
        break
      }
      case 'no-override':
        await this.#persistently(crashesAfter, (db) => db.removeOverride(nai, 'fair', { author: 'ann', at }))
        model.overrideRate = undefined
        break
      case 'wait':
        this.#now += editMilliseconds / 2
        await this.#persistently(crashesAfter, (db) => db.expireEdits(this.#now))
        model.edits = model.edits.filter(({ expiresAt }) => expiresAt > this.#now)
    }
    model.settle()
    await this.check(t)
  }

  async check(t: ExecutionContext): Promise<void> {
    const { profile, decidedBy } = await this.#database.effective(this.nai)
    const found: Pick<ServiceProfile['class'], 'dscp'> = profile.class
    const name = profile.name === this.plan ? 'plan' : profile.name
    t.deepEqual({ rate: profile.class.downlink.rate, dscp: found.dscp, name }, this.model.effective())
    if (!this.model.alerted) {
      t.is(decidedBy['class.dscp']?.author, this.model.changedBy.dscp)
      if (this.model.overrideRate === undefined)
        t.is(decidedBy['class.downlink.rate']?.author, this.model.changedBy.rate)
      t.is(decidedBy.name?.author, 'import', 'an edit decides what it changes, and nothing else')
    }
    const stored = await this.#database.document(this.plan)
    t.deepEqual(stored?.document, documentOf(this.plan, this.model.plan), 'no edit is lost')
    const events = await this.#database.events(this.nai, 100)
    const inState = (...wanted: string[]) => events.filter(({ state }) => wanted.includes(state)).length
    t.is(inState('applied'), this.model.applied.size, 'no event is lost')
    t.is(inState('held', 'pending'), this.model.waiting.size)
  }

  /** The edits that are left expire, and everything has been applied once. */
  async end(t: ExecutionContext): Promise<void> {
    await this.#database.expireEdits(this.#now + editMilliseconds)
    this.model.edits = []
    this.model.settle()
    await this.check(t)
    const audit = await this.#database.audit({ subject: this.nai, limit: 1000 })
    t.is(audit.filter(({ action }) => action === 'condition-met').length, this.model.alerts)
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}

onBothEngines(
  'no edit is lost, no event is lost or applied twice, the effective profile is right',
  async (t, engine) => {
    const { location } = await seededOn(t, engine)
    let number = 0
    const steps = fc.array(step, { minLength: 5, maxLength: 20 })
    const property = fc.asyncProperty(steps, async (taken) => {
      const run = new Run(location, new FaultyEngine(await openEngine(location)), ++number)
      try {
        await run.start(t)
        for (const each of taken) await run.take(t, each)
        await run.end(t)
      } finally {
        await run.close()
      }
    })
    await fc.assert(property, { numRuns: engine === 'sqlite' ? 40 : 10 })
  },
)
