import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { LabError } from '../../lab-error.ts'
import { moveNode } from '../../topology/air.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { endImpairment, impair } from '../../topology/impairment.ts'
import type { DaemonHost } from '../../topology/role-configuration.ts'
import { checkEndState, type Places } from '../end-state.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { describeEvent, event, type Happening } from './events.ts'

const usualSeeds = 3
const eventsPerSeed = 8
const patienceSeconds = 60

/** Never two owners or none: whatever happens to moving nodes, each ends with one agent and all kernels as they should be. */
export const randomMoves: Scenario = {
  title:
    'Random moves, kills, losses and profiles ($SOJOURN_SEEDS from $SOJOURN_SEED on), then the end state',
  variation: {
    extraHosts: ['fsb', 'b1'],
    configurations: { mn2: { lifetimeSeconds: 1800 }, hs: { handover: { forwardingSeconds: 0.5 } } },
  },
  async run(lab) {
    const { witness, settings } = lab
    const first = Number(settings.SOJOURN_SEED ?? Date.now() % 1_000_000)
    const count = Number(settings.SOJOURN_SEEDS ?? usualSeeds)
    if (!Number.isInteger(first) || !Number.isInteger(count))
      throw new LabError('lab/usage', 'SOJOURN_SEED and SOJOURN_SEEDS are whole numbers')
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    const places = { mn1: 'a1', mn2: 'a2' } satisfies Places
    await joinNode(lab, 'mn1', 'a1')
    await joinNode(lab, 'mn2', 'a2')
    witness.report.step('seeds', `${count} seeds from SOJOURN_SEED=${first} on`)
    const story = new Story(lab, operator, places)
    for (let seed = first; seed < first + count; seed++) await story.tell(seed)
    operator.close()
  },
}

class Story {
  readonly #lab: Lab
  readonly #operator: OperatorRequests
  readonly #places: Places
  /** What has not ended yet: daemons that start, and changes that are being brought to agents. */
  readonly #starting = new Set<DaemonHost>()
  #pending: Promise<unknown>[] = []

  constructor(lab: Lab, operator: OperatorRequests, places: Places) {
    this.#lab = lab
    this.#operator = operator
    this.#places = places
  }

  async tell(seed: number): Promise<void> {
    const { witness, roles } = this.#lab
    const events = fc.sample(event, { seed, numRuns: eventsPerSeed })
    const told = events.map(describeEvent)
    for (const [index, next] of events.entries()) {
      witness.report.activity(`seed ${seed}: ${told[index]}`)
      await this.#happen(next.happening)
      await delay(next.pauseMilliseconds)
    }
    await endImpairment(roles.hosts)
    await Promise.all(this.#pending)
    this.#pending = []
    const isRight = await checkEndState(this.#lab, this.#operator, {
      ...{ id: `seed-${seed}`, after: `seed ${seed}`, places: this.#places, patienceSeconds },
    })
    if (!isRight)
      witness.report.evidence(
        { host: 'core', command: `# SOJOURN_SEED=${seed}`, output: told.join('\n') },
        /./,
      )
  }

  async #happen(what: Happening): Promise<void> {
    const { roles } = this.#lab
    switch (what.kind) {
      case 'move':
        this.#places[what.node] = what.to
        return moveNode(what.node, what.to)
      case 'kill':
        return this.#killAndStart(what.host)
      case 'buy': {
        const path = `/v1/subscribers/${mobileNodes[what.node].nai}/profile`
        // A server that was killed has not answered: what is in its database then counts.
        this.#pending.push(this.#operator.ask('PUT', path, { profile: what.profile }))
        return
      }
      case 'impair':
        return impair(roles.hosts, what, 'everywhere')
    }
  }

  /** Comes back in its own time; who is still starting is left alone. */
  async #killAndStart(host: DaemonHost): Promise<void> {
    if (this.#starting.has(host)) return
    await this.#lab.roles.kill(host)
    this.#starting.add(host)
    const back = this.#lab.roles.startAgain(host).finally(() => this.#starting.delete(host))
    // One that does not start ends the story where all are waited for.
    back.catch(() => undefined)
    this.#pending.push(back)
  }
}
